"""The preview over HTTP."""

import aiohttp
import pytest

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.form import Form, Shape, WriteRequest
from microshift_telemetry.controller.preview import NoPreviewError, Preview, UnknownNameError
from microshift_telemetry.controller.restored import REPORT_PENDING
from microshift_telemetry.preview_server import PREVIEW_PATH, serve_preview
from tests.unit.factories import CLUSTER_ID, NOON, a_sample_pass


async def a_preview(name: str) -> Preview:
    if name == "early":
        raise NoPreviewError("early: no pass was made yet")
    if name != "cluster":
        raise UnknownNameError("no TelemetryConfig of this name; there are: cluster")
    backlog, taken = Backlog(), a_sample_pass(NOON)
    backlog.add(taken)
    request = WriteRequest((NOON,), Form(Shape(CLUSTER_ID, "Absolute")))
    url = "http://receiver.example"
    return Preview(name, url, {}, REPORT_PENDING, lambda: iter([request]), backlog)


@pytest.mark.parametrize(
    ("query", "accept", "expected", "said"),
    [
        ("", "*/*", (200, "text/plain"), "cluster:memory_usage_bytes:sum{_id="),
        ("?name=cluster", "application/json", (200, "application/json"), '"requests": [{"series"'),
        ("?name=other", "*/*", (404, "text/plain"), "there are: cluster"),
        ("?name=early", "*/*", (503, "text/plain"), "no pass was made yet"),
    ],
    ids=["text", "json", "unknown", "early"],
)
async def test_it_answers_in_the_form_that_is_asked_for(
    query: str, accept: str, expected: tuple[int, str], said: str
) -> None:
    runner = await serve_preview("127.0.0.1", 0, a_preview)
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{PREVIEW_PATH}{query}"
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers={"Accept": accept}) as response,
        ):
            text = await response.text()
            assert (response.status, response.content_type) == expected
            assert said in text
    finally:
        await runner.cleanup()
