"""A release as somebody has downloaded it, to be damaged and verified."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from release.archive import pack
from release.seal import SIGNATURE, SUMS, write_sums
from tests.support.releasing import Keys
from tests.support.stand_in_image import StandIn

VERSION = "9.10.11"
BEFORE = "9.10.10"
IMAGE_FILE = f"microshift-telemetry-image-{VERSION}.oci.tar"
OPERATOR = f"microshift-telemetry-{VERSION}-1.noarch.rpm"
PLUGIN_PACKAGE = f"microshift-telemetry-cli-{VERSION}-1.noarch.rpm"
INFORMATION = f"microshift-telemetry-release-info-{VERSION}-1.noarch.rpm"
MANIFESTS = f"microshift-telemetry-manifests-{VERSION}.tar.gz"
SOURCE = f"microshift-telemetry-source-{VERSION}.tar.gz"
BILL = f"microshift-telemetry-{VERSION}.cdx.json"


@dataclass(frozen=True)
class Download:
    """What somebody has downloaded, and whose keys there are."""

    directory: Path
    keys: Keys
    before: Path
    """A release of an older version."""
    image: StandIn
    """What the image is for amd64."""

    def __truediv__(self, name: str) -> Path:
        return self.directory / name

    def seal(self, key: str = "") -> None:
        """List and sign what is there now, as one would who has our key."""
        write_sums(self.directory)
        (self / SIGNATURE).unlink(missing_ok=True)
        self.keys.sign(self / SUMS, key or self.keys.ours)

    def faults(self, *arguments: str, key: str = "") -> list[str]:
        """Verify it with the program that came along, undamaged; nothing may stay of that."""
        home = self.directory.parent / "home"
        home.mkdir(exist_ok=True)
        by = arguments or (f"--key={self.keys.public(key or self.keys.ours)}",)
        done = subprocess.run(
            [sys.executable, self.directory.parent / "verify-release", *by, self.directory],
            env={"PATH": os.defpath, "HOME": str(home), "TMPDIR": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert [*home.iterdir()] == []
        assert (done.returncode != 0) == bool(done.stderr), done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr.splitlines()

    def lay_image(self, *images: StandIn) -> None:
        """Replace the archive of the image."""
        scratch = self.directory.parent / "images"
        pack(self / IMAGE_FILE, [each.lay(scratch / str(n)) for n, each in enumerate(images)])


def flip_a_byte(file: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
