"""The history over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from microshift_telemetry.buffer.history_file import KeptRequest, KeptResponse
from microshift_telemetry.controller.preview import Preview, UnknownNameError
from microshift_telemetry.controller.telemetry import Telemetry
from microshift_telemetry.history_page import (
    HISTORY_PATH,
    OPTED_OUT,
    HistoryPage,
    Shown,
    as_json,
    as_text,
)
from microshift_telemetry.preview_server import serve_preview
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.report.report import TimeSeries
from tests.support.life import ENDPOINT, Life

SERIES = [
    TimeSeries((("__name__", "pods"), ("_id", "a")), ((1_764_291_600_000, 3.0),)),
    TimeSeries(
        (("__name__", "up"), ("_id", "a")), ((1_764_288_000_000, 1.5), (1_764_291_600_000, 2.5))
    ),
]
BODY = encode(SERIES).body
URL = "https://receiver.example/write?(hidden)"
FIRST = KeptRequest(1_764_291_601_000, URL, BODY, response=KeptResponse(1_764_291_602_000, 503))
SECOND = KeptRequest(1_764_292_000_000, URL, BODY)
HEAD = "# cluster: the reports that were sent, oldest first\n"
EXPOSED = """\
pods{_id="a"} 3 1764291600000
up{_id="a"} 1.5 1764288000000
up{_id="a"} 2.5 1764291600000
"""


def test_a_person_reads_when_what_went_where_and_how_it_was_answered() -> None:
    shown = Shown("cluster", 7, "", [[FIRST, SECOND]])

    assert (
        "".join(as_text(shown))
        == f"""\
# cluster: the reports that were sent, oldest first
#
# report 1 of 1
# 2025-11-28T01:00:01Z POST {URL}: {len(BODY)} bytes
# answered 503 at 2025-11-28T01:00:02Z
{EXPOSED}# 2025-11-28T01:06:40Z POST {URL}: {len(BODY)} bytes
# no answer is known
{EXPOSED}"""
    )


def test_a_program_reads_the_same() -> None:
    shown = Shown("cluster", 7, "the disk is full", [[FIRST], [SECOND]])
    read = json.loads("".join(as_json(shown)))
    series = [
        {"labels": dict(each.labels), "samples": [list(pair) for pair in each.samples]}
        for each in SERIES
    ]

    assert read == {
        "name": "cluster",
        "limit": 7,
        "note": "the disk is full",
        "reports": [
            {
                "requests": [
                    {
                        "time": "2025-11-28T01:00:01Z",
                        "timeMs": FIRST.time_ms,
                        "url": URL,
                        "bytes": len(BODY),
                        "answer": {"statusCode": 503, "time": "2025-11-28T01:00:02Z"},
                        "series": series,
                    }
                ]
            },
            {
                "requests": [
                    {
                        "time": "2025-11-28T01:06:40Z",
                        "timeMs": SECOND.time_ms,
                        "url": URL,
                        "bytes": len(BODY),
                        "answer": None,
                        "series": series,
                    }
                ]
            },
        ],
    }


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (0, "spec.reportHistoryLimit is 0: no report is kept"),
        (7, "status.nextReportTime says when"),
    ],
)
def test_where_there_is_none_it_says_why(limit: int, said: str) -> None:
    assert said in "".join(as_text(Shown("cluster", limit, "", [])))
    assert json.loads("".join(as_json(Shown("cluster", limit, "", []))))["reports"] == []


@asynccontextmanager
async def served(telemetry: Telemetry) -> AsyncIterator[str]:
    def named(name: str) -> Telemetry:
        if name != "cluster":
            raise UnknownNameError("no TelemetryConfig of this name; existing ones: cluster")
        return telemetry

    async def none(_: str) -> Preview:
        raise AssertionError

    pages = [HistoryPage(named).route]
    runner = await serve_preview("127.0.0.1", 0, none, pages, dry_run=none)
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{HISTORY_PATH}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("spec", "query", "expected"),
    [
        ({}, "", (200, "# cluster: the reports that were sent")),
        ({}, "?name=other", (404, "no TelemetryConfig of this name; existing ones: cluster")),
        ({"sendingInterval": "never"}, "", (200, "# cluster: the reports that were sent")),
        ({"status": "Disabled"}, "", (200, f"{HEAD}# {OPTED_OUT}\n")),
    ],
    ids=["known", "unknown", "opted out", "broken"],
)
async def test_it_answers_for_an_object_that_sends(
    tmp_path: Path, spec: dict[str, str], query: str, expected: tuple[int, str]
) -> None:
    async with (
        Life({"endpoint": ENDPOINT, **spec}, state_path=tmp_path) as life,
        served(life.telemetry) as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url}{query}") as response,
    ):
        await asyncio.sleep(0)
        text = await response.text()

    assert (response.status, text[: len(expected[1])]) == expected
