"""The status and the backlog belong to the destination in force, over edits and restarts.

Rules 15 and 16 of `docs/delivery.md`.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from microshift_telemetry.buffer.records import LossReason
from microshift_telemetry.sending.answer import Answer
from tests.support.fakes import NO_ANSWER
from tests.support.life import A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

HERE = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "24h"}
ELSEWHERE = HERE | {"endpoint": "http://elsewhere.example/write"}
BY_PATH = HERE | {"endpoint": "http://receiver.example/another/path"}
BY_HEADER = HERE | {"headers": [{"name": "X-Scope-OrgID", "value": "plant"}]}
BY_PROXY = HERE | {"proxyUrl": "http://proxy.example:3128"}
SAME_SERVER = [
    pytest.param(BY_PATH, id="path"),
    pytest.param(BY_HEADER, id="headers"),
    pytest.param(BY_PROXY, id="proxy"),
]
STANDS = 2 * A_MINUTE
DELIVERED, PENDING = ("True", "ReportDelivered"), ("Unknown", "ReportPending")

Spec = Mapping[str, Any]


async def _restart_if(life: Life, *, now: bool) -> None:
    if now:
        await life.restart()


@pytest.mark.parametrize("at", ["never", "unsettled", "there", "back unsettled", "back"])
async def test_a_restart_at_any_point_of_an_edit_back_and_forth_changes_nothing(
    at: str, tmp_path: Path
) -> None:
    """What was collected here is dropped and counted once, and never comes back."""
    async with Life(HERE, state_path=tmp_path) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(3 * AN_HOUR)
        collected = set(life.backlog.times_ms)
        life.edit(ELSEWHERE)
        await asyncio.sleep(A_MINUTE)
        await _restart_if(life, now=at == "unsettled")
        await asyncio.sleep(STANDS + A_MINUTE)
        await _restart_if(life, now=at == "there")
        there = set(life.backlog.times_ms)
        life.edit(HERE)
        await asyncio.sleep(A_MINUTE)
        await _restart_if(life, now=at == "back unsettled")
        await asyncio.sleep(STANDS + A_MINUTE)
        await _restart_if(life, now=at == "back")
        await asyncio.sleep(A_MINUTE)
        waiting, remembered = life.backlog.times_ms, life.remembered
        await life.restart()
        await asyncio.sleep(A_MINUTE)

        assert len(collected) > 15
        assert not collected & (there | set(waiting))
        assert life.backlog.times_ms[: len(waiting)] == waiting
        assert life.remembered.dropped_samples == remembered.dropped_samples
        assert life.status["droppedSamples"] >= 12 * (len(collected) - 1)
        assert life.remembered.loss == remembered.loss is not None
        assert remembered.loss.reason is LossReason.MOVED


@pytest.mark.parametrize("restarts", [False, True])
async def test_an_edit_that_is_taken_back_before_it_stood_drops_nothing(
    *, restarts: bool, tmp_path: Path
) -> None:
    async with Life(HERE, state_path=tmp_path) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(3 * AN_HOUR)
        collected = set(life.backlog.times_ms)
        for _ in range(5):
            life.edit(ELSEWHERE)
            await asyncio.sleep(STANDS - A_MINUTE)
            await _restart_if(life, now=restarts)
            life.edit(HERE)
            await asyncio.sleep(STANDS - A_MINUTE)
            await _restart_if(life, now=restarts)
        await asyncio.sleep(10 * A_MINUTE)

        lost = collected - set(life.backlog.times_ms)
        assert len(lost) <= 1  # a pass off the grid makes room for the next
        assert life.status["droppedSamples"] == 0


@pytest.mark.parametrize("edited", SAME_SERVER)
@pytest.mark.parametrize("restarts", [False, True])
async def test_another_way_to_the_same_server_keeps_what_waits(
    edited: Spec, *, restarts: bool, tmp_path: Path
) -> None:
    async with Life(HERE, state_path=tmp_path) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(3 * AN_HOUR)
        collected = life.backlog.times_ms[:-1]
        life.edit(edited)
        await _restart_if(life, now=restarts)
        await asyncio.sleep(STANDS + A_MINUTE)
        life.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)

        stored = {time_ms for post in life.receiver.confirmed for time_ms in post.times_ms}
        assert stored >= set(collected)
        assert life.status["droppedSamples"] == 0


@pytest.mark.parametrize("edited", [pytest.param(ELSEWHERE, id="server"), *SAME_SERVER])
@pytest.mark.parametrize("restarts", [False, True])
async def test_ready_is_unknown_until_the_attempt_after_an_edit_and_true_when_it_is_taken(
    edited: Spec, *, restarts: bool, tmp_path: Path
) -> None:
    """And that attempt comes within a minute of the moment at which the edit has stood."""
    async with Life(HERE, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        before = life.condition("Ready")
        life.receiver.seconds = 20.0
        life.edit(edited)
        await asyncio.sleep(10)
        settling = life.condition("Ready")
        await _restart_if(life, now=restarts)
        connects = len(life.receiver.connects)
        stands = STANDS if restarts else STANDS - 10
        await asyncio.sleep(stands - 1)
        early, stood = len(life.receiver.connects) - connects, life.condition("Ready")
        for _ in range(int(A_MINUTE)):
            if len(life.receiver.connects) == connects:
                await asyncio.sleep(1)
        took = asyncio.get_running_loop().time()
        await asyncio.sleep(10)
        under_way = life.condition("Ready"), life.condition("Reporting")
        await asyncio.sleep(A_MINUTE)

        assert before == DELIVERED
        assert settling == stood == PENDING
        assert early == 0
        assert life.receiver.connects[connects:] == pytest.approx([took], abs=1)
        assert under_way == (PENDING, PENDING)
        assert life.condition("Ready") == life.condition("Reporting") == DELIVERED


@pytest.mark.parametrize("edited", [pytest.param(ELSEWHERE, id="server"), *SAME_SERVER])
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(Answer(503), "Retrying", id="503"),
        pytest.param(NO_ANSWER, "EndpointUnreachable", id="unreachable"),
        pytest.param(Answer(401), "Unauthorized", id="401"),
    ],
)
async def test_ready_is_false_once_the_attempt_after_an_edit_has_failed(
    edited: Spec, answer: Answer, reason: str, tmp_path: Path
) -> None:
    """And over a restart, until the new destination has taken something."""
    async with Life(HERE, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        life.receiver.answer = answer
        life.edit(edited)
        await asyncio.sleep(STANDS + A_MINUTE)
        failed = life.condition("Ready")
        await life.restart()
        await asyncio.sleep(A_MINUTE)
        restarted = life.condition("Ready")
        life.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)

        assert failed == restarted == ("False", reason)
        assert life.condition("Ready") == DELIVERED


@pytest.mark.parametrize("restarts", [False, True])
async def test_an_edit_back_to_where_was_delivered_is_ready_at_once(
    *, restarts: bool, tmp_path: Path
) -> None:
    """Nothing was sent elsewhere: what was delivered here was delivered to what is in force."""
    async with Life(HERE, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        life.edit(BY_HEADER)
        await asyncio.sleep(A_MINUTE)
        meanwhile = life.condition("Ready")[0]
        await _restart_if(life, now=restarts)
        life.edit(HERE)
        connects = len(life.receiver.connects)
        await asyncio.sleep(10 * A_MINUTE)

        assert meanwhile == "Unknown"
        assert life.condition("Ready")[0] == "True"
        assert len(life.receiver.connects) == connects


@pytest.mark.parametrize("restarts", [False, True])
async def test_who_comes_back_after_reports_have_gone_elsewhere_is_asked_anew(
    *, restarts: bool, tmp_path: Path
) -> None:
    """What was delivered here before says nothing of this time."""
    async with Life(HERE, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        life.receiver.answer = NO_ANSWER
        life.edit(BY_HEADER)
        await asyncio.sleep(STANDS + A_MINUTE)
        await _restart_if(life, now=restarts)
        life.edit(HERE)
        await asyncio.sleep(A_MINUTE)
        settling = life.condition("Ready")
        await asyncio.sleep(STANDS)
        failed = life.condition("Ready")
        life.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)

        assert settling == PENDING
        assert failed == ("False", "EndpointUnreachable")
        assert life.condition("Ready") == DELIVERED


async def test_an_edit_of_something_else_asks_for_no_report(tmp_path: Path) -> None:
    async with Life(HERE, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        connects = len(life.receiver.connects)
        life.edit(HERE | {"externalLabels": {"site": "a"}, "buffer": {"maxAge": "336h"}})
        await asyncio.sleep(10 * A_MINUTE)

        assert len(life.receiver.connects) == connects
        assert life.condition("Ready")[0] == "True"


@pytest.mark.parametrize("edited", [pytest.param(ELSEWHERE, id="server"), *SAME_SERVER])
async def test_an_edit_while_no_operator_runs_is_one_like_any_other(
    edited: Spec, tmp_path: Path
) -> None:
    async with Life(HERE, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        await life.end()
        life.edit(edited)
        life.begin()
        await asyncio.sleep(A_MINUTE)
        at_first = life.condition("Ready")[0]
        connects = len(life.receiver.connects)
        await asyncio.sleep(STANDS)

        assert at_first == "Unknown"
        assert len(life.receiver.connects) == connects + 1
        assert life.condition("Ready") == DELIVERED
