"""What it takes to build and run an image on this machine, beside what `make setup` installs.

`python -m tests.image.programs` says what is missing.
"""

import os
from collections.abc import Iterator, Mapping

from tests.image.architecture import Architecture, own_architecture
from tests.support.programs import lacking, tell

IMAGE_PACKAGES: Mapping[str, str] = {
    "buildah": "buildah",
    "mmdebstrap": "mmdebstrap",
    "runc": "runc",
}
"""Package → a program in it."""


def complaints(architecture: Architecture) -> list[str]:
    """Tell, one by one, what keeps these tests from running here."""
    missing = _missing(architecture)
    return [f"The image can't be tested here, which needs {each}" for each in missing]


def _missing(architecture: Architecture) -> Iterator[str]:
    if os.geteuid() != 0:
        yield "root: a base image has files of several users"
    emulator = {"qemu-user-static": f"qemu-{architecture.machine}-static"}
    yield from lacking({**IMAGE_PACKAGES, **(emulator if architecture.is_foreign else {})})


if __name__ == "__main__":
    tell(IMAGE_PACKAGES, complaints(own_architecture()))
