"""The state directory on good and bad disks."""

import errno
import os
from pathlib import Path

import pytest

from microshift_telemetry.background import at_once
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.check.line import Line, Verdict
from microshift_telemetry.check.state import Disk, judged, look, state_line
from tests.support.fakes import MORNING
from tests.support.small_disk import a_disk

PATH = Path("/var/lib/microshift-telemetry")
GIB = 1 << 30


def told(disk: Disk, note: str = "") -> Line:
    return judged(disk, PATH, note)


@pytest.mark.parametrize(
    ("disk", "note", "verdict", "seen", "remedy"),
    [
        (Disk(GIB), "", Verdict.OK, "1 GiB free, writable; no journal yet", ""),
        (
            Disk(GIB, 0, 4096, MORNING),
            "",
            Verdict.OK,
            "journal of 4 KiB, written 2026-11-20T08:00",
            "",
        ),
        (Disk(4 << 20), "", Verdict.WARNING, "4 MiB free", "free space on the filesystem"),
        (Disk(error=errno.ENOSPC), "", Verdict.WARNING, "No space left on device", "free space"),
        (Disk(error=errno.EROFS), "", Verdict.WARNING, "Read-only file system", "user can write"),
        (Disk(error=errno.ENOENT), "", Verdict.WARNING, "No such file", "user can write"),
        (Disk(GIB), "kept in memory only: x", Verdict.WARNING, "kept in memory only: x", "log"),
    ],
    ids=["new", "used", "little", "full", "read-only", "missing", "noted"],
)
def test_it_is_told_with_what_to_do(
    disk: Disk, note: str, verdict: Verdict, seen: str, remedy: str
) -> None:
    line = told(disk, note)

    assert line.verdict is verdict
    assert seen in line.seen
    assert remedy in line.remedy


async def test_looking_leaves_nothing(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path, at_once)
    (tmp_path / "uid-1.journal").write_bytes(bytes(100))

    line = await state_line(directory, "uid-1", "")

    assert line.verdict is Verdict.OK
    assert "journal of 100 B" in line.seen
    assert os.listdir(tmp_path) == ["uid-1.journal"]


def test_a_full_disk_is_seen(tmp_path: Path) -> None:
    with a_disk(tmp_path / "disk", "16k"):
        disk = look(StateDirectory(tmp_path / "disk", at_once), "uid-1")

    assert disk.error == errno.ENOSPC


def test_a_directory_that_is_missing_is_seen(tmp_path: Path) -> None:
    disk = look(StateDirectory(tmp_path / "missing", at_once), "uid-1")

    assert (disk.error, disk.journal_bytes) == (errno.ENOENT, None)
