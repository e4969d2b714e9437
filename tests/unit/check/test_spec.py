"""Whether an object asks for reports at all."""

import asyncio

import pytest

from microshift_telemetry.check.line import Verdict
from microshift_telemetry.check.spec import spec_line
from tests.support.life import ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME


@pytest.mark.parametrize(
    ("spec", "verdict", "seen"),
    [
        ({}, Verdict.OK, "Enabled: samples every 1h, a report every 24h"),
        ({"status": "Disabled"}, Verdict.OK, "spec.status is Disabled: no samples are taken"),
        ({"sendingInterval": "soon"}, Verdict.FAILED, "spec.sendingInterval: "),
    ],
    ids=["enabled", "disabled", "invalid"],
)
async def test_it_is_told(spec: dict[str, str], verdict: Verdict, seen: str) -> None:
    async with Life({"endpoint": ENDPOINT, **spec}) as life:
        line = spec_line(life.telemetry.parts)

        assert line.verdict is verdict
        assert line.seen.startswith(seen)


async def test_a_twin_keeps_it_from_sending() -> None:
    async with Life() as life:
        life.older_twin = "older"
        await asyncio.sleep(600)

        line = spec_line(life.telemetry.parts)

        assert line.verdict is Verdict.FAILED
        assert "the older TelemetryConfig older already writes the same series" in line.seen


async def test_an_edit_that_has_not_stood_long_enough_is_told() -> None:
    async with Life() as life:
        await asyncio.sleep(600)
        life.edit({"endpoint": "http://other.example/"})
        await asyncio.sleep(1)

        assert "takes effect in 119 s" in spec_line(life.telemetry.parts).seen
