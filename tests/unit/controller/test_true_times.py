"""A device whose clock is wrong, or not known to be right: what waits, and how it is dated.

The memory in use tells the loop's time at which it was read, so that a stored sample shows how far
its timestamp is off.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sources.host import Usage
from tests.support.fakes import MORNING, NO_ANSWER, FakeClock
from tests.support.life import A_DAY, A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

SPEC = {
    "endpoint": ENDPOINT,
    "samplingInterval": "10m",
    "sendingInterval": "1h",
    "usageUnit": "Absolute",
    "aggregation": "None",
}
UNSURE = ("Unknown", "ClockNotSynchronized")
WRONG = ("False", "ClockNotSynchronized")
WELL = ("True", "ReportDelivered")


class Device(Life):
    """A device whose samples tell when they were read."""

    def __init__(self, *, ahead: timedelta = timedelta(), path: Path | None = None) -> None:
        super().__init__(SPEC, clock=FakeClock(MORNING + ahead), state_path=path)
        self.clock.is_synchronized = False
        self.host.memory_usage = _time_of_reading  # type: ignore[method-assign]

    @property
    def ahead(self) -> timedelta:
        """How far the wall clock is ahead of the true time."""
        return self.clock.now() - MORNING - timedelta(seconds=self.clock.monotonic())

    def set_clock(self, *, ahead: timedelta = timedelta()) -> None:
        """Set the wall clock, as chronyd does; the kernel says at first that it is unsure."""
        self.clock.step(ahead - self.ahead)
        self.clock.is_synchronized = False

    async def synchronize(self) -> None:
        """Set the clock right, and let the kernel know a minute later."""
        self.set_clock()
        await asyncio.sleep(A_MINUTE)
        self.clock.is_synchronized = True

    @property
    def off(self) -> list[float]:
        """How many seconds the time of each stored pass is off."""
        return [time_ms / 1000 - MORNING.timestamp() - value + 1 for time_ms, value in self.stored]

    @property
    def stored(self) -> list[tuple[int, float]]:
        """The time of each stored pass, as its samples tell it, and when it was read."""
        return [
            sample
            for post in self.receiver.confirmed
            for series in post.series
            if ("__name__", "cluster:memory_usage_bytes:sum") in series.labels
            for sample in series.samples
        ]


def _time_of_reading() -> Usage:
    return Usage(used_bytes=1 + round(asyncio.get_running_loop().time()), total_bytes=1 << 40)


def is_true(off: list[float]) -> bool:
    return max(map(abs, off)) <= 2


@pytest.mark.parametrize("year", [1970, 2036])
async def test_a_board_without_a_battery_measures_from_its_first_minute(
    year: int, tmp_path: Path
) -> None:
    """Three hours of passes arrive with true times; 0.1.0 made none before chronyd had come."""
    boot = datetime(year, 1, 1, tzinfo=UTC)
    async with Device(ahead=boot - MORNING, path=tmp_path) as device:
        device.receiver.date = MORNING
        await asyncio.sleep(3 * AN_HOUR)
        before = device.condition("Sampling"), device.condition("Ready"), device.receiver.posts
        assert before == (UNSURE, WRONG, [])
        assert device.status["pendingSamples"] >= 12 * 18
        await device.synchronize()
        await asyncio.sleep(AN_HOUR)

        assert len(device.off) >= 18 + 6
        assert is_true(device.off)
        assert device.status["droppedSamples"] == 0
        assert device.condition("Sampling") == ("True", "SamplesCollected")
        assert device.condition("Ready") == WELL


async def test_a_clock_that_is_ahead_for_an_hour_dates_nothing_with_tomorrow(
    tmp_path: Path,
) -> None:
    async with Device(path=tmp_path) as device:
        device.clock.is_synchronized = True
        await asyncio.sleep(2 * AN_HOUR)
        device.receiver.date = MORNING
        device.set_clock(ahead=timedelta(hours=30))
        await asyncio.sleep(AN_HOUR)
        await device.synchronize()
        await asyncio.sleep(2 * AN_HOUR)

        assert len(device.off) >= 28
        assert is_true(device.off)
        assert device.condition("Ready") == WELL


async def test_a_clock_that_is_days_ahead_for_an_hour_costs_an_offline_device_nothing(
    tmp_path: Path,
) -> None:
    """1,008 of 1,008 samples had expired."""
    async with Device(path=tmp_path) as device:
        device.clock.is_synchronized = True
        device.receiver.answer = Answer(503)
        await asyncio.sleep(3 * A_DAY)
        device.set_clock(ahead=timedelta(days=8))
        await asyncio.sleep(70 * A_MINUTE)
        await device.synchronize()
        device.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)

        assert device.status["droppedSamples"] == 0
        times_ms = [time_ms for time_ms, _ in device.stored]
        assert len(set(times_ms)) == len(times_ms) >= 3 * 144
        assert is_true(device.off)


async def test_two_steps_and_a_restart_between_them(tmp_path: Path) -> None:
    async with Device(ahead=timedelta(days=-400), path=tmp_path) as device:
        device.receiver.date = MORNING
        await asyncio.sleep(AN_HOUR)
        device.set_clock(ahead=timedelta(hours=-5))
        await asyncio.sleep(AN_HOUR)
        await device.restart()
        await asyncio.sleep(AN_HOUR)
        await device.synchronize()
        await asyncio.sleep(AN_HOUR)

        assert len(device.off) >= 20
        assert is_true(device.off)


async def test_where_the_kernel_is_never_sure_the_receiver_vouches_once_a_boot(
    tmp_path: Path,
) -> None:
    """A virtual machine whose hypervisor keeps the clock, and which runs no chronyd."""
    async with Device(path=tmp_path) as device:
        device.receiver.date = MORNING + timedelta(minutes=3)
        await asyncio.sleep(AN_HOUR)
        assert device.condition("Ready") == WELL
        assert len(device.receiver.date_asks) == 1
        await device.restart()
        await asyncio.sleep(2 * AN_HOUR)
        assert len(device.receiver.date_asks) == 1

        await device.end()
        device.reboot()
        device.receiver.date = device.clock.now()
        device.begin()
        await asyncio.sleep(AN_HOUR)
        assert len(device.receiver.date_asks) == 2
        assert device.condition("Ready") == WELL


async def test_a_clock_that_the_receiver_contradicts_sends_nothing_and_says_why() -> None:
    async with Device(ahead=timedelta(hours=-2)) as device:
        device.receiver.date = MORNING
        await asyncio.sleep(20 * A_MINUTE)
        assert device.condition("Ready") == device.condition("Reporting") == WRONG
        [message] = {
            each["message"]
            for each in device.status["conditions"]
            if each["reason"] == "ClockNotSynchronized" and each["type"] != "Sampling"
        }
        assert message.startswith(
            "the device's clock is 2h behind the receiver's; samples are kept"
        )
        assert device.receiver.posts == []
        asked = len(device.receiver.date_asks)
        device.request("now")
        await asyncio.sleep(A_MINUTE)
        assert len(device.receiver.date_asks) > asked

        device.set_clock()
        device.receiver.date = device.clock.now()
        await asyncio.sleep(20 * A_MINUTE)
        assert device.condition("Ready") == WELL
        assert is_true(device.off)


async def test_without_any_witness_a_plausible_clock_is_believed_after_an_hour() -> None:
    async with Device() as device:
        await asyncio.sleep(50 * A_MINUTE)
        assert device.receiver.posts == []
        assert device.condition("Reporting") == ("False", "Retrying")
        await asyncio.sleep(30 * A_MINUTE)
        assert device.condition("Ready") == WELL

    async with Device(ahead=timedelta(days=-365)) as device:
        await asyncio.sleep(3 * AN_HOUR)
        assert device.receiver.posts == []


async def test_a_report_that_waits_for_the_clock_is_not_overdue() -> None:
    async with Device(ahead=timedelta(days=-365)) as device:
        for _ in range(8):
            await asyncio.sleep(AN_HOUR)
            assert device.condition("Reporting")[1] != "Overdue"


@pytest.mark.parametrize(("ahead", "lost"), [(timedelta(), False), (timedelta(days=-1), True)])
async def test_what_a_power_cut_has_left_of_an_untrusted_clock(
    ahead: timedelta,
    lost: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    """Kept by a device with a battery; lost, and counted, where each boot begins somewhere else."""
    async with Device(path=tmp_path) as device:
        device.receiver.date = MORNING + timedelta(days=20)
        await asyncio.sleep(AN_HOUR)
        waiting = device.status["pendingSamples"]
        await device.end()
        await asyncio.sleep(AN_HOUR)
        device.reboot()
        device.set_clock(ahead=ahead)
        device.begin()
        await asyncio.sleep(10 * A_MINUTE)
        await device.synchronize()
        await asyncio.sleep(AN_HOUR)

        assert device.condition("Ready") == WELL
        assert is_true(device.off)
        assert device.status["droppedSamples"] == (waiting if lost else 0)
        assert device.status.get("lastLoss", {}).get("reason") == ("Undated" if lost else None)


async def test_without_a_link_a_receiver_is_asked_for_the_date_as_often_as_for_samples() -> None:
    async with Device() as device:
        device.receiver.answer = NO_ANSWER
        await asyncio.sleep(20 * A_MINUTE)
        asks = device.receiver.date_asks

    first = [each for each in asks if each <= asks[0] + 7 * A_MINUTE]
    assert len(first) > 4
    assert all(after - before <= 101 for before, after in pairwise(first))


async def test_a_clock_that_a_pass_finds_set_wakes_the_report_that_waits() -> None:
    async with Device(ahead=timedelta(hours=-2)) as device:
        device.receiver.date = MORNING
        parts = device.telemetry.parts
        await asyncio.sleep(AN_HOUR)
        parts.rounds.resume(14 * A_MINUTE)
        device.set_clock()
        device.clock.is_synchronized = True
        parts.timekeeper.look()
        await asyncio.sleep(A_MINUTE)

        assert (parts.rounds.wait_seconds or 0.0) <= 5 * A_MINUTE
