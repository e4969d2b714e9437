"""Verify a downloaded release: its signature, every file, and that all are of one version.

The public key is the maintainers', and you have it from elsewhere than the release. Nothing is
changed or left behind, and your own keyrings are neither read nor written.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import BadZipFile

from release.verify.contents import contents
from release.verify.files import MACHINES, SUMS, DamageError, Release, checksums, listed_version
from release.verify.image import image
from release.verify.packages import packages
from release.verify.signature import signature

Check = Callable[[Release], Iterator[str]]
CHECKS: tuple[tuple[tuple[str, Check], ...], ...] = (
    (("the signature", signature),),
    (("the files", checksums),),
    (("the packages", packages), ("the image", image), ("the contents", contents)),
)
"""The next are made if all of one line hold: nothing is opened that is not the maintainers'."""


UNREADABLE = (OSError, ValueError, LookupError, EOFError, tarfile.TarError, BadZipFile, zlib.error)


def main() -> None:
    """Write every fault and end with 1, or write what holds."""
    parser = argparse.ArgumentParser(prog="verify-release", description=__doc__)
    parser.add_argument("directory", type=Path, nargs="?", default=Path(), help="of the release")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--key", type=Path, help="file with the maintainers' public key, armored")
    how.add_argument(
        "--unsigned", action="store_true", help="for a release that you have built yourself"
    )
    parser.add_argument(
        "--architectures", default=",".join(MACHINES), help="of the image (%(default)s)"
    )
    options = parser.parse_args()
    needed = ("rpm", "rpmkeys", "rpm2cpio", *(() if options.unsigned else ("gpg",)))
    if missing := [each for each in needed if not shutil.which(each)]:
        sys.exit(f"verify-release needs {' and '.join(missing)}: install them")
    with tempfile.TemporaryDirectory(prefix="verify-") as scratch:
        architectures = tuple(options.architectures.split(","))
        found = [*faults(options.directory, options.key, architectures, Path(scratch))]
    if found:
        sys.exit("\n".join(found))
    sys.stdout.write(f"{options.directory}: complete, intact, {how_signed(options.key)}\n")


def how_signed(key: Path | None) -> str:
    """Tell by whom."""
    return f"signed by the key in {key}" if key else "not signed"


def faults(
    directory: Path, key: Path | None, architectures: tuple[str, ...], scratch: Path
) -> Iterator[str]:
    """Give each fault as a line that begins with the name of its file."""
    if not (directory / SUMS).is_file():
        yield f"{SUMS}: missing"
        return
    version = listed_version((directory / SUMS).read_text(errors="replace"))
    release = Release(directory, version, architectures, key, scratch)
    for checks in CHECKS:
        found = [fault for name, check in checks for fault in _guarded(name, check, release)]
        yield from found
        if found:
            return


def _guarded(name: str, check: Check, release: Release) -> Iterator[str]:
    """Run a check; what can't be read at all is a fault like others."""
    try:
        yield from check(release)
    except DamageError as error:
        yield str(error)
    except UNREADABLE as error:
        yield f"{release.archive if check is image else name}: {error!r}"


if __name__ == "__main__":
    main()
