"""What a check says of the reports before it, when every hop is well."""

import asyncio
from dataclasses import replace

import pytest

from microshift_telemetry.check.line import Line, Verdict
from microshift_telemetry.check.reports import reports_line
from microshift_telemetry.sending.answer import Answer
from tests.support.life import A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

HOURLY = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}


def told(life: Life) -> Line:
    parts, spec = life.telemetry.parts, life.telemetry.newest
    assert spec is not None
    return reports_line(parts, spec, life.cluster.id, life.clock.now())


async def test_one_that_arrived_is_well() -> None:
    async with Life(HOURLY) as life:
        await asyncio.sleep(AN_HOUR)

        assert told(life).verdict is Verdict.OK
        assert told(life).seen.startswith("last report delivered 2026-11-20T")


async def test_none_yet_is_well_too() -> None:
    async with Life(HOURLY) as life:
        await asyncio.sleep(1)

        assert told(life).seen.startswith("no report delivered yet; samples pending: ")


@pytest.mark.parametrize(
    ("answer", "verdict", "seen"),
    [
        (Answer(400, "no"), Verdict.FAILED, "SamplesRejected: "),
        (Answer(503, "busy"), Verdict.WARNING, "last attempt, before this check: Retrying"),
    ],
    ids=["refused", "busy"],
)
async def test_one_that_did_not_arrive_is_told(answer: Answer, verdict: Verdict, seen: str) -> None:
    async with Life(HOURLY) as life:
        life.receiver.answer = answer
        await asyncio.sleep(2 * AN_HOUR)

        assert told(life).verdict is verdict
        assert told(life).seen.startswith(seen)


async def test_old_samples_that_were_refused_are_told_until_two_reports_later() -> None:
    async with Life(HOURLY) as life:
        await asyncio.sleep(AN_HOUR)
        life.receiver.answer = Answer(503)
        await asyncio.sleep(4 * AN_HOUR)
        life.receiver.answer = Answer(204)
        life.receiver.judge = lambda post: replace(
            life.receiver.answer,
            status_code=204
            if min(post.times_ms) / 1000 > life.clock.now().timestamp() - 1800
            else 400,
        )
        await asyncio.sleep(20 * A_MINUTE)
        first = told(life)
        life.receiver.judge = lambda _: Answer(204)
        await asyncio.sleep(AN_HOUR)
        second = told(life)
        await asyncio.sleep(2 * AN_HOUR)

        assert first.verdict is second.verdict is Verdict.WARNING
        assert first.seen.startswith("the receiver rejects old samples: ")
        assert " were dropped 2026-11-20T" in second.seen
        assert told(life).verdict is Verdict.OK
