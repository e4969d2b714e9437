"""Put the verifier into one file that Python runs: `python -m release.program FILE`.

As the plugin's, its entries are sorted, have no date and are not compressed: who wants to read what
it does can do so in any pager.
"""

import sys
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "release" / "verify"
START = b"""\
import sys

if sys.version_info < (3, 9):
    sys.exit("verify-release: Python 3.9 or newer is needed")

from release.verify.__main__ import main

main()
"""


def write_program(path: Path) -> None:
    """Write it, ready to run."""
    modules = [PACKAGE.parent / "__init__.py", *sorted(PACKAGE.glob("*.py"))]
    with path.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with ZipFile(file, "w", ZIP_STORED) as archive:
            archive.writestr(ZipInfo("__main__.py"), START)
            for each in modules:
                archive.writestr(ZipInfo(str(each.relative_to(REPOSITORY))), each.read_bytes())
    path.chmod(0o755)


if __name__ == "__main__":
    write_program(Path(sys.argv[1]))
