"""The programs that tests find on the machine, and the Debian packages that bring them."""

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence


def missing_packages(packages: Mapping[str, str]) -> list[str]:
    """List the packages, given each with a program in it, whose program is not there."""
    return [package for package, program in packages.items() if not shutil.which(program)]


def lacking(packages: Mapping[str, str]) -> Iterator[str]:
    """Tell in one line what is missing of the packages, if anything is."""
    if missing := missing_packages(packages):
        yield f"Debian packages: apt-get install --no-install-recommends {' '.join(missing)}"


def tell(packages: Mapping[str, str], complaints: Sequence[str]) -> None:
    """Be the program that says what is missing: end with 1 and a line for each complaint.

    With `--packages` it lists what to install instead.
    """
    if "--packages" in sys.argv[1:]:
        sys.stdout.write(" ".join(missing_packages(packages)))
    else:
        sys.exit("\n".join(complaints) or 0)
