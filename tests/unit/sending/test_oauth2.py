"""Access tokens from a token server that speaks TLS, kept while they are good."""

import base64
from contextlib import aclosing
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.oauth2 import TokenRequest
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.sending.route import Route
from microshift_telemetry.sending.tokens import Grant, TokenError, Tokens
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.fault_receiver import Answer as Reply
from tests.support.fault_receiver import Fault, FaultReceiver, RecordedRequest, always, in_turn
from tests.support.process import free_port
from tests.unit.sending.token_server import SECRET, Seconds, a_request, a_token


async def test_a_token_is_asked_for_as_the_grant_says(server: FaultReceiver, route: Route) -> None:
    """Source: RFC 6749, 4.4.2, and 2.3.1 for the header: both parts are form-encoded first."""
    request = replace(
        a_request(f"{server.url}/token"),
        scopes=("write", "read"),
        parameters=(("audience", "x y"),),
    )

    header = await Tokens(Seconds()).authorization(request, route)

    assert header.reveal() == "Bearer token-1"
    [asked] = server.requests
    assert (asked.method, asked.target) == ("POST", "/token")
    assert dict(parse_qsl(asked.body.decode())) == {
        "grant_type": "client_credentials",
        "audience": "x y",
        "scope": "write read",
    }
    pair = base64.b64encode(b"device:s3cret%2Fwith%2Bsigns").decode()
    assert asked.headers["authorization"] == f"Basic {pair}"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"


async def test_a_server_that_wants_the_client_in_the_body_gets_it_there(
    server: FaultReceiver, route: Route
) -> None:
    server.script = in_turn(Reply(401, b'{"error": "invalid_client"}'), a_token(7))

    header = await Tokens(Seconds()).authorization(a_request(server.url), route)

    assert header.reveal() == "Bearer token-7"
    body = dict(parse_qsl(server.requests[1].body.decode()))
    assert (body["client_id"], body["client_secret"]) == ("device", SECRET)
    assert "authorization" not in server.requests[1].headers


async def test_a_token_is_used_until_shortly_before_it_expires(
    server: FaultReceiver, route: Route
) -> None:
    server.script = in_turn(a_token(1), a_token(2))
    seconds = Seconds()
    tokens, request = Tokens(seconds), a_request(server.url)
    used = []
    for now in (0, 539, 541):
        seconds.now = now
        used.append((await tokens.authorization(request, route)).reveal())

    assert used == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
    assert len(server.requests) == 2


async def test_another_secret_is_another_token(server: FaultReceiver, route: Route) -> None:
    server.script = in_turn(a_token(1), a_token(2))
    tokens, request = Tokens(Seconds()), a_request(server.url)

    await tokens.authorization(request, route)
    rotated = await tokens.authorization(replace(request, client_secret="new"), route)

    assert rotated.reveal() == "Bearer token-2"


async def test_a_token_that_was_taken_back_is_renewed_once_a_report(
    server: FaultReceiver, route: Route
) -> None:
    server.script = in_turn(a_token(1), a_token(2), a_token(3))
    tokens, request = Tokens(Seconds()), a_request(server.url)

    def only_the_second(posted: RecordedRequest) -> Reply:
        return Reply(204 if posted.headers["authorization"] == "Bearer token-2" else 401)

    with FaultReceiver(only_the_second) as fake:
        connection = Connection(parse_endpoint(fake.url, ""), Route())
        async with aclosing(Receiver(connection, {}, Grant(tokens, request, route))) as receiver:
            answers = [await receiver.post(b"1")]
            fake.script = always(Reply(401))
            answers.append(await receiver.post(b"2"))

    assert answers == [Answer(204), Answer(401)]
    assert [answer.code_before_renewal for answer in answers] == [401, None]
    assert [posted.body for posted in fake.requests] == [b"1", b"1", b"2"]
    assert len(server.requests) == 2


