"""What is kept of the reports that were sent: what the receiver got, until an opt-out."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from microshift_telemetry.history_page import shown_of
from microshift_telemetry.remote_write.decode import decode
from microshift_telemetry.sending.answer import Answer
from tests.support.life import A_DAY, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

Request = tuple[tuple[object, object], ...]
"""(labels, samples) of each of its series."""

HOURLY = {"endpoint": ENDPOINT, "sendingInterval": "1h", "samplingInterval": "10m"}
SHAPES: Mapping[str, Mapping[str, Any]] = {
    "every pass": {**HOURLY, "aggregation": "None"},
    "means": {**HOURLY, "aggregation": "Average", "usageUnit": "Absolute"},
    "labels": {
        **HOURLY,
        "externalLabels": {"site": "Köln, Tor 3"},
        "anonymizeLabels": ["instance"],
        "metrics": {"exclude": ["pods", "microshift_version"]},
    },
}


async def kept(life: Life) -> list[Request]:
    shown = await shown_of(life.telemetry)
    return [
        tuple((each.labels, each.samples) for each in decode(sent.body))
        for report in shown.reports
        for sent in report
    ]


def received(life: Life) -> list[Request]:
    return [
        tuple((each.labels, each.samples) for each in post.series) for post in life.receiver.posts
    ]


async def until_it_sends(life: Life) -> None:
    for _ in range(7_200):
        if life.receiver.connects:
            break
        await asyncio.sleep(1)
    await asyncio.sleep(10)


async def codes(life: Life) -> list[list[int | None]]:
    return [
        [None if sent.response is None else sent.response.status_code for sent in report]
        for report in (await shown_of(life.telemetry)).reports
    ]


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_history_is_what_the_receiver_got(tmp_path: Path, shape: str) -> None:
    async with Life({**SHAPES[shape], "reportHistoryLimit": 100}, state_path=tmp_path) as life:
        await asyncio.sleep(3 * AN_HOUR)
        life.receiver.answer = Answer(503)
        await asyncio.sleep(6 * AN_HOUR)
        life.receiver.answer = Answer(204)
        await life.restart()
        await asyncio.sleep(3 * AN_HOUR)

        assert len(received(life)) > 12
        assert await kept(life) == received(life)
        assert {code for report in await codes(life) for code in report} == {204, 503}


async def test_a_request_without_an_answer_is_there(tmp_path: Path) -> None:
    async with Life(HOURLY, state_path=tmp_path) as life:
        life.receiver.loses_answers = True
        await asyncio.sleep(2 * AN_HOUR)

        assert len(received(life)) > 1
        assert await kept(life) == received(life)
        assert {code for report in await codes(life) for code in report} == {None}


async def test_a_report_is_there_before_its_answer(tmp_path: Path) -> None:
    async with Life(HOURLY, state_path=tmp_path) as life:
        life.receiver.seconds = 20.0
        await until_it_sends(life)

        assert not life.receiver.posts
        assert await codes(life) == [[None]]
        await asyncio.sleep(15)
        assert await kept(life) == received(life)[:1]
        assert (await codes(life))[0][0] == 204


async def test_the_tries_of_one_report_stand_together(tmp_path: Path) -> None:
    daily = {"endpoint": ENDPOINT, "sendingInterval": "24h", "samplingInterval": "1h"}
    async with Life(daily, state_path=tmp_path) as life:
        await asyncio.sleep(1.5 * A_DAY)
        life.receiver.answer = Answer(503)
        await asyncio.sleep(A_DAY)
        life.receiver.answer = Answer(204)
        await asyncio.sleep(A_DAY)

        reports = await codes(life)
        assert len(reports) <= 5
        assert [report for report in reports if {503, 204} <= set(report)]


async def test_an_opt_out_deletes_it_and_it_begins_anew(tmp_path: Path) -> None:
    async with Life(HOURLY, state_path=tmp_path) as life:
        await asyncio.sleep(3 * AN_HOUR)
        life.edit({**HOURLY, "status": "Disabled"})
        await asyncio.sleep(1)
        assert not [name for name in os.listdir(tmp_path) if "history" in name]

        before = len(received(life))
        life.edit(HOURLY)
        await asyncio.sleep(2 * AN_HOUR)
        assert await kept(life) == received(life)[before:]


async def test_an_opt_out_in_the_middle_of_a_request_leaves_nothing(tmp_path: Path) -> None:
    async with Life(HOURLY, state_path=tmp_path) as life:
        life.receiver.seconds = 20.0
        await until_it_sends(life)
        life.edit({**HOURLY, "status": "Disabled"})
        await asyncio.sleep(AN_HOUR)

        assert not [name for name in os.listdir(tmp_path) if "history" in name]


async def test_a_limit_of_0_removes_what_there_is(tmp_path: Path) -> None:
    async with Life(HOURLY, state_path=tmp_path) as life:
        await asyncio.sleep(3 * AN_HOUR)
        life.edit({**HOURLY, "reportHistoryLimit": 0})
        await asyncio.sleep(1)

        assert not [name for name in os.listdir(tmp_path) if "history" in name]
        await asyncio.sleep(3 * AN_HOUR)
        assert not [name for name in os.listdir(tmp_path) if "history" in name]


async def test_so_many_are_shown_as_the_spec_says(tmp_path: Path) -> None:
    async with Life({**HOURLY, "reportHistoryLimit": 2}, state_path=tmp_path) as life:
        await asyncio.sleep(8 * AN_HOUR)

        assert len((await shown_of(life.telemetry)).reports) == 2
        assert await kept(life) == received(life)[-len(await kept(life)) :]


async def test_a_directory_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    async with Life(HOURLY, state_path=tmp_path / "state") as life:
        await asyncio.sleep(3 * AN_HOUR)
        shown = await shown_of(life.telemetry)

    assert not shown.reports
    assert f"{tmp_path}/state" in shown.note
