"""A clock that is set, once or twice, and a device that sleeps: no sample is told a wrong time."""

from datetime import datetime, timedelta

import pytest

from tests.integration.clocks.lives import (
    A_DAY,
    A_MINUTE,
    AN_HOUR,
    NO_BATTERY,
    SAMPLING,
    SECONDS,
    assert_true,
    assert_whole,
    live,
    reporting,
    wait_until_stored,
)
from tests.support.clocks.device_clock import DeviceClock
from tests.support.clocks.receiver import TrueReceiver
from tests.support.device import Device
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(600)


def test_a_clock_that_is_set_back_misdates_nothing(
    device: Device, clock: DeviceClock, receiver: TrueReceiver
) -> None:
    receiver.is_away = True
    clock.boot(clock.true_time() + 2 * AN_HOUR)
    began = clock.true_time()
    with reporting(device, clock, receiver):
        live(clock, 20 * A_MINUTE)
        clock.synchronize()
        live(clock, 10 * A_MINUTE)
        receiver.is_away = False
        reads = wait_until_stored(receiver, clock.true_time())

    assert_true(clock, receiver)
    assert_whole(clock, reads, began)


@pytest.mark.parametrize(
    ("ahead", "span"),
    [
        pytest.param(2 * A_DAY, SAMPLING, id="for one pass"),
        pytest.param(30 * AN_HOUR, AN_HOUR, id="for an hour"),
    ],
)
def test_a_clock_that_runs_ahead_for_a_while_delivers_nothing_of_tomorrow(
    device: Device, clock: DeviceClock, receiver: TrueReceiver, ahead: timedelta, span: timedelta
) -> None:
    began = clock.true_time()
    with reporting(device, clock, receiver):
        wait_until_stored(receiver, began)
        clock.step(ahead)
        live(clock, span)
        clock.synchronize()
        reads = wait_until_stored(receiver, clock.true_time())

    assert_true(clock, receiver)
    assert_whole(clock, reads, began)


def test_two_steps_after_a_boot_leave_true_times(
    device: Device, clock: DeviceClock, receiver: TrueReceiver
) -> None:
    clock.boot(NO_BATTERY)
    began = clock.true_time()
    with reporting(device, clock, receiver):
        live(clock, 20 * A_MINUTE)
        clock.step(clock.true_time() - clock.wall_time() - 5 * AN_HOUR)
        live(clock, 20 * A_MINUTE)
        assert receiver.passes == []

        clock.synchronize()
        reads = wait_until_stored(receiver, clock.true_time())

    assert_true(clock, receiver)
    assert_whole(clock, reads, began)


@pytest.mark.parametrize("is_set", [True, False], ids=["a clock that is set", "one that is not"])
def test_a_suspended_device_goes_on_with_true_times(
    device: Device,
    clock: DeviceClock,
    receiver: TrueReceiver,
    is_set: bool,  # noqa: FBT001  # a column of the table
) -> None:
    asleep = 8 * AN_HOUR
    if not is_set:
        clock.boot(NO_BATTERY)
    began = clock.true_time()
    with reporting(device, clock, receiver):
        live(clock, 15 * A_MINUTE)
        clock.suspend(asleep)
        live(clock, 15 * A_MINUTE)
        clock.synchronize()
        reads = wait_until_stored(receiver, clock.true_time())

    assert_true(clock, receiver)
    assert_whole(clock, reads, began, gap=asleep + 2 * SAMPLING)
    assert min(reads) < began + asleep


def test_a_clock_eight_days_ahead_expires_nothing_of_three_days_offline(
    device: Device, clock: DeviceClock, receiver: TrueReceiver
) -> None:
    began = clock.true_time()
    with reporting(device, clock, receiver, samplingInterval="1h", sendingInterval="24h"):
        wait_until_stored(receiver, began)
        receiver.is_away = True
        for _ in range(72):
            _leap_to_the_next_pass(device, clock)
        clock.step(8 * A_DAY)
        live(clock, 5 * A_MINUTE)
        clock.leap(AN_HOUR)
        live(clock, 5 * A_MINUTE)
        clock.synchronize()
        is_right = clock.true_time()
        live(clock, 5 * A_MINUTE)
        receiver.is_away = False
        device.request_report("the link is back")
        reads = wait_until_stored(receiver, is_right)
        assert device.status()["droppedSamples"] == 0

    assert_true(clock, receiver)
    assert_whole(clock, reads, began, gap=2 * AN_HOUR)
    assert len(reads) >= 72


def _leap_to_the_next_pass(device: Device, clock: DeviceClock) -> None:
    """Let an hour pass at once; a pass that the next leap cut short would tell another hour."""
    clock.leap(AN_HOUR)
    leapt = clock.true_time() - A_MINUTE
    wait_for(
        "the hour's pass",
        lambda: datetime.fromisoformat(device.status()["lastSampleTime"]) > leapt,
        SECONDS,
    )
    live(clock, A_MINUTE / 2)
