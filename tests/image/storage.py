"""Container images by buildah in a directory of our own; the machine's storage is left alone."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.image.architecture import Architecture, own_architecture
from tests.support.process import TAIL_LINES


class ImageError(Exception):
    """A program that makes images has failed; the text is its command and its last words."""


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> str:
    """Run a program and give what it wrote.

    Raises:
        ImageError: it ended with an error.
    """
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = "\n".join(done.stderr.splitlines()[-TAIL_LINES:])
        raise ImageError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{tail}")
    return done.stdout.strip()


class Storage:
    """Images and working containers; all of them go with the context."""

    def __init__(self, directory: Path, architecture: Architecture | None = None) -> None:
        """Keep them below `directory`, which nothing else uses; all are of one architecture.

        Without an `architecture` it is this machine's.
        """
        self.directory = directory
        self.architecture = architecture or own_architecture()

    @property
    def command(self) -> list[str]:
        """buildah on this storage: a plain directory for each layer, so that nothing is mounted."""
        return [
            "buildah",
            f"--root={self.directory / 'images'}",
            f"--runroot={self.directory / 'run'}",
            "--storage-driver=vfs",
        ]

    @property
    def platform(self) -> list[str]:
        """What else buildah has to be told to make an image for the architecture."""
        foreign = self.architecture.is_foreign
        return [f"--platform=linux/{self.architecture.name}"] if foreign else []

    @property
    def environment(self) -> dict[str, str]:
        """Our own, with buildah's large temporary files below the directory too."""
        return {**os.environ, "TMPDIR": str(self.directory)}  # noqa: TID251  # handed on

    def buildah(self, *arguments: str | Path) -> str:
        """Run buildah and give what it wrote.

        Raises:
            ImageError: it ended with an error.
        """
        return run([*self.command, *arguments], self.environment)

    def config(self, image: str) -> dict[str, Any]:
        """Read an image's OCI configuration."""
        inspected = json.loads(self.buildah("inspect", "--type=image", image))
        config = inspected["OCIv1"]
        assert isinstance(config, dict)
        return config

    def layers(self, image: str) -> list[str]:
        """List the digests of an image's layers, the base's first."""
        return list(self.config(image)["rootfs"]["diff_ids"])

    def root_filesystem(self, image: str) -> Path:
        """Lay an image out as a container would see it."""
        container = self.buildah("from", "--pull-never", image)
        return Path(self.buildah("mount", container))

    def __enter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.buildah("rm", "--all")
        finally:
            shutil.rmtree(self.directory)
