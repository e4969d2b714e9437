"""A copy of the checkout, for what must not meet its environments and build directories."""

import shutil
import subprocess
from pathlib import Path

from tests.support.go_toolchain import REPOSITORY


def copy_of_the_checkout(directory: Path) -> Path:
    """Copy what git has or would take, with dates of today, as a fresh clone has."""
    listed = subprocess.run(
        ["git", "-C", REPOSITORY, "ls-files", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    for name in listed.splitlines():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, file)
    return directory
