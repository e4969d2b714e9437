"""An opt-out and a deletion: nothing of an object stays on the disk, also where it refuses."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import Remembered
from tests.support.small_disk import a_disk
from tests.unit.buffer.journals import REMEMBERED, UID, loaded
from tests.unit.buffer.processes import SEED, Process, finished, hours_in, made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "disk"
    with a_disk(path, "64k"):
        yield path


def test_deleting_leaves_what_the_status_shows_and_nothing_on_the_disk(path: Path) -> None:
    process = Process(path)
    process.store.record(REMEMBERED, *made(0, 1))
    for suffix in ("damaged", "v3", "new", "history", "history-new"):
        (path / f"{UID}.{suffix}").touch()

    process.store.delete()

    left = Remembered(
        last_report_ms=REMEMBERED.last_report_ms,
        dropped_samples=REMEMBERED.dropped_samples,
        loss=REMEMBERED.loss,
        epoch=REMEMBERED.epoch,
        keeps_time=REMEMBERED.keeps_time,
    )
    assert process.store.ledger == Ledger(left)
    assert [found.name for found in path.iterdir()] == ["lock"]
    assert not process.store.is_open

    assert process.open()
    process.store.record(*made(2))
    process.end()
    assert loaded(path)[0] == process.store.ledger
    assert hours_in(process.store.ledger) == [2]


def test_a_deletion_that_a_disk_refuses_is_said_and_carried_out_later(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    process = Process(small_disk)
    process.store.record(REMEMBERED, *made(0, 1))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    process.store.delete()
    process.store.record(*made(2))
    for _ in range(2):
        finished(process.store.delete_what_is_left())
        assert not process.open()

    file = small_disk / f"{UID}.journal"
    note = f"the samples on the disk are not deleted yet: {file}: Read-only file system"
    assert process.store.note == note
    assert [record.message for record in caplog.records] == [f"{note}; retrying"]
    assert file.exists()

    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert process.open()
    process.end()
    assert process.store.note == ""
    assert hours_in(process.store.ledger) == [2]
    assert loaded(small_disk)[0] == process.store.ledger


def test_a_deletion_that_the_directory_refuses_leaves_nothing_for_a_restart_to_find(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Process(path)
    first.store.record(REMEMBERED, *made(0, 1))
    monkeypatch.setattr(Path, "unlink", _refused)

    first.store.delete()
    first.end()

    assert "not deleted yet" in first.store.note
    assert (path / f"{UID}.journal").exists()
    second = Process(path)
    second.end()
    assert second.store.ledger == Ledger(SEED)


def _refused(path: Path, *, missing_ok: bool = False) -> None:
    del missing_ok
    raise OSError(errno.EPERM, os.strerror(errno.EPERM), str(path))
