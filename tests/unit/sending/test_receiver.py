import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager

import aiohttp
import pytest

from microshift_telemetry import __version__
from microshift_telemetry.remote_write.transport import REMOTE_WRITE
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.credentials import Credential
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.sending.route import Route, TlsSettings
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.fault_receiver import Answer as Reply
from tests.support.fault_receiver import Fault, FaultReceiver, RecordedRequest, always, in_turn
from tests.support.process import free_port

CANARY = "hunter2-" + "x" * 900
IMPATIENT = aiohttp.ClientTimeout(total=5, sock_connect=1, sock_read=0.3)


@pytest.fixture
def fault_receiver() -> Iterator[FaultReceiver]:
    with FaultReceiver() as receiver:
        yield receiver


async def post(
    url: str, body: bytes = b"body", token: str | None = None, ca: bytes | None = None
) -> Answer:
    headers = {} if token is None else {"Authorization": Credential(f"Bearer {token}")}
    route = Route(TlsSettings(ca=ca).context())
    connection = Connection(parse_endpoint(url, "spec.endpoint"), route, IMPATIENT)
    async with aclosing(Receiver(connection, headers)) as receiver:
        return await receiver.post(body)


async def failure(url: str, token: str | None = None, ca: bytes | None = None) -> str:
    """Fail to get an answer, twice, and give the text that both tries end with."""
    texts = set()
    for _ in range(2):
        with pytest.raises(UnreachableError) as caught:
            await post(url, token=token, ca=ca)
        assert caught.value.__cause__ is caught.value.__context__ is None
        texts.add(str(caught.value))
    [text] = texts
    origin = parse_endpoint(url, "spec.endpoint").origin
    hop = re.match(rf"(DNS|(TLS with )?the receiver {re.escape(str(origin))}): ", text)
    assert hop is not None, text
    return text.removeprefix(hop[0])


