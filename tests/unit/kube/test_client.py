"""The client against a real server on loopback: identity, refusals, limits."""

import asyncio
from pathlib import Path

import pytest

from microshift_telemetry.kube.access import ApiAccess, Material
from microshift_telemetry.kube.bodies import MAX_ANSWER_BYTES
from microshift_telemetry.kube.client import MAX_LINE_BYTES, KubeClient
from microshift_telemetry.kube.errors import (
    KubeAnswerError,
    KubeConflictError,
    KubeError,
    KubeExpiredError,
    KubeForbiddenError,
    KubeNotFoundError,
    KubeUnauthorizedError,
    KubeUnreachableError,
)
from tests.unit.sources.canned_api import Answer, connect, refusal, serve

PATH = "/api/v1/pods"
DENIED = refusal(401, "Unauthorized")


async def test_a_401_is_tried_once_more_with_the_token_as_it_is_by_then(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old\n")
    async with serve({PATH: [DENIED, Answer({"items": []})]}) as api:
        kube = KubeClient(ApiAccess(api.server, bearer=Material(file=token)))
        answer = await kube.get(PATH)
        await kube.close()

    assert answer == {"items": []}
    assert [request.headers["Authorization"] for request in api.requests] == ["Bearer old"] * 2


async def test_a_token_that_was_rotated_is_used_from_the_next_request_on(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old\n")
    async with serve({PATH: {}}) as api:
        kube = KubeClient(ApiAccess(api.server, bearer=Material(file=token)))
        await kube.get(PATH)
        token.write_text("new\n")
        await kube.get(PATH)
        await kube.close()

    assert [each.headers["Authorization"] for each in api.requests] == ["Bearer old", "Bearer new"]


async def test_a_second_401_is_the_answer() -> None:
    async with serve({PATH: DENIED}) as api, connect(api.server) as kube:
        with pytest.raises(KubeUnauthorizedError):
            await kube.get(PATH)

    assert len(api.requests) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_who_is_asked_to_come_again_does_so_once(status: int) -> None:
    busy = refusal(status, "busy", **{"Retry-After": "0"})
    async with serve({PATH: [busy, Answer({"items": []})]}) as api, connect(api.server) as kube:
        answer = await kube.get(PATH)

    assert answer == {"items": []}
    assert len(api.requests) == 2


async def test_a_wait_that_is_asked_for_is_kept() -> None:
    busy = refusal(429, "busy", **{"Retry-After": "1"})
    async with serve({PATH: [busy, Answer({})]}) as api, connect(api.server) as kube:
        began = asyncio.get_running_loop().time()
        await kube.get(PATH)
        waited = asyncio.get_running_loop().time() - began

    assert waited >= 1
    assert len(api.requests) == 2


async def test_who_is_busy_twice_is_not_asked_a_third_time() -> None:
    busy = refusal(429, "busy", **{"Retry-After": "0"})
    async with serve({PATH: busy}) as api, connect(api.server) as kube:
        with pytest.raises(KubeAnswerError, match="429: busy"):
            await kube.get(PATH)

    assert len(api.requests) == 2


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (429, {}),
        (429, {"Retry-After": "3600"}),
        (429, {"Retry-After": "²"}),
        (429, {"Retry-After": "Fri, 27 Nov 2026 12:00:00 GMT"}),
        (403, {"Retry-After": "0"}),
    ],
    ids=str,
)
async def test_nobody_waits_without_end_or_for_a_final_answer(
    status: int, headers: dict[str, str]
) -> None:
    async with serve({PATH: refusal(status, "no", **headers)}) as api, connect(api.server) as kube:
        with pytest.raises(KubeError, match=f"{status}: no"):
            await kube.get(PATH)

    assert len(api.requests) == 1


