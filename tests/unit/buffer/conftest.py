"""A directory on a disk that is not waited for long."""

from pathlib import Path

import pytest

from microshift_telemetry.buffer import worker
from microshift_telemetry.buffer.state_directory import StateDirectory
from tests.unit.buffer.slow_disk import ANSWER_SECONDS, SlowDisk


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SlowDisk:
    monkeypatch.setattr(worker, "ANSWER_SECONDS", ANSWER_SECONDS)
    return SlowDisk()


@pytest.fixture
def directory(tmp_path: Path, disk: SlowDisk) -> StateDirectory:
    return StateDirectory(tmp_path / "state", disk)
