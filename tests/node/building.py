"""Runs buildah and mmdebstrap, and keeps what they made in the user's cache, by its inputs."""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tests.support.tools import cache_directory

Build = Callable[[Path, Path], object]
"""Makes a file: (the file, a scratch directory)."""


class BuildError(Exception):
    """A command of a build failed; the text is the command and the end of what it wrote."""


class Buildah:
    """buildah with a storage of its own, so that the user's images stay as they are."""

    def __init__(self, scratch: Path) -> None:
        """Keep the storage below `scratch`, which goes with the build."""
        self._command = [
            *("buildah", f"--root={scratch / 'storage'}", f"--runroot={scratch / 'run'}"),
            "--storage-driver=overlay",
        ]

    def __call__(self, *arguments: str | Path) -> str:
        """Run one command and give the last line that it wrote, which is a name or an id.

        Raises:
            BuildError: it failed.
        """
        lines = run([*self._command, *arguments]).splitlines()
        return lines[-1] if lines else ""

    def image_from_files(self, archive: Path, name: str, *, entrypoint: Sequence[str] = ()) -> None:
        """Make an image of one layer from a tar archive of a root file system."""
        container = self("from", "scratch")
        self("add", "--quiet", container, archive, "/")
        if entrypoint:
            quoted = ", ".join(f'"{word}"' for word in entrypoint)
            self("config", f"--entrypoint=[{quoted}]", container)
        self("commit", "--quiet", "--rm", container, name)

    def export(self, name: str, archive: Path) -> None:
        """Write an image as the archive that `docker load` and `ctr images import` read."""
        self("push", "--quiet", name, f"docker-archive:{archive}:{name}")


def cached(name: str, inputs: Iterable[bytes], build: Build) -> Path:
    """Give the file, building it first when it is missing.

    The file's name has a hash of the inputs; files of other inputs are removed.

    Raises:
        BuildError: it can't be built.
    """
    content = hashlib.sha256()
    for each in inputs:
        content.update(hashlib.sha256(each).digest())
    directory = cache_directory().parent / "node"
    directory.mkdir(parents=True, exist_ok=True)
    finished = directory / f"{name}-{content.hexdigest()[:16]}.tar"
    if not finished.exists():
        sys.stderr.write(f"{name}: building {finished}\n")
        for old in directory.glob(f"{name}-{'?' * 16}.tar"):
            old.unlink()
        with tempfile.TemporaryDirectory(prefix=".build-", dir=directory) as scratch:
            made = Path(scratch) / "made.tar"
            build(made, Path(scratch))
            made.rename(finished)
    return finished


def run(command: Sequence[str | Path]) -> str:
    """Run a command of a build and give what it wrote to its standard output.

    Raises:
        BuildError: it failed.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
        raise BuildError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{tail}")
    return done.stdout


def files_below(*roots: Path) -> Iterable[bytes]:
    """Give names and contents of files, for a key; byte code is none of them."""
    for root in roots:
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                yield str(path.relative_to(root.parent)).encode()
                yield path.read_bytes()
