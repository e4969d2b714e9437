"""What it takes to build and run an image on this machine, beside what `make setup` installs.

`python -m tests.image.programs` says what is missing.
"""

import os
from collections.abc import Iterator, Mapping

from tests.support.programs import lacking, tell

IMAGE_PACKAGES: Mapping[str, str] = {
    "buildah": "buildah",
    "mmdebstrap": "mmdebstrap",
    "runc": "runc",
}
"""Package → a program in it."""


def complaints() -> list[str]:
    """Tell, one by one, what keeps these tests from running here."""
    return [f"The image can't be tested here, which needs {each}" for each in _missing()]


def _missing() -> Iterator[str]:
    if os.geteuid() != 0:
        yield "root: a base image has files of several users"
    yield from lacking(IMAGE_PACKAGES)


if __name__ == "__main__":
    tell(IMAGE_PACKAGES, complaints())
