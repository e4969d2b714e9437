"""The times of a preview: readable, and those that would go out."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from microshift_telemetry.buffer.ledger import snapshot
from microshift_telemetry.controller.preview import Preview
from microshift_telemetry.preview_server import as_json, as_text
from microshift_telemetry.sending.answer import Answer
from tests.support.fakes import MORNING, NO_ANSWER, FakeClock
from tests.support.life import A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

SPEC = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}
YEARS = timedelta(days=2000)


def times_ms(shown: Preview) -> set[int]:
    return {
        time_ms
        for request in shown.requests()
        for series in request
        for time_ms, _ in series.samples
    }


def read_times(shown: Preview) -> list[dict[str, object]]:
    document = json.loads("".join(as_json(shown)))
    return [each for request in document["requests"] for each in request["times"]]


@pytest.mark.parametrize("aggregation", ["None", "Average"])
async def test_each_sample_has_a_time_that_a_person_reads(aggregation: str) -> None:
    async with Life(SPEC | {"aggregation": aggregation}) as life:
        life.receiver.answer = NO_ANSWER
        await asyncio.sleep(3 * AN_HOUR)
        shown = await life.telemetry.preview()
        told = read_times(shown)
        lines = "".join(as_text(shown)).splitlines()

    assert {each["timeMs"] for each in told} == times_ms(shown)
    assert len(told) == len(times_ms(shown))
    for each in told:
        time, time_ms = str(each["time"]), each["timeMs"]
        assert datetime.fromisoformat(time).timestamp() * 1000 == pytest.approx(time_ms)
        assert f"# {time} = {time_ms}" in lines


async def test_a_clock_that_was_set_gives_what_waits_its_true_times() -> None:
    async with Life(SPEC, clock=FakeClock(MORNING - YEARS)) as life:
        life.clock.is_synchronized = False
        life.receiver.answer = NO_ANSWER
        await asyncio.sleep(AN_HOUR)
        life.clock.step(YEARS)
        life.clock.is_synchronized = True
        ledger = life.telemetry.parts.store.ledger
        before = list(snapshot(ledger))
        shown = await life.telemetry.preview()
        told, has_static = times_ms(shown), "microshift_version{" in "".join(as_text(shown))
        is_untouched = list(snapshot(ledger)) == before
        life.receiver.answer = Answer(204)
        life.request("now")
        await asyncio.sleep(A_MINUTE)
        arrived = {time_ms for post in life.receiver.confirmed for time_ms in post.times_ms}

    morning_ms = MORNING.timestamp() * 1000
    assert is_untouched
    assert has_static
    assert len(told) >= 5
    assert min(told) >= morning_ms
    assert told < arrived


async def test_what_nobody_can_date_is_not_shown(tmp_path: Path) -> None:
    """As a report finds it: of an earlier boot whose clock was never right."""
    async with Life(SPEC, clock=FakeClock(MORNING - YEARS), state_path=tmp_path) as life:
        life.clock.is_synchronized = False
        life.receiver.answer = NO_ANSWER
        await asyncio.sleep(AN_HOUR)
        await life.end()
        life.reboot()
        life.begin()
        await asyncio.sleep(20 * A_MINUTE)
        waiting = set(life.backlog.times_ms)
        life.clock.step(YEARS)
        life.clock.is_synchronized = True
        told = times_ms(await life.telemetry.preview())

    assert len(waiting) > len(told) > 0
    assert min(told) >= MORNING.timestamp() * 1000
