"""A connection that is used again: what a server that closes it costs, and what is known then."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, asynccontextmanager

import aiohttp
import pytest

from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.fault_receiver import Answer, Fault, FaultReceiver, Place, Reply, Script, in_turn
from tests.support.process import free_port

POSTS = 50
LARGE = b"x" * (16 << 20)
"""More than the kernel takes of a connection that nobody reads, and a device ever sends."""
SENDS_MORE_THAN_A_DEVICE = pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
IMPATIENT = aiohttp.ClientTimeout(total=0.3)
CLOSING = Answer(200, b"ok", declared_bytes=2)
"""The server ends the connection with the body, and does not say so."""


@pytest.fixture
def server() -> Iterator[FaultReceiver]:
    with FaultReceiver() as server:
        yield server


@asynccontextmanager
async def connected(
    url: str, timeout: aiohttp.ClientTimeout | None = None
) -> AsyncGenerator[Connection, None]:
    async with aclosing(Connection(parse_endpoint(url, ""), Route(), timeout)) as connection:
        yield connection


async def failure(connection: Connection, body: bytes = b"body") -> UnreachableError:
    with pytest.raises(UnreachableError) as caught:
        await connection.post(body, {}, 100)
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


def each_but_the_first_on_a_connection(fault: Fault) -> Script:
    """Answer the first request of each connection, where a client comes again at once."""
    replies: list[Reply] = [Answer(), fault]
    return in_turn(*replies * POSTS)


async def test_a_server_that_closes_after_each_answer_fails_no_request(
    server: FaultReceiver,
) -> None:
    server.script = in_turn(CLOSING)

    async with connected(server.url) as connection:
        answers = [await connection.post(b"body", {}, 100) for _ in range(POSTS)]

    assert [each.status_code for each in answers] == [200] * POSTS
    assert len(server.requests) == POSTS


@pytest.mark.parametrize("fault", [Fault.CLOSE, Fault.RESET])
async def test_what_meets_a_connection_that_is_being_closed_goes_again_at_once(
    server: FaultReceiver, fault: Fault
) -> None:
    server.script = each_but_the_first_on_a_connection(fault)
    bodies = [b"%d" % number for number in range(POSTS)]

    async with connected(server.url) as connection:
        answers = [await connection.post(body, {}, 100) for body in bodies]

    assert [each.status_code for each in answers] == [204] * POSTS
    assert len(server.connections) == POSTS
    again = [each for body in bodies[1:] for each in (body, body)]
    assert [each.body for each in server.requests] == [bodies[0], *again]


async def test_what_went_out_whole_goes_once_where_the_server_counts_requests(
    server: FaultReceiver,
) -> None:
    server.script = in_turn(Answer(), Fault.CLOSE)
    endpoint = parse_endpoint(server.url, "")

    async with aclosing(Connection(endpoint, Route(), repeats_what_was_sent=False)) as connection:
        await connection.post(b"first", {}, 100)
        error = await failure(connection, b"second")

    assert error.was_sent
    assert [each.body for each in server.requests] == [b"first", b"second"]


async def test_a_request_goes_again_once_only(server: FaultReceiver) -> None:
    server.script = in_turn(Answer(), Fault.CLOSE)

    async with connected(server.url) as connection:
        await connection.post(b"first", {}, 100)
        await failure(connection, b"second")

    assert [each.body for each in server.requests] == [b"first", b"second", b"second"]


async def test_where_nothing_was_answered_nothing_goes_again(server: FaultReceiver) -> None:
    server.script = in_turn(Fault.CLOSE)

    async with connected(server.url) as connection:
        for _ in range(3):
            await failure(connection)

    assert len(server.requests) == 3


async def test_a_time_out_is_not_tried_again(server: FaultReceiver) -> None:
    server.script = in_turn(Answer(), Fault.HANG)

    async with connected(server.url, IMPATIENT) as connection:
        await connection.post(b"first", {}, 100)
        error = await failure(connection, b"second")

    assert str(error).endswith(": no answer in time")
    assert error.was_sent
    assert [each.body for each in server.requests] == [b"first", b"second"]


@SENDS_MORE_THAN_A_DEVICE
@pytest.mark.parametrize("place", [Place.HEAD, Place.BODY])
async def test_what_did_not_go_out_whole_was_not_sent(server: FaultReceiver, place: Place) -> None:
    server.cuts = lambda at: at is place

    async with connected(server.url) as connection:
        error = await failure(connection, LARGE)

    assert not error.was_sent
    assert [each.is_whole for each in server.requests] == [False]


@SENDS_MORE_THAN_A_DEVICE
async def test_a_time_out_within_the_body_is_none_of_a_request_that_was_sent() -> None:
    """The kernel connects for a server that never reads, and holds what its buffers can."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with connected(url, IMPATIENT) as connection:
            error = await failure(connection, LARGE)

    assert str(error).endswith(": no answer in time")
    assert not error.was_sent


async def test_where_nobody_listens_nothing_was_sent() -> None:
    async with connected(f"http://127.0.0.1:{free_port()}") as connection:
        error = await failure(connection)

    assert not error.was_sent


async def test_what_may_have_been_taken_before_the_server_went_away_counts_as_sent() -> None:
    """It takes the second request and is gone, so that nobody listens for the second try."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"first")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await reader.readuntil(b"second")
        listening.close()
        writer.close()

    listening = await asyncio.start_server(take, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    async with connected(f"http://{host}:{port}") as connection:
        await connection.post(b"first", {}, 100)
        error = await failure(connection, b"second")

    assert str(error).endswith(": connection refused")
    assert error.was_sent