async def test_a_token_file_that_is_gone_is_an_error_of_the_request(tmp_path: Path) -> None:
    async with serve({PATH: {}}) as api:
        kube = KubeClient(ApiAccess(api.server, bearer=Material(file=tmp_path / "token")))
        with pytest.raises(KubeError, match="token"):
            await kube.get(PATH)
        await kube.close()

    assert api.requests == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, KubeForbiddenError),
        (404, KubeNotFoundError),
        (410, KubeExpiredError),
        (302, KubeAnswerError),
        (429, KubeAnswerError),
        (500, KubeAnswerError),
    ],
    ids=str,
)
async def test_a_refusal_is_told_with_its_path_status_and_message(
    status: int, kind: type[KubeError]
) -> None:
    answers = {PATH: refusal(status, "because")}
    async with serve(answers) as api, connect(api.server) as kube:
        with pytest.raises(kind, match=f"^{PATH}: {status}: because$"):
            await kube.get(PATH)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"no json", b"7", b"[" * 100_000],
    ids=["empty", "list", "text", "7", "deep"],
)
async def test_an_answer_that_is_no_object_is_refused(body: bytes) -> None:
    async with serve({PATH: Answer(body)}) as api, connect(api.server) as kube:
        with pytest.raises(KubeAnswerError, match=PATH):
            await kube.get(PATH)


async def test_an_answer_without_end_is_not_swallowed() -> None:
    huge = Answer(b'{"a":"' + b"x" * MAX_ANSWER_BYTES + b'"}')
    async with serve({PATH: huge}) as api, connect(api.server) as kube:
        with pytest.raises(KubeAnswerError, match="larger than"):
            await kube.get(PATH)


async def test_a_line_without_end_is_not_swallowed() -> None:
    huge = Answer(b"x" * (2 * MAX_LINE_BYTES))
    async with serve({"/metrics": huge}) as api, connect(api.server) as kube:
        with pytest.raises(KubeAnswerError, match="a line exceeds"):
            [line async for line in kube.lines("/metrics")]


async def test_lines_come_whole_also_the_last_one() -> None:
    text = b"\n".join(b"line %d" % number for number in range(20_000))
    async with serve({"/metrics": Answer(text)}) as api, connect(api.server) as kube:
        lines = [line async for line in kube.lines("/metrics")]

    assert lines == text.split(b"\n")
    assert api.requests[0].headers["Accept-Encoding"].startswith("gzip")


async def test_pages_are_followed_to_the_end() -> None:
    pages = [
        {"metadata": {"continue": "more"}, "items": [{"n": 1}, {"n": 2}]},
        {"metadata": {"continue": ""}, "items": [{"n": 3}]},
    ]
    async with serve({PATH: pages}) as api, connect(api.server) as kube:
        read = [page async for page in kube.pages(PATH, 2, fieldSelector="a=b")]

    assert read == [[{"n": 1}, {"n": 2}], [{"n": 3}]]
    assert [dict(request.query) for request in api.requests] == [
        {"limit": "2", "fieldSelector": "a=b"},
        {"limit": "2", "fieldSelector": "a=b", "continue": "more"},
    ]


async def test_nobody_at_the_address_is_no_answer() -> None:
    async with serve({}) as api:
        server = api.server
    async with connect(server) as kube:
        with pytest.raises(KubeUnreachableError, match=PATH):
            await kube.get(PATH)


@pytest.mark.parametrize("status", [200, 202])
async def test_a_deletion_is_accepted_also_where_it_takes_its_time(status: int) -> None:
    async with serve({PATH: Answer(status=status)}) as api, connect(api.server) as kube:
        await kube.delete(PATH, "uid-1")

    assert len(api.requests) == 1


async def test_a_read_that_is_answered_202_gives_nothing() -> None:
    async with serve({PATH: Answer(status=202)}) as api, connect(api.server) as kube:
        with pytest.raises(KubeAnswerError, match="202"):
            await kube.get(PATH)


@pytest.mark.parametrize(("status", "kind"), [(404, KubeNotFoundError), (409, KubeConflictError)])
async def test_a_deletion_that_is_refused_is_none(status: int, kind: type[KubeError]) -> None:
    answers = {PATH: refusal(status, "because")}
    async with serve(answers) as api, connect(api.server) as kube:
        with pytest.raises(kind, match="because"):
            await kube.delete(PATH, "uid-1")


async def test_each_new_connection_is_told() -> None:
    told: list[str] = []
    async with serve({PATH: {}}) as api:
        kube = KubeClient(ApiAccess(api.server))
        async with kube.open_session(on_connected=lambda: told.append("new")) as session:
            for _ in range(3):
                async with session.get(api.server + PATH) as response:
                    await response.read()

    assert told == ["new"]