@asynccontextmanager
async def speaking(first_words: bytes) -> AsyncIterator[str]:
    """Say the same to whoever connects, then hang up; give the address."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(16)
        writer.write(first_words)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


@pytest.mark.parametrize("status", [200, 202, 204, 301, 302, 307, 400, 401, 429, 500, 503, 599])
async def test_every_status_is_an_answer(fault_receiver: FaultReceiver, status: int) -> None:
    fault_receiver.script = always(Reply(status, headers={"Location": "/elsewhere"}))

    assert await post(fault_receiver.url) == Answer(status)
    assert len(fault_receiver.requests) == 1


async def test_what_arrives_is_what_the_specification_asks_for(
    fault_receiver: FaultReceiver,
) -> None:
    body = bytes(range(256))

    url = f"{fault_receiver.url}/api/v1/write?tenant=a%20b"
    token = Credential("Bearer token")
    headers: dict[str, str | Credential] = {**REMOTE_WRITE.headers, "Authorization": token}
    connection = Connection(parse_endpoint(url, "spec.endpoint"), Route())
    async with aclosing(Receiver(connection, headers)) as receiver:
        await receiver.post(body)

    [request] = fault_receiver.requests
    assert (request.method, request.target) == ("POST", "/api/v1/write?tenant=a%20b")
    assert request.body == body
    assert request.headers == {
        "host": fault_receiver.url.removeprefix("http://"),
        "content-encoding": "snappy",
        "content-type": "application/x-protobuf",
        "x-prometheus-remote-write-version": "0.1.0",
        "user-agent": f"microshift-telemetry/{__version__}",
        "authorization": "Bearer token",
        "accept": "*/*",
        "accept-encoding": "identity",
        "content-length": "256",
    }


async def test_who_needs_no_credential_shows_none(fault_receiver: FaultReceiver) -> None:
    await post(fault_receiver.url)

    assert "authorization" not in fault_receiver.requests[0].headers


async def test_requests_of_a_report_share_a_connection(fault_receiver: FaultReceiver) -> None:
    fault_receiver.script = always(Reply(400, b"x" * 500))
    endpoint = parse_endpoint(fault_receiver.url, "spec.endpoint")

    async with aclosing(Receiver(Connection(endpoint, Route()), {})) as receiver:
        answers = [await receiver.post(b"first"), await receiver.post(b"second")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert len(fault_receiver.connections) == 1


async def test_a_short_body_is_quoted_in_one_line(fault_receiver: FaultReceiver) -> None:
    fault_receiver.script = always(Reply(400, "out of\norder: über\x00".encode()))

    assert await post(fault_receiver.url) == Answer(400, "out of order: über?")


async def test_of_a_huge_body_only_the_beginning_is_read(fault_receiver: FaultReceiver) -> None:
    fault_receiver.script = always(Reply(500, b"too much " * 2_000_000))

    answer = await post(fault_receiver.url)

    assert answer == Answer(500, ("too much " * 40)[:255] + "…")


async def test_a_receiver_that_repeats_our_credential_is_not_quoted_with_it(
    fault_receiver: FaultReceiver,
) -> None:
    def repeat(request: RecordedRequest) -> Reply:
        return Reply(500, f"headers: {request.headers['authorization']}; sorry".encode())

    fault_receiver.script = repeat

    answer = await post(fault_receiver.url, token=CANARY)

    assert answer == Answer(500, "headers: (our credentials); sorry")


async def test_a_redirect_is_an_answer_and_not_followed(fault_receiver: FaultReceiver) -> None:
    with FaultReceiver() as elsewhere:
        fault_receiver.script = always(Reply(308, headers={"Location": elsewhere.url}))

        answer = await post(fault_receiver.url, token=CANARY)

    assert answer.status_code == 308
    assert elsewhere.connections == []


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://login.example/path?state=1#top", "https://login.example"),
        ("http://192.0.2.7:8443?next=/write", "http://192.0.2.7:8443"),
        ("https://login.example", "https://login.example"),
        ("/elsewhere?next=/write", ""),
        (f"https://{CANARY}.example/path", ""),
        ("https://s3cr3t/path", ""),
        ("https://me:secret@login.example/", ""),
        ("ftp://login.example/", ""),
        ("", ""),
    ],
)
async def test_where_a_redirect_leads_is_told_without_what_may_be_a_secret(
    fault_receiver: FaultReceiver, location: str, shown: str
) -> None:
    headers = {"Location": location} if location else {}
    fault_receiver.script = always(Reply(302, headers=headers))

    answer = await post(fault_receiver.url, token=CANARY)

    assert answer.location == shown


async def test_a_cookie_of_one_answer_is_not_brought_along_to_the_next_report(
    fault_receiver: FaultReceiver,
) -> None:
    fault_receiver.script = in_turn(Reply(503, headers={"Set-Cookie": "a=b"}), Reply())

    await post(fault_receiver.url)
    await post(fault_receiver.url)

    assert "cookie" not in fault_receiver.requests[1].headers


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.HANG, "no answer in time"),
        (Fault.RESET, "the connection was lost"),
        (Fault.CLOSE, "the connection was lost"),
        (Reply(99999), "the response is not HTTP"),
    ],
    ids=["hang", "reset", "close", "no-status"],
)
async def test_without_an_answer_the_text_says_why_and_hides_the_credential(
    fault_receiver: FaultReceiver, fault: Reply | Fault, said: str
) -> None:
    fault_receiver.script = always(fault)

    assert await failure(fault_receiver.url, token=CANARY) == said


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_where_nothing_listens_the_connection_is_refused(host: str) -> None:
    assert await failure(f"http://{host}:{free_port('127.0.0.1')}") == "connection refused"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://receiver.invalid", "host name not found: receiver.invalid"),
        ("http://a..b", "not a valid host"),
        (f"http://{'a' * 70}.example", "not a valid host"),
    ],
    ids=["unknown", "an-empty-label", "a-label-too-long"],
)
async def test_a_host_that_cannot_be_found_is_said_so(url: str, said: str) -> None:
    assert await failure(url) == said


async def test_ipv6_is_called_by_its_address() -> None:
    with FaultReceiver(host="::1") as receiver:
        assert await post(receiver.url) == Answer(204)


async def test_a_plain_receiver_that_is_called_by_https_is_no_answer() -> None:
    async with speaking(b"HTTP/1.1 400 Bad Request\r\n\r\n") as address:
        assert await failure(f"https://{address}") == "TLS handshake failed"


async def test_what_does_not_speak_http_is_no_answer() -> None:
    async with speaking(b"220 mail.example ESMTP\r\n") as address:
        assert await failure(f"http://{address}") == "the response is not HTTP"


async def test_who_is_asked_for_the_date_gets_nothing_of_a_report(
    fault_receiver: FaultReceiver,
) -> None:
    endpoint = parse_endpoint(f"{fault_receiver.url}/api/v1/write?tenant=a", "spec.endpoint")
    token = Credential("Bearer token")

    async with aclosing(
        Receiver(Connection(endpoint, Route()), {"Authorization": token, "X-Scope-OrgID": "a"})
    ) as receiver:
        await receiver.date()

    [request] = fault_receiver.requests
    assert (request.method, request.target, request.body) == ("GET", "/", b"")
    assert request.headers.keys() == {"host", "user-agent", "accept", "accept-encoding"}
