"""What the tests of a device's clocks share: how it lives, and what is true of its samples."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tests.support.clocks.device_clock import DeviceClock
from tests.support.clocks.receiver import TrueReceiver
from tests.support.device import Device
from tests.support.operator_process import OperatorProcess
from tests.support.waiting import wait_for

A_MINUTE, AN_HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NO_BATTERY = datetime(1970, 1, 1, tzinfo=UTC)
SAMPLING = 5 * A_MINUTE
SPEC = {
    "samplingInterval": "5m",
    "sendingInterval": "10m",
    "aggregation": "None",
    "usageUnit": "Absolute",
}
LATE_SECONDS = 2.0
"""Of the machine: how far a sample may be off."""
SECONDS = 60.0


@contextmanager
def reporting(
    device: Device, clock: DeviceClock, receiver: TrueReceiver, **spec: str
) -> Iterator[OperatorProcess]:
    """Let the operator run meanwhile; it never fails by a bug of its own.

    It starts at the speed of life: else a busy machine's seconds were minutes without a pass.
    """
    speed, clock.speed = clock.speed, 1
    with device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="", **{**SPEC, **spec})
        clock.speed = speed
        yield operator
        assert "Traceback" not in operator.log()


def live(clock: DeviceClock, span: timedelta) -> None:
    """Let so much time of the device pass."""
    time.sleep(span.total_seconds() / clock.speed)


def wait_until_stored(
    receiver: TrueReceiver, until: datetime, seconds: float = SECONDS
) -> list[datetime]:
    """Wait for a pass that was read after a moment; give all, as they were read."""
    wait_for("a fresh pass", lambda: max(receiver.reads, default=until) > until, seconds)
    return receiver.reads


def assert_true(clock: DeviceClock, receiver: TrueReceiver) -> None:
    """Every pass has the time at which it was read, and arrived once."""
    wrong = [each for each in receiver.passes if each.error > _late(clock)]
    assert not wrong, wrong
    assert len(set(receiver.reads)) == len(receiver.passes), receiver.passes


def assert_whole(
    clock: DeviceClock, reads: list[datetime], since: datetime, gap: timedelta = 2 * SAMPLING
) -> None:
    """No pass is missing; a step of the clock may put one off by an interval."""
    steps = [after - before for before, after in pairwise([since, *reads])]
    assert max(steps) <= gap + _late(clock), steps


def _late(clock: DeviceClock) -> timedelta:
    return timedelta(seconds=LATE_SECONDS * clock.speed)
