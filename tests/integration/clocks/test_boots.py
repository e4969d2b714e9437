"""A device that boots with a wrong clock delivers what it measured with the times of the truth."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.clocks.lives import (
    A_MINUTE,
    AN_HOUR,
    NO_BATTERY,
    SAMPLING,
    assert_true,
    assert_whole,
    live,
    reporting,
    wait_until_stored,
)
from tests.support.clocks.device_clock import DeviceClock
from tests.support.clocks.receiver import TrueReceiver
from tests.support.device import Device

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize(
    ("wall", "span"),
    [
        pytest.param(NO_BATTERY, 3 * AN_HOUR, id="1970"),
        pytest.param(datetime(2036, 2, 7, tzinfo=UTC), 40 * A_MINUTE, id="2036"),
    ],
)
def test_hours_before_chronyd_are_delivered_with_true_times(
    device: Device, clock: DeviceClock, receiver: TrueReceiver, wall: datetime, span: timedelta
) -> None:
    clock.boot(wall)
    began = clock.true_time()
    with reporting(device, clock, receiver):
        live(clock, span)
        assert receiver.passes == []
        device.wait_for("Sampling", "ClockNotSynchronized")
        assert device.status()["pendingSamples"] > 0

        clock.synchronize()
        reads = wait_until_stored(receiver, clock.true_time())
        device.wait_for("Ready", "ReportDelivered")
        device.wait_for("Sampling", "SamplesCollected")

    assert_true(clock, receiver)
    assert_whole(clock, reads, began)


def test_at_the_speed_of_life_a_boot_in_1970_is_true_to_two_seconds(
    device: Device, clock: DeviceClock, receiver: TrueReceiver
) -> None:
    clock.speed = 1
    clock.boot(NO_BATTERY)
    began = clock.true_time()
    with reporting(device, clock, receiver, samplingInterval="1m", sendingInterval="1m"):
        live(clock, 2.5 * A_MINUTE)
        assert receiver.passes == []

        clock.synchronize()
        reads = wait_until_stored(receiver, clock.true_time(), seconds=180)

    assert_true(clock, receiver)
    assert_whole(clock, reads, began, gap=2 * A_MINUTE)


def test_a_killed_operator_costs_no_pass_of_a_clock_that_is_not_set(
    device: Device, clock: DeviceClock, receiver: TrueReceiver
) -> None:
    clock.boot(NO_BATTERY)
    began = clock.true_time()
    for _ in range(2):
        with reporting(device, clock, receiver) as operator:
            live(clock, 12 * A_MINUTE)
            operator.kill()
    with reporting(device, clock, receiver):
        clock.synchronize()
        reads = wait_until_stored(receiver, clock.true_time())
        assert device.status()["droppedSamples"] == 0

    assert_true(clock, receiver)
    assert_whole(clock, reads, began, gap=3 * SAMPLING)


@pytest.mark.parametrize("has_battery", [True, False], ids=["a battery", "none"])
def test_passes_of_an_earlier_boot_are_kept_where_the_clock_has_a_battery(
    device: Device,
    clock: DeviceClock,
    receiver: TrueReceiver,
    has_battery: bool,  # noqa: FBT001  # a column of the table
) -> None:
    wall = None if has_battery else NO_BATTERY
    receiver.is_away = True
    clock.boot(wall)
    began = clock.true_time()
    with reporting(device, clock, receiver):
        live(clock, 20 * A_MINUTE)
    clock.boot(wall)
    booted = clock.true_time()
    with reporting(device, clock, receiver):
        live(clock, 10 * A_MINUTE)
        clock.synchronize()
        receiver.is_away = False
        reads = wait_until_stored(receiver, clock.true_time())
        dropped = device.status()["droppedSamples"]

    assert_true(clock, receiver)
    assert_whole(clock, reads, began if has_battery else booted, gap=3 * SAMPLING)
    assert min(reads) < booted if has_battery else dropped > 0
