"""What kopf is shown of answers that it can't bear."""

import asyncio
import json
import logging
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from microshift_telemetry.kube import screen
from microshift_telemetry.kube.kinds import Kind
from tests.unit.factories import a_list
from tests.unit.sources.canned_api import Answer, connect, refusal, serve

PATH = "/apis/telemetry.microshift.io/v1alpha1/telemetryconfigs"
KIND = Kind("telemetry.microshift.io/v1alpha1", "TelemetryConfig")
OBJECT = {
    "apiVersion": KIND.api_version,
    "kind": KIND.name,
    "metadata": {"name": "cluster", "uid": "uid-1", "resourceVersion": "8"},
}
SECRET = {**OBJECT, "apiVersion": "v1", "kind": "Secret"}


def line(kind: str, document: object) -> bytes:
    return json.dumps({"type": kind, "object": document}).encode() + b"\n"


NEWS = line("MODIFIED", OBJECT)
BOOKMARK = line("BOOKMARK", {**OBJECT, "metadata": {"resourceVersion": "9"}})


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "PAUSE_SECONDS", 0.0)


async def shown(answer: object) -> tuple[int, Any]:
    """Ask as kopf does, and give status and document."""
    async with (
        serve({PATH: answer}) as api,
        connect(api.server) as kube,
        kube.open_session(kopfs_kind=KIND) as session,
        session.get(api.server + PATH) as response,
    ):
        return response.status, await response.json()


async def events(answer: object) -> list[bytes]:
    """Watch as kopf does, and give the lines."""
    async with (
        serve({PATH: answer}) as api,
        connect(api.server) as kube,
        kube.open_session(kopfs_kind=KIND) as session,
        session.get(api.server + PATH, params={"watch": "true"}) as response,
    ):
        assert response.status == 200
        return [event async for event in response.content.iter_chunked(1 << 20)]


async def test_a_list_and_an_object_are_shown() -> None:
    assert await shown(a_list(OBJECT)) == (200, a_list(OBJECT))
    assert await shown(OBJECT) == (200, OBJECT)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html><title>Log in</title>", headers={"Content-Type": "text/html"}),
        Answer(b"[]"),
        Answer({"items": []}),
        Answer({**a_list(OBJECT), "kind": "SecretList"}),
        Answer(b"", 204),
        Answer(b"\xff", 418, {"Content-Type": "application/json"}),
        Answer(b"", 302, {"Location": "/elsewhere"}),
        refusal(429, "busy", **{"Retry-After": "soon"}),
        refusal(503, "busy", **{"Retry-After": "99999999"}),
        refusal(404, "no such kind"),
    ],
    ids=str,
)
async def test_an_answer_that_makes_no_sense_is_none(answer: Answer) -> None:
    with pytest.raises(aiohttp.ClientConnectionError):
        await shown(answer)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_is_shown_without_the_credential_in_it(status: int) -> None:
    code, document = await shown(refusal(status, "not with Bearer 0123456789abcdef"))

    assert code == status
    assert "0123456789" not in str(document)


async def test_events_are_shown_one_by_one() -> None:
    assert await events(Answer(NEWS + BOOKMARK)) == [NEWS, BOOKMARK]


@pytest.mark.parametrize(
    "bad",
    [
        line("ERROR", {"kind": "Status", "code": 410}),
        line("ERROR", {"kind": "Status", "code": 500}),
        line("ADDED", SECRET),
        line("RENAMED", OBJECT),
        line("ADDED", {**OBJECT, "metadata": []}),
        line("ADDED", None),
        NEWS[:30],
        b"null\n",
        b"\xff\n",
        b"\xef\xbb\xbf" + NEWS,
        NEWS.replace(b"cluster", b"a\xed\xa0\x80"),
        NEWS.decode().encode("utf-16"),
    ],
    ids=repr,
)
async def test_what_is_no_event_begins_the_watch_again(bad: bytes) -> None:
    assert await events(Answer(NEWS + bad + NEWS)) == [NEWS, screen.BEGIN_AGAIN]


@pytest.mark.parametrize("status", [302, 404, 410, 429, 500, 504, 999])
async def test_a_watch_that_is_refused_begins_again_with_a_list(status: int) -> None:
    assert await events(refusal(status, "too large resource version")) == [screen.BEGIN_AGAIN]


async def test_watches_in_vain_become_rare_until_one_brings_news(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(screen, "PAUSE_SECONDS", 0.01)
    clock = asyncio.get_running_loop().time
    begun = []
    async with (
        serve({PATH: refusal(429, "busy")}) as api,
        connect(api.server) as kube,
        kube.open_session(kopfs_kind=KIND) as session,
    ):
        for number in range(8):
            if number == 6:
                api.lay_down({PATH: Answer(NEWS)})
            async with session.get(api.server + PATH, params={"watch": "true"}) as response:
                begun.append(clock())
                assert [event async for event in response.content.iter_chunked(1)]

    waits = [after - before for before, after in pairwise(begun)]
    assert waits[5] >= 0.01 * 2**6
    assert waits[6] < waits[5]


async def test_a_refused_watch_waits_as_long_as_it_is_told_to() -> None:
    busy = refusal(429, "busy", **{"Retry-After": "1"})
    async with (
        serve({PATH: busy}) as api,
        connect(api.server) as kube,
        kube.open_session(kopfs_kind=KIND) as session,
    ):
        began = asyncio.get_running_loop().time()
        for _ in range(2):
            async with session.get(api.server + PATH, params={"watch": "true"}) as response:
                assert [event async for event in response.content.iter_chunked(1)]

        assert asyncio.get_running_loop().time() - began >= 1


async def test_it_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with (
        serve({PATH: Answer(b"[]")}) as api,
        connect(api.server) as kube,
        kube.open_session(kopfs_kind=KIND) as session,
    ):
        for _ in range(3):
            with pytest.raises(aiohttp.ClientConnectionError):
                await session.get(api.server + PATH)

    assert caplog.messages == [f"{PATH}: the answer is not a JSON object; retrying"]
