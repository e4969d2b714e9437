"""Start reports: one for each start of MicroShift, none for a start of the operator."""

import asyncio
from datetime import timedelta

import pytest

from microshift_telemetry.remote_write.answer import Answer
from tests.unit.controller.life import A_DAY, A_MINUTE, AN_HOUR, IN_FAKE_TIME, Life

pytestmark = IN_FAKE_TIME


async def test_a_restart_of_microshift_under_the_living_operator_is_one_report_more() -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        reports = len(life.reports)
        life.kube.started = life.clock.now()
        life.cluster.want_look()
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


async def test_a_restart_of_the_operator_writes_no_status() -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        life.telemetry.state.backlog.clear()
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
        passes = life.telemetry.state.backlog.times_ms
        assert len(passes) in {6, 7}


@pytest.mark.parametrize("hours", [3, 50], ids=["within an interval", "beyond an interval"])
async def test_a_report_missed_while_the_device_was_off_waits_for_its_splay(hours: int) -> None:
    """A fleet that gets its power back in one second must not report in that second."""
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        await life.end()
        life.clock.step(timedelta(hours=hours))
        life.kube.started = life.clock.now()
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
