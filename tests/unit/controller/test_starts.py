"""Start reports: one for each start of MicroShift, none for a start of the operator."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from microshift_telemetry.controller.schedule import grids
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.spec.effective import effective_from
from microshift_telemetry.spec.telemetry_config import parse_spec
from tests.support.fakes import CLUSTER_ID
from tests.support.life import A_DAY, A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

WEEKLY = {"endpoint": ENDPOINT, "sendingInterval": "168h"}
"""Start reports, and next to nothing of the grid."""


async def test_a_restart_of_microshift_under_the_living_operator_is_one_report_more() -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        reports = len(life.reports)
        life.restart_microshift()
        await asyncio.sleep(20 * A_MINUTE)
        life.cluster.want_look()
        await asyncio.sleep(20 * A_MINUTE)

        assert (reports, len(life.reports)) == (1, 2)


async def test_five_restarts_of_the_operator_are_no_report() -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        reports = len(life.receiver.connects)
        for _ in range(5):
            await life.restart()
            await asyncio.sleep(10 * A_MINUTE)

        assert reports == 1
        assert len(life.receiver.connects) == 1
        assert life.condition("Ready") == ("True", "ReportDelivered")


async def test_a_restart_of_the_operator_writes_no_status(tmp_path: Path) -> None:
    async with Life(state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        await asyncio.sleep(A_MINUTE)
        writes = len(life.kube.applies)
        await life.restart()
        await asyncio.sleep(A_MINUTE)

        assert len(life.kube.applies) == writes


async def test_a_start_report_that_cannot_be_delivered_is_not_asked_for_again() -> None:
    life = Life()
    life.receiver.answer = Answer(503)
    async with life:
        await asyncio.sleep(5 * AN_HOUR)

        assert len(life.pass_times) == 0
        passes = life.backlog.times_ms
        assert len(passes) in {5, 6}


@pytest.mark.parametrize("hours", [3, 50], ids=["within an interval", "beyond an interval"])
async def test_a_report_missed_while_the_device_was_off_waits_for_its_splay(hours: int) -> None:
    """A fleet that gets its power back in one second must not report in that second."""
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        await life.end()
        life.clock.step(timedelta(hours=hours))
        life.reboot()
        back = asyncio.get_running_loop().time()
        reports = len(life.reports)
        life.begin()
        await asyncio.sleep(AN_HOUR)

        [made] = life.reports[reports:]
        assert 2 * A_MINUTE + 1 < made - back <= 7 * A_MINUTE + 1


async def test_a_request_is_answered_by_one_report_at_once() -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        before = asyncio.get_running_loop().time()
        life.request("a-first-time")
        await asyncio.sleep(A_DAY / 24)

        assert [made - before <= 2 for made in life.reports[1:]] == [True]
        assert life.status["lastHandledRequestedAt"] == "a-first-time"


async def test_a_request_that_was_answered_is_not_answered_again_after_a_restart() -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        life.request("a-first-time")
        await asyncio.sleep(A_MINUTE)
        reports = len(life.reports)
        await life.restart()
        await asyncio.sleep(10 * A_MINUTE)

        assert len(life.reports) == reports == 2


async def test_a_request_made_while_no_operator_lived_is_answered_by_the_next_one() -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        await life.end()
        life.request("while-away")
        life.begin()
        await asyncio.sleep(A_MINUTE)

        assert len(life.reports) == 2
        assert life.status["lastHandledRequestedAt"] == "while-away"


async def test_a_restart_right_after_a_pass_and_a_report_of_the_grid_repeats_neither() -> None:
    """The status cuts times to the second, in whose rest the grid point may lie."""
    async with Life() as life:
        await asyncio.sleep(12 * AN_HOUR)
        posts, last_sample = len(life.receiver.posts), life.status["lastSampleTime"]
        await life.restart()
        await asyncio.sleep(10 * A_MINUTE)

        assert len(life.reports) == 2
        assert len(life.receiver.posts) == posts
        assert life.status["lastSampleTime"] == last_sample


STEPS = pytest.mark.parametrize(
    "step",
    [
        pytest.param(timedelta(hours=-2), id="back"),
        pytest.param(timedelta(0), id="not"),
        pytest.param(timedelta(minutes=20), id="forward"),
        pytest.param(timedelta(days=4000), id="years forward"),
    ],
)
"""How far the clock is set; a few minutes of it may not reach the daily report of the grid."""


@STEPS
async def test_a_clock_that_is_set_is_no_start(step: timedelta, tmp_path: Path) -> None:
    async with Life(WEEKLY, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        life.clock.step(step)
        reports = len(life.reports)
        life.cluster.want_look()
        await asyncio.sleep(10 * A_MINUTE)
        by_the_grid = _missed(life, step)
        for _ in range(3):
            await life.restart()
            await asyncio.sleep(10 * A_MINUTE)

        assert len(life.reports) - reports == by_the_grid


@STEPS
async def test_each_start_has_one_report_whatever_the_clock_does_in_between(
    step: timedelta, tmp_path: Path
) -> None:
    async with Life(WEEKLY, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        reports = len(life.reports)
        life.clock.step(step)
        await asyncio.sleep(10 * A_MINUTE)
        by_the_grid = _missed(life, step)
        life.restart_microshift()
        await asyncio.sleep(10 * A_MINUTE)
        restarted = len(life.reports) - reports - by_the_grid
        await life.end()
        life.reboot()
        life.begin()
        await asyncio.sleep(20 * A_MINUTE)
        rebooted = len(life.reports) - reports - by_the_grid - restarted

        assert (reports, restarted, rebooted) == (1, 1, 1)


async def test_a_boot_without_a_clock_reports_once_it_is_set(tmp_path: Path) -> None:
    """A board without an RTC starts in 1970; chrony sets the clock when the link is up."""
    async with Life(state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        reports, morning = len(life.reports), life.clock.now()
        await life.end()
        life.reboot()
        life.clock.step(datetime(1970, 1, 1, tzinfo=UTC) - morning)
        life.begin()
        await asyncio.sleep(20 * A_MINUTE)
        without_a_clock = len(life.reports) - reports
        life.clock.step(morning - datetime(1970, 1, 1, tzinfo=UTC))
        await asyncio.sleep(20 * A_MINUTE)
        await life.restart()
        await asyncio.sleep(20 * A_MINUTE)

        assert (without_a_clock, len(life.reports) - reports) == (0, 1)


async def test_a_frozen_report_answers_its_start_also_after_a_restart_of_ours(
    tmp_path: Path,
) -> None:
    async with Life(WEEKLY, state_path=tmp_path) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(AN_HOUR)
        life.clock.step(timedelta(minutes=-30))
        await life.restart()
        life.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)

        assert len(life.reports) == 1
        assert life.remembered.answered_start is not None


async def test_a_start_that_a_dropped_report_told_of_is_told_to_the_new_destination(
    tmp_path: Path,
) -> None:
    async with Life(WEEKLY, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        life.receiver.answer = Answer(503)
        life.restart_microshift()
        await asyncio.sleep(AN_HOUR)
        reports = len(life.reports)
        life.edit(WEEKLY | {"endpoint": "http://elsewhere.example/write"})
        life.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)

        assert (reports, len(life.reports)) == (1, 2)


@pytest.mark.parametrize("has_disk", [True, False], ids=["disk", "no disk"])
async def test_a_delivery_dated_by_a_clock_that_was_ahead_holds_no_start_report_back(
    tmp_path: Path, *, has_disk: bool
) -> None:
    years = timedelta(days=1500)
    async with Life(WEEKLY, state_path=tmp_path if has_disk else None) as life:
        life.clock.step(years)
        await asyncio.sleep(AN_HOUR)
        reports = len(life.reports)
        await life.end()
        life.clock.step(-years)
        life.reboot()
        life.begin()
        await asyncio.sleep(AN_HOUR)
        for _ in range(3):
            await life.restart()
            await asyncio.sleep(10 * A_MINUTE)

        assert (reports, len(life.reports) - reports) == (1, 1)
        assert life.status["lastReportTime"] < "2026-11-21"


async def test_without_a_disk_the_last_delivery_tells_whether_a_start_was_answered() -> None:
    async with Life(WEEKLY) as life:
        await asyncio.sleep(AN_HOUR)
        for _ in range(3):
            await life.restart()
            await asyncio.sleep(10 * A_MINUTE)
        after_ours = len(life.reports)
        await life.end()
        life.reboot()
        life.begin()
        await asyncio.sleep(AN_HOUR)

        assert (after_ours, len(life.reports)) == (1, 2)


def _missed(life: Life, step: timedelta) -> int:
    """How many reports a step has skipped: however many, one is made in their place."""
    spec = effective_from(parse_spec(WEEKLY))
    on = grids(CLUSTER_ID, spec.sampling_interval, spec.sending_interval)
    return int(on.reports.next_after(life.clock.now() - step) <= life.clock.now())
