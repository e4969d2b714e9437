"""The preview over HTTP."""

from dataclasses import replace

import aiohttp
import pytest

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.form import Form, Shape, WriteRequest
from microshift_telemetry.controller.asides import BusyError, CutError
from microshift_telemetry.controller.preview import (
    NoPreviewError,
    Preview,
    UnknownNameError,
)
from microshift_telemetry.controller.restored import REPORT_PENDING
from microshift_telemetry.preview_server import PREVIEW_PATH, serve_preview
from tests.unit.factories import CLUSTER_ID, NOON, a_sample_pass


async def a_preview(name: str) -> Preview:
    if name == "early":
        raise NoPreviewError("early: no pass was made yet")
    if name != "cluster":
        raise UnknownNameError("no TelemetryConfig of this name; existing ones: cluster")
    backlog, taken = Backlog(), a_sample_pass(NOON)
    backlog.add(taken)
    request = WriteRequest((NOON,), Form(Shape(CLUSTER_ID, "Absolute")))
    url = "http://receiver.example"
    return Preview(name, url, {}, REPORT_PENDING, lambda: iter([request]), backlog)


async def a_dry_run(name: str) -> Preview:
    if name == "busy":
        raise BusyError("another dry run is under way")
    if name == "edited":
        raise CutError("edited: cut short by an edit")
    return replace(await a_preview("cluster"), is_dry_run=True, notes=("off",), reporting=None)


@pytest.mark.parametrize(
    ("query", "accept", "expected", "said"),
    [
        ("", "*/*", (200, "text/plain"), "cluster:memory_usage_bytes:sum{_id="),
        ("?name=cluster", "application/json", (200, "application/json"), '"requests": [{"times"'),
        ("?dry-run=false", "*/*", (200, "text/plain"), "# cluster: the next report, as it would"),
        ("?dry-run=true", "*/*", (200, "text/plain"), "stored or sent\n# note: off\n# POST "),
        ("?dry-run=true", "application/json", (200, "application/json"), '"dryRun": true'),
        ("?dry-run=1", "*/*", (400, "text/plain"), "dry-run is true or false"),
        ("?dry-run=true&name=busy", "*/*", (429, "text/plain"), "another dry run is under way"),
        ("?dry-run=true&name=edited", "*/*", (409, "text/plain"), "cut short by an edit"),
        ("?name=other", "*/*", (404, "text/plain"), "existing ones: cluster"),
        ("?name=early", "*/*", (503, "text/plain"), "no pass was made yet"),
    ],
    ids=[
        *("text", "json", "no dry run", "dry run", "dry run as json", "senseless", "busy"),
        *("edited", "unknown", "early"),
    ],
)
async def test_it_answers_in_the_form_that_is_asked_for(
    query: str, accept: str, expected: tuple[int, str], said: str
) -> None:
    runner = await serve_preview("127.0.0.1", 0, a_preview, dry_run=a_dry_run)
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{PREVIEW_PATH}{query}"
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers={"Accept": accept}) as response,
        ):
            text = await response.text()
            assert (response.status, response.content_type) == expected
            assert said in text
            assert ("Retry-After" in response.headers) == (response.status == 429)
    finally:
        await runner.cleanup()
