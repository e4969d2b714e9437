"""A device whose wall clock jumps, or was never set."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from microshift_telemetry.sending.answer import Answer
from tests.support.fakes import MORNING, FakeClock
from tests.support.life import A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

HOURLY = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(timedelta(days=-1), id="a day back"),
        pytest.param(timedelta(days=7), id="a week ahead"),
        pytest.param(timedelta(minutes=-3), id="three minutes back"),
    ],
)
async def test_a_step_of_the_clock_makes_neither_a_flood_nor_a_stop(step: timedelta) -> None:
    async with Life(HOURLY) as life:
        await asyncio.sleep(3 * AN_HOUR)
        posts, writes = len(life.receiver.posts), len(life.kube.applies)
        life.clock.step(step)
        await asyncio.sleep(4 * AN_HOUR)

        fresh = [post for post in life.receiver.posts[posts:] if post.has_static]
        assert 4 <= len(fresh) <= 6
        assert len(life.kube.applies) - writes <= 40
        assert life.condition("Ready") == ("True", "ReportDelivered")


async def test_a_clock_lost_on_the_way_repeats_no_sample_that_has_arrived() -> None:
    async with Life(HOURLY | {"samplingInterval": "1h"}) as life:
        await asyncio.sleep(2 * AN_HOUR)
        life.clock.step(datetime(1970, 1, 1, tzinfo=UTC) - life.clock.now())
        await asyncio.sleep(2 * AN_HOUR + A_MINUTE)

    sent = [sample for post in life.receiver.confirmed for sample in post.samples]
    assert len(sent) == len(set(sent))


async def test_an_outage_is_told_although_the_last_delivery_lies_in_the_future() -> None:
    async with Life(HOURLY) as life:
        life.clock.step(timedelta(days=1500))
        await asyncio.sleep(2 * AN_HOUR)
        life.clock.step(timedelta(days=-1500))
        life.receiver.answer = Answer(503)
        await asyncio.sleep(2 * AN_HOUR)

        assert life.condition("Ready") == ("False", "Retrying")


async def test_static_series_go_with_a_report_that_had_to_wait_for_an_edit_to_settle() -> None:
    spec = {"endpoint": ENDPOINT, "samplingInterval": "1m", "sendingInterval": "20m"}
    async with Life(spec) as life:
        await asyncio.sleep(AN_HOUR)
        due = life.reports[-1] + 20 * A_MINUTE
        await asyncio.sleep(due - A_MINUTE / 2 - asyncio.get_running_loop().time())
        reports, posts = len(life.reports), len(life.receiver.posts)
        life.edit(spec | {"endpoint": f"{ENDPOINT}/other"})
        await asyncio.sleep(4 * A_MINUTE)

        assert len(life.receiver.posts) > posts
        assert len(life.reports) == reports + 1


async def test_a_report_of_the_future_is_made_anew_once_the_clock_is_right() -> None:
    ahead = timedelta(days=400)
    async with Life(clock=FakeClock(MORNING + ahead)) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(10 * A_MINUTE)
        tried = len(life.receiver.posts)
        life.clock.step(-ahead)
        life.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)
        now = life.clock.now()

        assert tried > 0
        assert len(life.reports) == 1
        assert all(now - timedelta(hours=1) < time <= now for time in life.pass_times)


@pytest.mark.parametrize("ahead", [timedelta(minutes=50), timedelta(days=2)], ids=str)
async def test_a_report_after_the_clock_was_set_back_has_a_fresh_pass(ahead: timedelta) -> None:
    """What was taken before lies ahead of now, and says nothing of now."""
    async with Life(HOURLY, clock=FakeClock(MORNING + ahead)) as life:
        await asyncio.sleep(3 * AN_HOUR)
        life.clock.step(-ahead)
        answers = iter([Answer(503)])  # then it takes all
        life.receiver.judge = lambda _: next(answers, Answer(204))
        reports = len(life.reports)
        await asyncio.sleep(AN_HOUR)

        assert life.condition("Reporting")[1] == "ReportDelivered"
        assert len(life.reports) == reports + 1
        assert life.status["lastReport"]["fresh"]
