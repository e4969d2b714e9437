"""`Auto` learns averages from ordinary reports alone: rule 14 of `docs/delivery.md`."""

import asyncio
from collections.abc import Callable

import pytest

from microshift_telemetry.buffer.records import Learned
from microshift_telemetry.sending.answer import Answer
from tests.support.fakes import Post
from tests.support.life import A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

FOUR_HOURLY = {"endpoint": ENDPOINT, "samplingInterval": "1h", "sendingInterval": "4h"}
FOUR_HOURS = 4 * AN_HOUR
ORDINARY = 1.25 * FOUR_HOURS
"""What a report of the grid may have, and a little."""


def takes(life: Life, seconds: float) -> Callable[[Post], Answer]:
    """Judge as a receiver does whose window is so long."""

    def judge(post: Post) -> Answer:
        oldest = min(post.times_ms) / 1000
        return Answer(204 if oldest >= life.clock.now().timestamp() - seconds else 400, "too old")

    return judge


def learned(life: Life) -> Learned:
    return life.remembered.learned


async def _sleep_until_due(life: Life, *, late: float) -> None:
    """Sleep until so long after the next report of the grid."""
    told = life.telemetry.parts.timetable.next_report
    on = life.telemetry.parts.timetable.catch_up(
        life.telemetry.parts.specs.newest,  # type: ignore[arg-type]  # it is valid
        life.cluster.id or "",
        life.clock.now(),
    )
    await asyncio.sleep((told(on) - life.clock.now()).total_seconds() + late)


async def test_long_outages_teach_it_no_averages() -> None:
    """What they leave is older than an ordinary report's passes, and refused for that."""
    async with Life(FOUR_HOURLY) as life:
        await asyncio.sleep(AN_HOUR)
        for _ in range(2):
            life.receiver.judge = lambda _: life.receiver.answer
            life.receiver.answer = Answer(503)
            await asyncio.sleep(12 * AN_HOUR)
            await _sleep_until_due(life, late=-A_MINUTE)
            life.receiver.answer = Answer(204)
            life.receiver.judge = takes(life, ORDINARY + A_MINUTE)
            await asyncio.sleep(AN_HOUR)

        assert life.status["droppedSamples"] > 0
        assert learned(life).refusals == 0
        assert "averages" not in str(life.status["conditions"])


async def test_two_ordinary_reports_whose_samples_are_refused_teach_it() -> None:
    async with Life(FOUR_HOURLY) as life:
        await _sleep_until_due(life, late=A_MINUTE)
        life.receiver.judge = takes(life, AN_HOUR)
        counted = []
        for _ in range(2):
            await _sleep_until_due(life, late=A_MINUTE)
            counted.append(learned(life).refusals)

        assert counted == [1, 2]
        assert learned(life).averaging_since_ms is not None


async def test_reports_off_the_grid_teach_it_nothing() -> None:
    """An admin asks, twice and more, while samples wait that the receiver refuses."""
    async with Life(FOUR_HOURLY) as life:
        await _sleep_until_due(life, late=A_MINUTE)
        life.receiver.judge = takes(life, AN_HOUR)
        dropped = []
        for number in range(3):
            await asyncio.sleep(2.2 * AN_HOUR)
            life.request(str(number))
            await asyncio.sleep(A_MINUTE)
            dropped.append(life.status["droppedSamples"])
            assert learned(life).refusals <= 1  # one is of the grid

        assert dropped[0] > 0
        assert dropped == sorted(set(dropped))


async def test_an_edit_begins_anew_and_an_edit_beside_a_request_teaches_nothing() -> None:
    async with Life(FOUR_HOURLY) as life:
        await _sleep_until_due(life, late=A_MINUTE)
        life.receiver.judge = takes(life, AN_HOUR)
        await _sleep_until_due(life, late=A_MINUTE)
        once = learned(life).refusals
        for number in range(2):
            await asyncio.sleep(1.5 * AN_HOUR)
            life.edit(FOUR_HOURLY | {"externalLabels": {"site": str(number)}})
            life.request(str(number))
            await asyncio.sleep(A_MINUTE)

        assert once == 1
        assert learned(life).refusals == 0


@pytest.mark.parametrize("aggregation", ["None", "Average"])
async def test_what_is_asked_for_is_done_whatever_was_learned(aggregation: str) -> None:
    async with Life(FOUR_HOURLY | {"aggregation": aggregation}) as life:
        await _sleep_until_due(life, late=A_MINUTE)
        life.receiver.judge = takes(life, AN_HOUR)
        for _ in range(3):
            await _sleep_until_due(life, late=A_MINUTE)
        posts = [post for post in life.receiver.posts if post.has_static]
        offered = {time_ms for post in life.receiver.posts for time_ms in post.times_ms}

        assert all(len(post.times_ms) == 1 for post in posts)
        is_raw = len(offered) > len(posts) + 3
        assert is_raw is (aggregation == "None")
