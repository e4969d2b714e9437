"""Hop after hop, never longer than allowed."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from microshift_telemetry.check.line import Check, Hop, Line, Verdict
from microshift_telemetry.check.runner import LIMIT_SECONDS, run
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

FINE = [Line(Hop.SPEC, Verdict.OK)]
ended: list[str] = []


async def hangs() -> AsyncGenerator[Sequence[Line], None]:
    try:
        yield FINE
        await asyncio.sleep(3600)
    finally:
        ended.append("hangs")


async def fails() -> AsyncGenerator[Sequence[Line], None]:
    yield FINE
    yield [Line(Hop.CLOCK, Verdict.FAILED), Line(Hop.CLOCK, Verdict.OK)]
    raise AssertionError("behind what failed")


async def breaks() -> AsyncGenerator[Sequence[Line], None]:
    yield FINE
    raise ZeroDivisionError


def verdicts(check: Check) -> list[tuple[Hop, Verdict]]:
    return [(line.hop, line.verdict) for line in check.lines[:3]]


async def test_what_hangs_is_cut_and_named() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()

    check = await run("cluster", hangs())

    assert loop.time() - began == pytest.approx(LIMIT_SECONDS)
    assert check.finding.hop is Hop.CLOCK
    assert "the 30 s of a check" in check.finding.seen
    assert ended == ["hangs"]


async def test_nothing_is_tried_behind_what_failed() -> None:
    assert verdicts(await run("cluster", fails())) == [
        (Hop.SPEC, Verdict.OK),
        (Hop.CLOCK, Verdict.FAILED),
        (Hop.CLOCK, Verdict.OK),
    ]


async def test_a_bug_is_a_line(caplog: pytest.LogCaptureFixture) -> None:
    check = await run("cluster", breaks())

    assert check.finding == Line(
        Hop.CLOCK,
        Verdict.FAILED,
        "internal error (ZeroDivisionError)",
        "report this bug with the traceback from the operator's log",
    )
    assert "internal error while checking" in caplog.text
