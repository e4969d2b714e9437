"""The RPMs: signed by the same key, intact, and what their names say."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator

from release.verify.files import DamageError, Release, run

HEADER_BYTES = 110


def packages(release: Release) -> Iterator[str]:
    """Find RPMs that rpm would not take, or that are others than they are called."""
    keys = ("rpmkeys", f"--dbpath={release.scratch}/rpm")
    if release.key and run(*keys, "--import", str(release.key)).returncode != 0:
        yield f"{release.key}: rpm can't import it"
    level = f"--define=_pkgverify_level {'all' if release.key else 'digest'}"
    for name in release.packages:
        if run(*keys, level, "--checksig", str(release.file(name))).returncode != 0:
            by = f"not signed by the key in {release.key}, or " if release.key else ""
            yield f"{name}: {by}damaged"
        told = _query(release, name, "%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm")
        if told != name:
            yield f"{name}: it is {told}"


def _query(release: Release, package: str, form: str) -> str:
    """Ask an RPM for what its header says."""
    rpm = ("rpm", f"--dbpath={release.scratch}/rpm", "--query", "--nosignature")
    return run(*rpm, f"--queryformat={form}", "--package", str(release.file(package))).stdout


def unpacked(release: Release, package: str) -> dict[str, bytes]:
    """Read which files an RPM holds, without the first slash.

    Raises:
        DamageError: its payload is no cpio archive of the new form (cpio(5), "newc").
    """
    command = ("rpm2cpio", str(release.file(package)))
    archive = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # rpm's own
    rest = archive.stdout
    found: dict[str, bytes] = {}
    while True:
        if rest[:6] != b"070701":
            raise DamageError(f"{package}: its payload is no cpio archive")
        fields = [int(rest[at : at + 8], 16) for at in range(6, HEADER_BYTES, 8)]
        mode, size, name_size = fields[1], fields[6], fields[11]
        name = rest[HEADER_BYTES : HEADER_BYTES + name_size - 1].decode()
        start = _aligned(HEADER_BYTES + name_size)
        if name == "TRAILER!!!":
            return found
        if stat.S_ISREG(mode):
            found[name.lstrip("./")] = rest[start : start + size]
        rest = rest[_aligned(start + size) :]


def _aligned(offset: int) -> int:
    return (offset + 3) // 4 * 4