async def test_a_renewed_token_that_is_refused_again_stays_until_its_own_end(
    server: FaultReceiver, route: Route
) -> None:
    """A receiver that refuses every token costs the token server two requests a token's life."""
    server.script = in_turn(*(a_token(number) for number in range(1, 9)))
    seconds = Seconds()
    asked = []
    with FaultReceiver(always(Reply(401))) as fake:
        tokens, request = Tokens(seconds), a_request(server.url)
        for minute in range(22):
            seconds.now = 60.0 * minute
            await refused_report(fake, tokens, request, route)
            asked.append(len(server.requests))

    assert asked == [*[2] * 9, *[4] * 9, *[6] * 4]
    assert len(fake.requests) == 22 + 3


async def test_a_renewed_token_without_an_end_stays_for_an_hour(
    server: FaultReceiver, route: Route
) -> None:
    endless = [a_token(number, expires_in=None) for number in range(1, 9)]
    server.script = in_turn(*endless)
    seconds = Seconds()
    asked = []
    with FaultReceiver(always(Reply(401))) as fake:
        tokens, request = Tokens(seconds), a_request(server.url)
        for minute in (0, 15, 59, 61, 119, 122):
            seconds.now = 60.0 * minute
            await refused_report(fake, tokens, request, route)
            asked.append(len(server.requests))

    assert asked == [2, 2, 2, 3, 3, 4]


async def refused_report(
    fake: FaultReceiver, tokens: Tokens, request: TokenRequest, route: Route
) -> None:
    """Post once, as a report does: with a token that is good as far as is known."""
    connection = Connection(parse_endpoint(fake.url, ""), Route())
    async with aclosing(Receiver(connection, {}, Grant(tokens, request, route))) as receiver:
        assert (await receiver.post(b"body")).status_code == 401


async def test_a_server_that_is_away_is_named(server: FaultReceiver, route: Route) -> None:
    server.script = always(Fault.CLOSE)
    gone = f"127.0.0.1:{free_port()}"
    for url, said in ((server.url, "the connection was lost"), (f"https://{gone}", "refused")):
        with pytest.raises(UnreachableError, match=said):
            await Tokens(Seconds()).authorization(a_request(url), route)


async def test_a_token_for_one_request_is_used_for_one(server: FaultReceiver, route: Route) -> None:
    server.script = in_turn(*(a_token(number, expires_in=0) for number in range(1, 4)))
    grant = Grant(Tokens(Seconds()), a_request(server.url), route)
    with FaultReceiver() as fake:
        connection = Connection(parse_endpoint(fake.url, ""), Route())
        async with aclosing(Receiver(connection, {}, grant)) as receiver:
            await receiver.post(b"1")
            await receiver.post(b"2")

    used = [posted.headers["authorization"] for posted in fake.requests]
    assert used == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_the_receiver_holds_for_ended_is_renewed_once(
    server: FaultReceiver, route: Route, status: int
) -> None:
    server.script = in_turn(a_token(1), a_token(2), a_token(3))
    grant = Grant(Tokens(Seconds()), a_request(server.url), route)
    with FaultReceiver(in_turn(Reply(status), Reply(204), Reply(status))) as fake:
        connection = Connection(parse_endpoint(fake.url, ""), Route())
        async with aclosing(Receiver(connection, {}, grant)) as receiver:
            answers = [await receiver.post(b"1"), await receiver.post(b"2")]

    assert answers == [Answer(204), Answer(status)]
    assert len(server.requests) == 2


async def test_a_token_that_can_not_be_renewed_now_is_not_forgotten(
    server: FaultReceiver, route: Route
) -> None:
    """Else the one after it would count as the first, and be renewed once more."""
    server.script = in_turn(a_token(1), Reply(503), a_token(2), a_token(3))
    grant = Grant(Tokens(Seconds()), a_request(server.url), route)
    with FaultReceiver(always(Reply(401))) as fake:
        connection = Connection(parse_endpoint(fake.url, ""), Route())
        async with aclosing(Receiver(connection, {}, grant)) as receiver:
            first, *_ = [await receiver.post(body) for body in (b"1", b"2", b"3")]

    assert isinstance(first.renewal_error, TokenError)
    assert len(server.requests) == 3
    used = [posted.headers["authorization"] for posted in fake.requests]
    assert used == ["Bearer token-1", "Bearer token-1", "Bearer token-2", "Bearer token-2"]
