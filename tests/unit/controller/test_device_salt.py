"""The device's salt before a disk that answers late: one hash within a process."""

from pathlib import Path

import pytest

from microshift_telemetry.buffer import worker
from microshift_telemetry.buffer.salt_file import read_salt
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.controller.device_salt import DeviceSalt
from tests.unit.buffer.journals import SHAPE
from tests.unit.buffer.slow_disk import ANSWER_SECONDS, SlowDisk


async def test_what_a_late_disk_keeps_is_what_was_hashed_with_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "ANSWER_SECONDS", ANSWER_SECONDS)
    disk = SlowDisk()
    directory = StateDirectory(tmp_path, disk)
    salt, disk.is_slow = DeviceSalt(directory), True

    meanwhile = {await salt.for_report(SHAPE) for _ in range(3)}
    asked = disk.answer()
    disk.is_slow = False

    assert meanwhile == {await salt.for_report(SHAPE)}
    assert meanwhile == {read_salt(directory, SHAPE.cluster_id)}
    assert asked == 1
    assert len(caplog.messages) == 1
