"""Access tokens from a token server that speaks TLS, kept while they are good."""

import base64
import json
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from microshift_telemetry.remote_write.answer import Answer
from microshift_telemetry.remote_write.connection import Connection, Response, UnreachableError
from microshift_telemetry.remote_write.oauth2 import TokenError, TokenRequest, Tokens, parse_token
from microshift_telemetry.remote_write.receiver import Receiver
from microshift_telemetry.remote_write.route import Route, TlsSettings
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.certificates import Authority
from tests.support.fault_receiver import Answer as Reply
from tests.support.fault_receiver import Fault, FaultReceiver, RecordedRequest, always, in_turn
from tests.support.process import free_port

SECRET = "s3cret/with+signs"


class Seconds:
    """A monotonic clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_token(number: int = 1, **others: object) -> Reply:
    told = {"access_token": f"token-{number}", "token_type": "Bearer", "expires_in": 600}
    return Reply(200, json.dumps({**told, **others}).encode())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(authority: Authority) -> Iterator[FaultReceiver]:
    with FaultReceiver(always(a_token()), authority=authority) as server:
        yield server


@pytest.fixture
def route(authority: Authority) -> Route:
    return Route(TlsSettings(ca=authority.ca_file.read_bytes()).context())


def a_request(url: str) -> TokenRequest:
    return TokenRequest(parse_endpoint(url, ""), "device", SECRET)


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
        headers = {"Authorization": await tokens.authorization(request, route)}
        async with aclosing(
            Receiver(connection, headers, lambda: tokens.renewed(request, route))
        ) as receiver:
            answers = [await receiver.post(b"1")]
            fake.script = always(Reply(401))
            answers.append(await receiver.post(b"2"))

    assert answers == [Answer(204), Answer(401)]
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
    headers = {"Authorization": await tokens.authorization(request, route)}
    connection = Connection(parse_endpoint(fake.url, ""), Route())
    async with aclosing(
        Receiver(connection, headers, lambda: tokens.renewed(request, route))
    ) as receiver:
        assert (await receiver.post(b"body")).status_code == 401


@pytest.mark.parametrize(
    ("reply", "is_lasting", "said"),
    [
        pytest.param(Reply(400, b'{"error":"x"}'), True, 'no token (400: {"error":"x"})', id="400"),
        pytest.param(Reply(401), True, "no token (401)", id="401"),
        pytest.param(Reply(302, headers={"Location": "/"}), True, "no token (302)", id="redirect"),
        pytest.param(Reply(429), False, "no token (429)", id="429"),
        pytest.param(Reply(503, b"later"), False, "no token (503: later)", id="503"),
        pytest.param(Reply(200, b"<html>"), True, "holds no bearer token", id="a-page"),
        pytest.param(Reply(200, b"[]"), True, "holds no bearer token", id="a-list"),
        pytest.param(a_token(token_type="mac"), True, "holds no bearer token", id="another-kind"),
        pytest.param(a_token(access_token=7), True, "holds no bearer token", id="a-number"),
        pytest.param(a_token(access_token="a\r\nb"), True, "holds no bearer", id="two-lines"),
        pytest.param(a_token(expires_in=[]), False, "", id="an-odd-end"),
    ],
)
async def test_a_server_that_gives_no_token_is_named(
    server: FaultReceiver, route: Route, reply: Reply, said: str, *, is_lasting: bool
) -> None:
    server.script = always(reply)
    asking = Tokens(Seconds()).authorization(a_request(server.url), route)
    if not said:
        assert (await asking).reveal() == "Bearer token-1"
        return

    with pytest.raises(TokenError) as caught:
        await asking

    place = f"spec.authorization.oauth2.tokenUrl: {server.url.removeprefix('https://')}: "
    assert str(caught.value).startswith(place)
    assert said in str(caught.value)
    assert caught.value.is_lasting == is_lasting
    assert caught.value.__cause__ is caught.value.__context__ is None


async def test_a_server_that_repeats_our_secret_is_not_quoted_with_it(
    server: FaultReceiver, route: Route
) -> None:
    server.script = lambda request: Reply(400, b"you said: " + request.body)

    with pytest.raises(TokenError) as caught:
        await Tokens(Seconds()).authorization(a_request(server.url), route)

    assert "client_secret=(our credentials)" in str(caught.value)
    assert "s3cret" not in str(caught.value) + repr(a_request(server.url))


async def test_a_server_that_is_away_is_named(server: FaultReceiver, route: Route) -> None:
    server.script = always(Fault.CLOSE)
    gone = f"127.0.0.1:{free_port()}"
    for url, said in ((server.url, "the connection broke"), (f"https://{gone}", "refused")):
        with pytest.raises(UnreachableError, match=said):
            await Tokens(Seconds()).authorization(a_request(url), route)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [(600, 600.0), ("600", 600.0), (None, float("inf")), (-5, 0.0), ("soon", None)],
)
def test_how_long_a_token_is_good_is_what_the_server_says(
    told: object, seconds: float | None
) -> None:
    body = json.dumps({"access_token": "a", "expires_in": told}).encode()
    response, request = Response(200, {}, body), a_request("https://login.example")
    if seconds is None:
        with pytest.raises(TokenError):
            parse_token(response, request)
    else:
        assert parse_token(response, request)[1] == seconds
