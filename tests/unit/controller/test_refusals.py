"""Receivers that refuse samples: all of them for a while, or the old ones for good."""

import asyncio
from datetime import timedelta

import pytest

from microshift_telemetry.clock import milliseconds
from microshift_telemetry.sending.answer import Answer
from tests.support.fakes import Post
from tests.support.life import AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

TEN_MINUTELY = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "30m"}
FOUR_HOURLY = {"endpoint": ENDPOINT, "samplingInterval": "1h", "sendingInterval": "4h"}
FOUR_HOURS = 4 * AN_HOUR

TOO_OLD = "out of bounds"


def refuse_old(life: Life, status_code: int) -> None:
    """Take nothing that is more than an hour old, as receivers without a window do."""

    def judge(post: Post) -> Answer:
        hour_ago = milliseconds(life.clock.now() - timedelta(hours=1, minutes=1))
        return Answer(204) if min(post.times_ms) >= hour_ago else Answer(status_code, TOO_OLD)

    life.receiver.judge = judge


def reporting_message(life: Life) -> str:
    [found] = [each for each in life.status["conditions"] if each["type"] == "Reporting"]
    return str(found["message"])


async def test_an_hour_of_400_to_everything_costs_no_sample() -> None:
    """A captive portal, or a receiver whose path is wrong for a while."""
    async with Life(TEN_MINUTELY) as life:
        await asyncio.sleep(AN_HOUR)
        life.receiver.answer = Answer(400, "not here")
        await asyncio.sleep(AN_HOUR)
        refusing = life.condition("Reporting")
        waiting = life.backlog.times_ms
        life.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)

    arrived = [sample for post in life.receiver.confirmed for sample in post.samples]
    taken = frozenset().union(*(post.times_ms for post in life.receiver.confirmed))
    assert refusing == ("False", "SamplesRejected")
    assert len(waiting) >= 6
    assert taken >= set(waiting)
    assert len(arrived) == len(set(arrived))
    assert life.status["droppedSamples"] == 0


@pytest.mark.parametrize("status_code", [400, 409])
async def test_auto_turns_to_averages_after_two_refusals_says_so_and_comes_back(
    status_code: int,
) -> None:
    async with Life(FOUR_HOURLY) as life:
        await asyncio.sleep(FOUR_HOURS)  # start report and first report, both taken whole
        refuse_old(life, status_code)
        await asyncio.sleep(FOUR_HOURS)
        once, said_once = life.condition("Reporting"), reporting_message(life)
        await asyncio.sleep(FOUR_HOURS)
        twice, said_twice = life.condition("Reporting"), reporting_message(life)
        dropped, posts = life.status["droppedSamples"], len(life.receiver.posts)
        await asyncio.sleep(2 * FOUR_HOURS)
        averages = life.receiver.posts[posts:]
        averaging, said_averaging = life.condition("Reporting"), reporting_message(life)
        life.receiver.judge = lambda _: Answer(204)
        life.clock.step(timedelta(days=7))
        await asyncio.sleep(2 * FOUR_HOURS)

    assert once == twice == ("True", "OldSamplesRejected")
    assert TOO_OLD in said_once
    assert "averages" not in said_once
    assert "reports contain averages until it accepts them" in said_twice
    assert dropped > 0
    assert [(post.is_confirmed, len(post.times_ms)) for post in averages] == [(True, 1)] * 2
    assert averaging == ("True", "ReportDelivered")
    assert "averages" in said_averaging
    assert max(len(post.times_ms) for post in life.receiver.posts[posts + 2 :]) > 1
    assert reporting_message(life) == "accepted by the receiver"
    assert life.status["droppedSamples"] == dropped
