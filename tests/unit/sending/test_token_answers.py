"""What a token server may answer: what is taken of it, and what is quoted."""

import gzip
import json
import zlib
from dataclasses import replace
from math import inf

import pytest

from microshift_telemetry.foreign_text import HIDDEN, WITHHELD
from microshift_telemetry.sending.oauth2 import parse_token
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.sending.route import Route
from microshift_telemetry.sending.tokens import TokenError, Tokens
from tests.support.fault_receiver import Answer as Reply
from tests.support.fault_receiver import FaultReceiver, always
from tests.unit.sending.token_server import Seconds, a_request, a_token


@pytest.mark.parametrize(
    ("reply", "is_lasting", "said"),
    [
        pytest.param(Reply(400, b'{"error":"x"}'), True, 'no token (400: {"error":"x"})', id="400"),
        pytest.param(Reply(401), True, "no token (401)", id="401"),
        pytest.param(Reply(302, headers={"Location": "/"}), True, "no token (302)", id="redirect"),
        pytest.param(Reply(429), False, "no token (429)", id="429"),
        pytest.param(Reply(503, b"later"), False, "no token (503: later)", id="503"),
        pytest.param(Reply(200, b"<html>"), True, "contains no bearer token", id="a-page"),
        pytest.param(Reply(200, b"[]"), True, "contains no bearer token", id="a-list"),
        pytest.param(
            a_token(token_type="mac"), True, "contains no bearer token", id="another-kind"
        ),
        pytest.param(a_token(access_token=7), True, "contains no bearer token", id="a-number"),
        pytest.param(a_token(access_token="a\r\nb"), True, "contains no bearer", id="two-lines"),
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


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        pytest.param(600, 600.0, id="a-number"),
        pytest.param("600", 600.0, id="a-text"),
        pytest.param(0, 0.0, id="for-this-request"),
        pytest.param("0", 0.0, id="for-this-request-as-a-text"),
        pytest.param(-5, 0.0, id="past"),
        pytest.param(None, inf, id="not-told"),
        pytest.param("soon", inf, id="no-number"),
        pytest.param("nan", inf, id="not-a-number"),
        pytest.param([], inf, id="a-list"),
    ],
)
def test_how_long_a_token_is_good_is_what_the_server_says(told: object, seconds: float) -> None:
    body = json.dumps({"access_token": "a", "expires_in": told}).encode()
    request = a_request("https://login.example")

    assert parse_token(Response(200, {}, body), request)[1] == seconds


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_token_that_comes_compressed_is_read(
    server: FaultReceiver, route: Route, coding: str
) -> None:
    compress = gzip.compress if coding == "gzip" else zlib.compress
    server.script = always(Reply(200, compress(a_token().body), {"Content-Encoding": coding}))

    header = await Tokens(Seconds()).authorization(a_request(server.url), route)

    assert header.reveal() == "Bearer token-1"
    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [200, 201, 203, 299])
async def test_every_2xx_with_a_token_gives_it(
    server: FaultReceiver, route: Route, status: int
) -> None:
    server.script = always(replace(a_token(), status=status))

    header = await Tokens(Seconds()).authorization(a_request(server.url), route)

    assert header.reveal() == "Bearer token-1"


@pytest.mark.parametrize("status", [302, 400, 401, 500])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"access_token": "%s"}', id="json"),
        pytest.param('{"error": "{\\"refresh_token\\": \\"%s\\"}"}', id="json-in-json"),
        pytest.param("access_token=%s&token_type=Bearer", id="form"),
        pytest.param("<title>Your id token: %s</title>", id="page"),
        pytest.param("Authorization: Bearer %s", id="header"),
        pytest.param("%s", id="bare"),
    ],
)
async def test_what_a_token_server_gives_is_never_quoted(
    server: FaultReceiver, route: Route, status: int, body: str
) -> None:
    said = HIDDEN if body == "%s" else WITHHELD
    given = "Zx8s0Kq7vN2mB5tY1wE4rT6u"
    server.script = always(Reply(status, (body % given).encode()))

    with pytest.raises(TokenError) as caught:
        await Tokens(Seconds()).authorization(a_request(server.url), route)

    assert str(caught.value).endswith(f"no token ({status}: {said})")


@pytest.mark.parametrize(
    ("status", "seconds"),
    [(408, 300), (429, 300), (500, 300), (503, 300), (400, 0), (401, 0), (404, 0), (302, 0)],
)
def test_a_wait_counts_where_the_server_may_give_a_token_later(status: int, seconds: int) -> None:
    with pytest.raises(TokenError) as caught:
        parse_token(Response(status, {"retry-after": "300"}, b""), a_request("https://a.example"))

    assert caught.value.retry_after_seconds == seconds
