"""An answer whose status line can be read is judged by it, whatever is odd behind that line.

Whoever gives up on it sends the same request again, for ever where the oddity lasts.
"""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from itertools import pairwise

import aiohttp
import pytest

from microshift_telemetry.foreign_text import BINARY, WITHHELD
from microshift_telemetry.remote_write.judge import judge
from microshift_telemetry.sending.answer import Answer, Verdict
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.proxies import Proxy
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.sending.recording import MAX_HEAD_BYTES
from microshift_telemetry.sending.route import Route
from microshift_telemetry.sending.speaker import Speaker
from microshift_telemetry.spec.endpoint import parse_endpoint

TAKEN, OLD = b"HTTP/1.1 204 No Content\r\n", b"HTTP/1.1 400 Bad Request\r\n"
LONG = b"x" * 9000
CHUNKED = b"Transfer-Encoding: chunked"
IMPATIENT = aiohttp.ClientTimeout(total=1)

FIELDS = [
    pytest.param(b"Set-Cookie: a=%b\r\n\r\n" % LONG, id="a-cookie-of-9-KB"),
    pytest.param(b"Set-Cookie: a=%b\r\n\r\n" % (20 * LONG), id="a-cookie-of-180-KB"),
    pytest.param(b"Set-Cookie: a=%b\r\n\r\n" % (80 * LONG), id="a-cookie-of-720-KB"),
    pytest.param(b"%b: a\r\n\r\n" % LONG, id="a-name-of-9-KB"),
    pytest.param(b"X: a\r\n" * 1000 + b"\r\n", id="a-thousand-fields"),
    pytest.param(b"Set-Cookie: =;=\x01;;\r\nSet-Cookie:\r\n\r\n", id="cookies-that-are-none"),
    pytest.param(b"no colon here\r\n\r\n", id="no-colon"),
    pytest.param(b": no name\r\n\r\n", id="no-name"),
    pytest.param(b"X Y: a\r\n\r\n", id="a-space-in-a-name"),
    pytest.param(b"X: a\0b\r\n\r\n", id="nul"),
    pytest.param(b"X: \xff\xfe\r\n\r\n", id="no-utf-8"),
    pytest.param(b"X: a\r\n b: c\r\n\r\n", id="folded"),
    pytest.param(b"Content-Length: many\r\n\r\n", id="a-length-that-is-none"),
    pytest.param(b"Content-Length: -1\r\n\r\n", id="a-length-below-0"),
    pytest.param(b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", id="two-lengths"),
    pytest.param(b"Transfer-Encoding: brew\r\n\r\n", id="a-coding-that-is-none"),
    pytest.param(
        b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", id="length-and-chunks"
    ),
    pytest.param(b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n", id="an-upgrade"),
    pytest.param(b"X: a\n\n", id="bare-line-feeds"),
    pytest.param(b"Location: http://[\r\n\r\n", id="a-location-that-is-none"),
    pytest.param(b"Date: Fri, 99 Foo 99999999 99:99:99 GMT\r\n\r\n", id="a-date-that-is-none"),
    pytest.param(b"Content-Type: \xff;;=\r\n\r\n", id="a-type-that-is-none"),
]
OUT, ORDER = "out", "out of order"
BODIES = [
    pytest.param(b"\r\nout of order", ORDER, ORDER, id="without-a-length"),
    pytest.param(b"Content-Length: 900\r\n\r\nout of order", ORDER, ORDER, id="cut"),
    pytest.param(b"Content-Length: 3\r\n\r\nout of order", ORDER, OUT, id="longer-than-said"),
    pytest.param(b"%b\r\n\r\n3\r\nout" % CHUNKED, OUT, OUT, id="cut-between-chunks"),
    pytest.param(b"%b\r\n\r\n3\r\noutzz" % CHUNKED, OUT, OUT, id="no-end-of-a-chunk"),
    pytest.param(b"%b\r\n\r\n3\r\nout\r\nfff;\r\n" % CHUNKED, OUT, OUT, id="a-cut-chunk"),
    pytest.param(b"%b\r\n\r\nout of order" % CHUNKED, ORDER, OUT, id="no-chunks"),
    pytest.param(b"Content-Encoding: gzip\r\n\r\nout of order", ORDER, ORDER, id="no-gzip"),
]
"""A body, and what is quoted of it when it comes at once and when it comes in pieces."""


async def answer_to(*said: bytes, hangs: bool = False) -> Answer:
    """Post to somebody who says this, piece by piece, and hangs up."""
    async with speaking(*said, hangs=hangs) as address:
        connection = Connection(parse_endpoint(f"http://{address}", ""), Route(), IMPATIENT)
        async with aclosing(Receiver(connection, {})) as receiver:
            return await receiver.post(b"body")


@asynccontextmanager
async def speaking(*said: bytes, hangs: bool) -> AsyncIterator[str]:
    over = asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(0.01)
            for piece in said:
                writer.write(piece)
                await asyncio.sleep(0.02)
            if hangs:
                await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        over.set()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        try:
            yield f"{host}:{port}"
        finally:
            await over.wait()


@pytest.mark.parametrize("fields", FIELDS)
@pytest.mark.parametrize("status", [TAKEN, OLD])
async def test_an_odd_field_does_not_undo_the_answer(status: bytes, fields: bytes) -> None:
    answer = await answer_to(status + fields)

    assert answer.status_code == (204 if status == TAKEN else 400)


@pytest.mark.parametrize("fields", FIELDS)
async def test_nor_does_it_when_it_comes_in_pieces(fields: bytes) -> None:
    middle = len(fields) // 2

    answer = await answer_to(TAKEN[:7], TAKEN[7:], fields[:middle], fields[middle:])

    assert answer.status_code == 204


@pytest.mark.parametrize("is_in_pieces", [False, True])
@pytest.mark.parametrize(("body", "at_once", "by_pieces"), BODIES)
async def test_nor_does_an_odd_body(
    body: bytes, at_once: str, by_pieces: str, *, is_in_pieces: bool
) -> None:
    head, blank, rest = body.partition(b"\r\n")
    pieces = [OLD + head + blank, *(rest[at:to] for at, to in pairwise([0, 5, len(rest)]))]

    answer = await answer_to(*(pieces if is_in_pieces else [b"".join(pieces)]))

    assert (answer.status_code, judge(answer)) == (400, Verdict.REFUSED)
    assert answer.excerpt == (by_pieces if is_in_pieces else at_once)


async def test_what_has_come_of_a_body_that_hangs_is_quoted() -> None:
    answer = await answer_to(OLD + b"Content-Length: 900\r\n\r\nout of order", hangs=True)

    assert answer == Answer(400, "out of order")


@pytest.mark.parametrize("fields", FIELDS)
async def test_nor_an_answer_to_a_question_about_the_date(fields: bytes) -> None:
    date = b"Date: Fri, 27 Nov 2026 18:00:00 GMT\r\n"
    async with speaking(b"HTTP/1.1 302 Found\r\n" + date + fields, hangs=False) as address:
        connection = Connection(parse_endpoint(f"http://{address}", ""), Route(), IMPATIENT)
        async with aclosing(connection):
            response = await connection.get_root({})

    assert (response.status_code, "date" in response.headers) == (302, True)


@pytest.mark.parametrize("fields", FIELDS)
async def test_nor_a_proxys_refusal(fields: bytes) -> None:
    said = b"HTTP/1.1 407 Proxy Authentication Required\r\n" + fields
    async with speaking(said, hangs=False) as address:
        route = Route(proxy=Proxy(parse_endpoint(f"http://{address}", "")))
        connection = Connection(parse_endpoint("https://receiver.example", ""), route, IMPATIENT)
        async with aclosing(Receiver(connection, {})) as receiver:
            answer = await receiver.post(b"body")

    assert (answer.status_code, answer.excerpt, answer.speaker) == (407, "", Speaker.PROXY)


async def test_what_a_proxy_says_is_not_taken_for_the_receivers_word() -> None:
    said = b"HTTP/1.1 204 No Content\r\nno colon\r\n\r\n"
    async with speaking(said, hangs=False) as address:
        route = Route(proxy=Proxy(parse_endpoint(f"http://{address}", "")))
        connection = Connection(parse_endpoint("https://receiver.example", ""), route, IMPATIENT)
        async with aclosing(Receiver(connection, {})) as receiver:
            with pytest.raises(UnreachableError):
                await receiver.post(b"body")


async def test_the_rest_of_an_odd_answer_is_waited_for() -> None:
    head = b"HTTP/1.1 200 OK\r\nno colon\r\n"
    page = b"Content-Type: text/html\r\nContent-Length: 26\r\n\r\n<title>Log in</title>      "

    answer = await answer_to(head, page[:10], page[10:-8], page[-8:], hangs=True)

    assert answer == Answer(200, "Log in", is_page=True)


async def test_a_204_that_brings_a_body_is_taken() -> None:
    assert await answer_to(TAKEN + b"Content-Length: 5\r\n\r\nhello") == Answer(204, "hello")


async def test_what_stands_in_an_odd_head_counts() -> None:
    fields = b"no colon\r\nRetry-After: 30\r\nDate: Fri, 27 Nov 2026 18:00:00 GMT\r\n\r\n"

    answer = await answer_to(b"HTTP/1.1 503 Later\r\n" + fields)

    assert answer.retry_after_seconds == 30
    assert answer.date is not None


async def test_a_page_in_an_odd_answer_is_known_for_one() -> None:
    page = b"Set-Cookie\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\n<html><title>Log in</title>\r\n"

    answer = await answer_to(b"HTTP/1.1 200 OK\r\n" + page)

    assert answer == Answer(200, "Log in", is_page=True)
    assert judge(answer) is Verdict.WRONG_ENDPOINT


@pytest.mark.parametrize("hangs", [False, True])
@pytest.mark.parametrize(
    ("said", "status"),
    [
        pytest.param(TAKEN, 204, id="taken"),
        pytest.param(TAKEN + b"Set-Coo", 204, id="taken-and-a-field"),
        pytest.param(OLD + b"Content-Le", 400, id="refused"),
        pytest.param(b"HTTP/1.1 503 Service Unavai\r\n", 503, id="away"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 429 a\n", 429, id="behind-100"),
    ],
)
async def test_a_cut_head_does_not_undo_the_answer(
    said: bytes, status: int, *, hangs: bool
) -> None:
    assert await answer_to(said, hangs=hangs) == Answer(status)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"HTTP/1.1 204 No Content", id="a-cut-status-line"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Ty", id="no-type-that-tells-a-page"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nX: " + b"x" * (MAX_HEAD_BYTES << 1), id="a-head-without-an-end"
        ),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", id="an-interim-answer-alone"),
        pytest.param(b"HTTP/1.1 2040 No Content\r\n\r\n", id="no-status"),
        pytest.param(b"220 mail.example ESMTP\r\n", id="no-http"),
    ],
)
async def test_what_tells_nothing_is_no_answer(said: bytes) -> None:
    with pytest.raises(UnreachableError):
        await answer_to(said)


