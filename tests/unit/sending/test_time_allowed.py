"""How long a request may take: the longer the larger it is, as on a slow link, up to an end."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, closing, suppress

import pytest

from microshift_telemetry.sending import connection
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.endpoint import parse_endpoint

SECONDS = 1.0
"""After which the server answers."""
SMALL, LARGE = b"small", b"x" * 400_000


@pytest.fixture(autouse=True)
def in_tenths_of_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow 0.3 s for the small request, 4.3 s for the large one, and never more than 10 s."""
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(connection, "SHORTEST_SECONDS", 0.2)
    monkeypatch.setattr(connection, "SLOWEST_BYTES_PER_SECOND", 100_000)
    monkeypatch.setattr(connection, "LONGEST_SECONDS", 10.0)


@asynccontextmanager
async def server(*, answers: bool = True) -> AsyncGenerator[Connection, None]:
    """Take requests whole, and answer them after a second or not at all; give the way there."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError), closing(writer):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length:")[2].partition(b"\r")[0]
                await reader.readexactly(int(length))
                if not answers:
                    await reader.read()  # until the client lets go
                await asyncio.sleep(SECONDS)
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        host, port = listening.sockets[0].getsockname()
        endpoint = parse_endpoint(f"http://{host}:{port}", "")
        async with aclosing(Connection(endpoint, Route())) as way:
            yield way


async def post(way: Connection, body: bytes) -> int:
    return (await way.post(body, {}, 100)).status_code


async def is_given_up(way: Connection, body: bytes) -> float:
    """Tell after how many seconds."""
    began = time.monotonic()
    with pytest.raises(UnreachableError, match="no answer in time"):
        await way.post(body, {}, 100)
    return time.monotonic() - began


async def test_a_large_request_may_take_longer_than_a_small_one() -> None:
    async with server() as way:
        assert await is_given_up(way, SMALL) < SECONDS
        assert await post(way, LARGE) == 204


async def test_what_a_request_has_taken_the_next_one_may_take_twice() -> None:
    async with server() as way:
        assert await post(way, LARGE) == 204
        assert await post(way, SMALL) == 204


async def test_a_receiver_that_hangs_is_left_however_large_the_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "LONGEST_SECONDS", 0.5)

    async with server(answers=False) as way:
        assert 0.5 < await is_given_up(way, LARGE) < 4
