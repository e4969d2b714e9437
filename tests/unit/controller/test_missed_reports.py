"""A fleet that was off for hours has missed the same hours, and comes back in one second."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest

from microshift_telemetry.controller.schedule import LONGEST_AHEAD, Plan, grids, start_splay
from microshift_telemetry.spec.change import LONGEST_SETTLING
from tests.support.fakes import CLUSTER_ID, MORNING, FakeClock
from tests.support.life import A_MINUTE, ENDPOINT, Life

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPLAY = start_splay(CLUSTER_ID, DAY).total_seconds()
SETTLING = LONGEST_SETTLING.total_seconds()


def _seconds_to_the_report(cluster_id: str, power_cut: datetime, power_back: datetime) -> int:
    on = grids(cluster_id, HOUR, DAY)
    reported = on.reports.next_after(power_cut - DAY)
    again = power_back + LONGEST_SETTLING + start_splay(cluster_id, DAY)
    plan = Plan(power_cut, reported).caught_up(on, power_back, again).with_extra(again)
    return int((plan.next_report(on) - power_back).total_seconds())


def test_a_fleet_that_was_off_for_six_hours_does_not_report_in_one_second() -> None:
    due = Counter(
        _seconds_to_the_report(f"device-{number}", MORNING - 6 * HOUR, MORNING)
        for number in range(10_000)
    )

    [(_, peak)] = due.most_common(1)
    assert peak <= 100
    assert max(due) <= LONGEST_AHEAD.total_seconds()


def test_a_report_that_only_waited_for_its_tick_is_made_at_once() -> None:
    on = grids(CLUSTER_ID, HOUR, DAY)
    due = on.reports.next_after(MORNING)
    plan = Plan(MORNING, MORNING)

    assert plan.caught_up(on, due + timedelta(seconds=90), due + HOUR) == plan


def test_a_missed_report_is_made_once_and_the_next_one_is_on_the_grid() -> None:
    on = grids(CLUSTER_ID, HOUR, DAY)
    again = MORNING + timedelta(minutes=4)

    plan = Plan(MORNING - 3 * DAY, MORNING - 3 * DAY).caught_up(on, MORNING, again)

    assert plan.next_report(on) == again
    done = plan.after_pass(again, for_report=True)
    assert done.next_report(on) == on.reports.next_after(again)


def test_what_is_asked_for_does_not_lie_in_a_future_that_a_wrong_clock_saw() -> None:
    years = timedelta(days=1500)
    plan = Plan(MORNING + years, MORNING + years).with_extra(MORNING + years)

    now_known = plan.until(MORNING)

    assert now_known == Plan(MORNING, MORNING, MORNING + LONGEST_AHEAD)


@pytest.mark.looptime(noop_cycles=1)
async def test_a_device_that_missed_its_report_sends_it_after_settling_and_splay() -> None:
    clock = FakeClock()
    long_ago = (clock.now() - 3 * DAY).isoformat()
    async with Life(
        {"endpoint": ENDPOINT}, clock=clock, status={"lastReportTime": long_ago}
    ) as life:
        await asyncio.sleep(SETTLING + SPLAY + A_MINUTE)

        assert [at // 10 for at in life.reports] == [(SETTLING + SPLAY) // 10]


@pytest.mark.looptime(noop_cycles=1)
async def test_a_clock_that_is_set_while_the_operator_waits_makes_no_report_at_once() -> None:
    async with Life() as life:
        await asyncio.sleep(SETTLING + SPLAY + A_MINUTE)
        life.clock.step(3 * DAY)
        life.receiver.posts.clear()
        await asyncio.sleep(SPLAY - A_MINUTE)
        at_once = len(life.reports)
        await asyncio.sleep(2 * A_MINUTE)

        assert (at_once, len(life.reports)) == (0, 1)


@pytest.mark.looptime(noop_cycles=1)
async def test_a_clock_that_steps_back_does_not_put_off_the_start_report() -> None:
    async with Life() as life:
        await asyncio.sleep(A_MINUTE)
        life.clock.step(-10 * DAY)
        await asyncio.sleep(LONGEST_AHEAD.total_seconds() + A_MINUTE)

        assert len(life.reports) == 1
