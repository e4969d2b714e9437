"""Grids, phases and splays, over one device and over a fleet."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.clock import EPOCH
from microshift_telemetry.controller.schedule import (
    LONGEST_AHEAD,
    Grid,
    Plan,
    grids,
    is_answered,
    start_splay,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
AN_HOUR, A_DAY, A_SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
FLEET = [str(uuid.UUID(int=number, version=4)) for number in range(10_000)]

intervals = st.timedeltas(timedelta(minutes=1), timedelta(hours=744))
moments = st.datetimes(datetime(2026, 11, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds the zone


@given(intervals, intervals, moments)
def test_the_next_instant_of_a_grid_is_after_a_moment_by_an_interval_at_most(
    interval: timedelta, offset: timedelta, moment: datetime
) -> None:
    following = Grid(interval, offset).next_after(moment)

    assert timedelta(0) < following - moment <= interval
    assert (following - EPOCH - offset) % interval == timedelta(0)


@given(st.integers(1, 200), moments)
def test_a_report_is_due_with_a_pass_where_the_intervals_divide(
    times: int, moment: datetime
) -> None:
    on = grids("id", AN_HOUR, times * AN_HOUR)

    report = on.reports.next_after(moment)

    assert on.passes.next_after(report - A_SECOND) == report


@pytest.mark.parametrize("what", ["phase", "splay"])
def test_a_fleet_is_spread_evenly(what: str) -> None:
    if what == "phase":
        shares = [grids(each, AN_HOUR, A_DAY).reports.offset / A_DAY for each in FLEET]
    else:
        shares = [start_splay(each, A_DAY) / timedelta(minutes=5) for each in FLEET]

    tenths = [sum(n <= 10 * share < n + 1 for share in shares) for n in range(10)]
    assert sum(tenths) == len(FLEET)
    assert all(900 <= tenth <= 1100 for tenth in tenths)


def test_phase_and_splay_of_a_device_have_nothing_to_do_with_one_another() -> None:
    pairs = [
        (grids(each, AN_HOUR, A_DAY).reports.offset / A_DAY, start_splay(each, A_DAY) / A_DAY)
        for each in FLEET
    ]

    early = [splay for phase, splay in pairs if phase < 0.1]
    assert max(early) > 0.9 * timedelta(minutes=5) / A_DAY


def test_the_splay_is_at_most_ten_percent_of_a_short_interval() -> None:
    longest = max(start_splay(each, timedelta(minutes=1)) for each in FLEET)

    assert timedelta(seconds=5.9) < longest < timedelta(seconds=6)


@pytest.mark.parametrize(
    ("last_report", "is_after"),
    [
        pytest.param(None, False, id="nothing delivered yet"),
        pytest.param(NOON - A_SECOND, False, id="delivered before the start"),
        pytest.param(NOON, True, id="delivered since the start"),
        pytest.param(NOON + AN_HOUR, True, id="delivered right now"),
        pytest.param(NOON + A_DAY, False, id="delivered in the future of a clock that was set"),
    ],
)
def test_a_delivery_answers_a_start_unless_another_clock_has_dated_it(
    last_report: datetime | None, *, is_after: bool
) -> None:
    assert is_answered(last_report, NOON, NOON + AN_HOUR) is is_after


def test_a_plan_after_a_step_back_has_nothing_done_or_asked_for_in_the_far_future() -> None:
    plan = Plan(NOON + A_DAY, NOON + 7 * A_DAY, NOON + 7 * A_DAY)

    assert plan.until(NOON) == Plan(NOON, NOON, NOON + LONGEST_AHEAD)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=1)], ids=["on time", "a tick"])
def test_a_report_that_is_due_now_was_not_missed(late: timedelta) -> None:
    on = grids("id", AN_HOUR, A_DAY)
    due = on.reports.next_after(NOON)
    plan = Plan(NOON, NOON)

    assert plan.caught_up(on, due + late, due + AN_HOUR) == plan


def test_a_missed_report_is_made_later_and_once() -> None:
    on = grids("id", AN_HOUR, A_DAY)
    now = NOON + 5 * A_DAY
    again = now + timedelta(minutes=4)

    plan = Plan(NOON, NOON).caught_up(on, now, again)

    assert plan.next_report(on) == again
    assert plan.after_pass(again, for_report=True).next_report(on) == on.reports.next_after(again)


def test_a_report_of_the_grid_waits_for_the_start_report_and_is_one_with_it() -> None:
    on = grids("id", AN_HOUR, A_DAY)
    due = on.reports.next_after(NOON)
    start_report = due + timedelta(minutes=3)

    plan = Plan(NOON, NOON).with_extra(start_report)

    assert plan.next_report(on) == start_report
    assert plan.next_pass(on) <= due
    assert plan.after_pass(start_report, for_report=True).next_report(on) == due + A_DAY
