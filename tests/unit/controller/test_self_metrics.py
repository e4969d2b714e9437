"""The three series of `spec.selfMetrics`, in fake time: what they tell of an outage."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from microshift_telemetry import __version__
from microshift_telemetry.sending.answer import Answer
from tests.support.fakes import Post
from tests.support.life import AN_HOUR, ENDPOINT, Life
from tests.unit.controller.dry_runs import a_desk
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

SPEC = {"endpoint": ENDPOINT, "sendingInterval": "1h", "samplingInterval": "10m"}
ON = {**SPEC, "selfMetrics": "Enabled"}
VERSION = "microshift_telemetry_build_info"
DROPPED = "microshift_telemetry_dropped_samples_total"
OLDEST = "microshift_telemetry_oldest_pending_seconds"


def samples_of(metric: str, posts: Iterable[Post]) -> dict[int, float]:
    """Give what arrived of a metric, by ms since the epoch."""
    return {
        at: value
        for post in posts
        for series in post.series
        if dict(series.labels)["__name__"] == metric
        for at, value in series.samples
    }


def names_in(posts: Iterable[Post]) -> set[str]:
    return {dict(series.labels)["__name__"] for post in posts for series in post.series}


async def test_they_are_sent_only_where_they_are_wanted() -> None:
    async with Life(SPEC) as life:
        await asyncio.sleep(2 * AN_HOUR)
        before = names_in(life.receiver.confirmed)
        life.edit(ON)
        await asyncio.sleep(2 * AN_HOUR)

        assert before & {VERSION, DROPPED, OLDEST} == set()
        assert names_in(life.receiver.confirmed) - before == {VERSION, DROPPED, OLDEST}
        versions = [
            dict(series.labels)["version"]
            for post in life.receiver.confirmed
            for series in post.series
            if dict(series.labels)["__name__"] == VERSION
        ]
        assert set(versions) == {__version__}


async def test_each_pass_of_an_outage_tells_how_long_the_oldest_waited_then() -> None:
    async with Life(ON) as life:
        await asyncio.sleep(2 * AN_HOUR)
        life.receiver.answer = Answer(503)
        await asyncio.sleep(2 * AN_HOUR)
        await asyncio.sleep(3 * AN_HOUR)
        life.receiver.answer = Answer(204)
        await asyncio.sleep(2 * AN_HOUR)

        told = samples_of(OLDEST, life.receiver.confirmed)
        delivered = {
            at: life.clock.at(post.at).timestamp() * 1000
            for post in life.receiver.confirmed
            for at in post.times_ms
        }
        assert len(told) >= 6 * 8
        assert max(told.values()) > 4 * AN_HOUR
        for at, seconds in told.items():
            waited = [each for each in told if each < at < delivered[each]]
            assert abs(seconds - (at - min(waited, default=at)) / 1000) < 1


async def test_the_count_is_that_of_the_status_and_outlives_a_restart(tmp_path: Path) -> None:
    async with Life({**ON, "buffer": {"maxAge": "2h"}}, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        life.receiver.answer = Answer(503)
        await asyncio.sleep(3 * AN_HOUR)
        await life.restart()
        await asyncio.sleep(3 * AN_HOUR)
        dropped = life.status["droppedSamples"]
        life.receiver.answer = Answer(204)
        await asyncio.sleep(2 * AN_HOUR)

        told = samples_of(DROPPED, life.receiver.confirmed)
        values = [told[at] for at in sorted(told)]
        assert dropped > 0
        assert values == sorted(values)
        assert values[-1] == life.status["droppedSamples"] >= dropped


async def test_an_average_has_the_newest_value() -> None:
    averaged = {**ON, "aggregation": "Average", "buffer": {"maxAge": "2h"}}
    async with Life(averaged) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(6 * AN_HOUR)
        life.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)

        told = samples_of(DROPPED, life.receiver.confirmed)
        assert told[min(told)] == life.status["droppedSamples"] > 0


async def test_what_waits_of_them_is_not_sent_after_they_are_turned_off() -> None:
    async with Life(ON) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(3 * AN_HOUR)
        life.edit(SPEC)
        await asyncio.sleep(AN_HOUR)
        life.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)

        assert len(life.pass_times) > 6 * 4
        assert names_in(life.receiver.confirmed) & {VERSION, DROPPED, OLDEST} == set()


async def test_a_clock_that_is_set_does_not_change_how_long_a_sample_waited() -> None:
    async with Life(ON) as life:
        await asyncio.sleep(2 * AN_HOUR)
        life.receiver.answer = Answer(503)
        await asyncio.sleep(2 * AN_HOUR)
        began: datetime = life.clock.now()
        life.clock.step(timedelta(days=8))
        await asyncio.sleep(2 * AN_HOUR)
        life.receiver.answer = Answer(204)
        await asyncio.sleep(2 * AN_HOUR)

        told = samples_of(OLDEST, life.receiver.confirmed)
        assert began.timestamp() * 1000 < max(told)
        assert max(told.values()) < 6 * AN_HOUR


async def test_a_dry_run_tells_how_it_stands(tmp_path: Path) -> None:
    spec = {**ON, "buffer": {"maxAge": "2h"}}
    async with Life(spec) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(6 * AN_HOUR)
        with a_desk(life, tmp_path, spec) as desk:
            shown = await desk.ask()

        told = {
            dict(series.labels)["__name__"]: series.samples[0][1]
            for request in shown.requests()
            for series in request
        }
        oldest_ms = life.backlog.oldest_ms
        assert oldest_ms is not None
        assert told[DROPPED] == life.status["droppedSamples"] > 0
        assert abs(told[OLDEST] - (life.clock.now().timestamp() - oldest_ms / 1000)) < 1
