"""The directory in which samples wait: whether it takes them."""

import errno
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from microshift_telemetry.background import SilenceError
from microshift_telemetry.buffer.state_directory import IN_MEMORY, StateDirectory
from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.errors import TelemetryError

PROBE_BYTES = 64 << 10
LITTLE_BYTES = 16 << 20
"""What one journal may take."""
_MEMORY = f"{IN_MEMORY} and are lost at a restart"


@dataclass(frozen=True, slots=True)
class Disk:
    """What was seen of the state directory."""

    free_bytes: int = 0
    error: int = 0
    """The errno of a file that could not be written; 0 when it could."""
    journal_bytes: int | None = None
    """None: there is no journal."""
    written_at: datetime | None = None


async def state_line(directory: StateDirectory, uid: str, note: str) -> Line:
    """Try the directory, when those who keep samples in it have had their turn.

    Args:
        directory: whose worker carries it out.
        uid: of the object whose journal is looked at.
        note: what its store says of the disk; empty while all is well.
    """
    try:
        disk = await directory.worker.ask(partial(look, directory, uid))
    except SilenceError as error:
        remedy = "check the disk for errors: `dmesg`"
        return Line(Hop.STATE, Verdict.WARNING, f"{error}; {_MEMORY}", remedy)
    except TelemetryError as error:
        return Line(Hop.STATE, Verdict.WARNING, str(error), "free memory on the device")
    return judged(disk, directory.path, note)


def look(directory: StateDirectory, uid: str) -> Disk:
    """Write a file that no one sees, and look at an object's journal; nothing of it stays."""
    journal_bytes = written_at = None
    try:
        figures = os.statvfs(directory.path)
        try:
            found = directory.file(uid, "journal").stat()
            journal_bytes = found.st_size
            written_at = datetime.fromtimestamp(found.st_mtime, UTC)
        except FileNotFoundError:
            pass
        with tempfile.TemporaryFile(dir=directory.path, buffering=0) as probe:
            is_whole = probe.write(bytes(PROBE_BYTES)) == PROBE_BYTES
    except OSError as error:
        return Disk(error=error.errno or errno.EIO)
    free_bytes = figures.f_bavail * figures.f_frsize
    return Disk(free_bytes, 0 if is_whole else errno.ENOSPC, journal_bytes, written_at)


def judged(disk: Disk, path: Path, note: str) -> Line:
    """Tell how the directory is."""
    remedy = f"free space on the filesystem of {path}: `df {path}`"
    if disk.error:
        seen = f"{os.strerror(disk.error)}: {path}; {_MEMORY}"
        if disk.error not in {errno.ENOSPC, errno.EDQUOT}:
            remedy = f"make {path} a directory that the operator's user can write to"
        return Line(Hop.STATE, Verdict.WARNING, seen, remedy)
    journal = "no journal yet"
    if disk.journal_bytes is not None and disk.written_at is not None:
        written = disk.written_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        journal = f"journal of {_size(disk.journal_bytes)}, written {written}"
    seen = f"{path}: {_size(disk.free_bytes)} free, writable; {journal}"
    if note:
        told = f"{note}; {seen}"
        return Line(Hop.STATE, Verdict.WARNING, told, "see the operator's log")
    if disk.free_bytes < LITTLE_BYTES:
        return Line(Hop.STATE, Verdict.WARNING, seen, remedy)
    return Line(Hop.STATE, Verdict.OK, seen)


def _size(count: int) -> str:
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count / unit:.0f} {name}"
    return f"{count} B"
