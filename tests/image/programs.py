"""What it takes to build and run an image on this machine, beside what `make setup` installs.

`python -m tests.image.programs` says what is missing.
"""

import os
import shutil
import sys
from collections.abc import Iterator

DEBIAN_PACKAGES = ("buildah", "mmdebstrap", "runc")
"""Each has a program of its own name."""


def missing() -> Iterator[str]:
    """Tell, one by one, what keeps these tests from running here."""
    if os.geteuid() != 0:
        yield "root: a base image has files of several users"
    packages = [each for each in DEBIAN_PACKAGES if shutil.which(each) is None]
    if packages:
        yield f"Debian packages: apt-get install --no-install-recommends {' '.join(packages)}"


def main() -> None:
    """End with 1 and a line for each thing that is missing."""
    lines = [f"The image can't be tested here, which needs {each}" for each in missing()]
    sys.exit("\n".join(lines) or 0)


if __name__ == "__main__":
    main()