@pytest.mark.parametrize(
    ("head", "body", "said"),
    [
        pytest.param(b"", gzip.compress(b"out of order"), "out of order", id="gzip-unsaid"),
        pytest.param(
            b"Content-Encoding: gzip\r\n", gzip.compress(b"out of order"), "out of order", id="gzip"
        ),
        pytest.param(
            b"Content-Encoding: deflate\r\n", zlib.compress(b"too old"), "too old", id="deflate"
        ),
        pytest.param(b"Content-Encoding: br\r\n", bytes(range(128, 200)), BINARY, id="brotli"),
        pytest.param(
            b"Content-Type: text/html\r\nContent-Encoding: gzip\r\n",
            gzip.compress(b"<head><title>502 Bad Gateway</title></head>" + b"<p>" * 9000),
            "502 Bad Gateway",
            id="a-page-in-gzip",
        ),
        pytest.param(
            b"", b"<html><body><h1>It is</h1>\n<p>Friday", "It is Friday", id="a-page-without-title"
        ),
        pytest.param(b"", b'{"session_token": "abc"}', WITHHELD, id="a-credential"),
    ],
)
async def test_a_body_is_quoted_as_text_or_not_at_all(head: bytes, body: bytes, said: str) -> None:
    assert (await answer_to(OLD + head + b"\r\n" + body)).excerpt == said
