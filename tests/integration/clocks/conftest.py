"""A device whose clocks are a test's to set, and a receiver that knows the truth."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clocks.device_clock import DeviceClock
from tests.support.clocks.receiver import TrueReceiver

FAST = 60
"""A minute takes a second."""


@pytest.fixture
def clock(tmp_path: Path) -> DeviceClock:
    return DeviceClock(tmp_path / "clock", speed=FAST)


@pytest.fixture
def receiver(clock: DeviceClock) -> Iterator[TrueReceiver]:
    with TrueReceiver(clock) as receiver:
        yield receiver
