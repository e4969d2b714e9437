"""`spec.lifecycle` turned on and off in fake time: nothing of before is told."""

import asyncio
from pathlib import Path

import pytest

from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.spec.shaping import INVOCATION, LIFECYCLE_METRICS
from tests.support.life import A_MINUTE, AN_HOUR, Life
from tests.unit.controller.lifecycles import ON, SPEC, install, told
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME


async def test_without_the_field_nothing_is_told_and_nothing_is_asked_for() -> None:
    async with Life(SPEC) as life:
        await asyncio.sleep(AN_HOUR)

        assert [told(life, metric) for metric in LIFECYCLE_METRICS] == [[], [], []]
        assert life.telemetry.parts.store.ledger.launch is None


async def test_a_field_that_is_set_later_tells_of_the_next_start(tmp_path: Path) -> None:
    async with Life(SPEC, state_path=tmp_path) as life:
        await asyncio.sleep(30 * A_MINUTE)
        life.edit(ON)
        await asyncio.sleep(AN_HOUR)
        before = told(life, INVOCATION)
        life.kube.set_version("4.22.0")
        life.restart_microshift()
        await asyncio.sleep(AN_HOUR)

        assert before == []
        assert [(each["command"], each["from_version"]) for each in told(life, INVOCATION)] == [
            ("upgrade", "4.21.3")
        ]


async def test_an_opt_out_forgets_the_version_and_what_was_to_be_told(tmp_path: Path) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        await install(life)
        life.restart_microshift()
        await asyncio.sleep(5 * A_MINUTE)
        life.edit({**ON, "status": "Disabled"})
        await asyncio.sleep(A_MINUTE)
        life.edit(ON)
        await asyncio.sleep(AN_HOUR)
        of_before = told(life, INVOCATION)[1:]
        life.restart_microshift()
        await asyncio.sleep(AN_HOUR)

        assert of_before == []
        assert [each["command"] for each in told(life, INVOCATION)[1:]] == ["start"]


@pytest.mark.parametrize("excluded", sorted(LIFECYCLE_METRICS))
async def test_each_of_the_metrics_can_be_excluded(excluded: str) -> None:
    async with Life({**ON, "metrics": {"exclude": [excluded]}}) as life:
        await asyncio.sleep(AN_HOUR)

        assert {metric for metric in LIFECYCLE_METRICS if told(life, metric)} == (
            LIFECYCLE_METRICS - {excluded}
        )


async def test_what_waits_is_not_sent_after_the_field_is_taken_back() -> None:
    async with Life(ON) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(AN_HOUR)
        life.edit(SPEC)
        life.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)

        assert [told(life, metric) for metric in LIFECYCLE_METRICS] == [[], [], []]


@pytest.mark.parametrize("seconds", [1, 3, 60, 100])
async def test_a_field_that_is_away_for_seconds_changes_nothing_of_what_is_told(
    seconds: int, tmp_path: Path
) -> None:
    """As an image builder's object is at each start of MicroShift."""
    daily = {"sendingInterval": "24h"}
    async with Life({**ON, **daily}, state_path=tmp_path) as life:
        await install(life)
        life.kube.set_version("4.22.0")
        life.restart_microshift()
        await asyncio.sleep(A_MINUTE)
        life.edit({**SPEC, **daily})
        await asyncio.sleep(seconds)
        life.edit({**ON, **daily})
        await asyncio.sleep(AN_HOUR)

        assert [(each["command"], each.get("from_version")) for each in told(life, INVOCATION)] == [
            ("install", None),
            ("upgrade", "4.21.3"),
        ]
