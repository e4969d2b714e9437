#!/usr/bin/env python3
"""Put the plugin into one file that Python runs; `make plugin` calls it.

The file depends on the sources alone: its entries are sorted, have no date and are not compressed,
since two versions of zlib don't write the same.
"""

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "operator" / "microshift_telemetry_cli"
NAME = "kubectl-telemetry"
COMPLETION = REPOSITORY / "packaging" / "kubectl_complete-telemetry"
INTERPRETER = "/usr/bin/env python3"
START = b"""\
import sys

if sys.version_info < (3, 9):
    sys.stderr.write(
        "kubectl telemetry: Python 3.9 or newer is needed; %s is %d.%d\\n"
        % ((sys.executable,) + sys.version_info[:2])
    )
    sys.exit(2)

from microshift_telemetry_cli.__main__ import main

sys.exit(main())
"""
"""It is read by every Python 3, so that one that is too old says so."""
FILES = ("*.py", "*.json")


def main() -> None:
    """Write both programs into a directory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="where they go; it is made")
    parser.add_argument("--interpreter", default=INTERPRETER, help="what runs it (%(default)s)")
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    write_plugin(options.directory / NAME, options.interpreter)
    shutil.copy(COMPLETION, options.directory)


def write_plugin(path: Path, interpreter: str) -> None:
    """Write the plugin, ready to run."""
    with path.open("wb") as file:
        file.write(f"#!{interpreter}\n".encode())
        with ZipFile(file, "w", ZIP_STORED) as archive:
            for name, content in entries():
                archive.writestr(ZipInfo(name), content)
    path.chmod(0o755)


def entries() -> Iterator[tuple[str, bytes]]:
    """Give what is in it, by name."""
    yield "__main__.py", START
    for path in sorted(each for pattern in FILES for each in PACKAGE.glob(pattern)):
        yield f"{PACKAGE.name}/{path.name}", path.read_bytes()


if __name__ == "__main__":
    main()
