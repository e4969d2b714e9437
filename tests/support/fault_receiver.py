"""A remote-write receiver of ours, for the faults that a real one can't be made to show."""

import asyncio
import itertools
import socket
import ssl
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum

from tests.support.certificates import Authority, server_context
from tests.support.server_thread import ServerThread
from tests.support.waiting import wait_for


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int = 204
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    declared_bytes: int | None = None
    """What `Content-Length` says instead of the truth; the connection ends with the body."""
    seconds: float = 0.0
    """How long the body takes to arrive, byte by byte."""


class Fault(Enum):
    """What is no answer."""

    HANG = "keep the connection and say nothing until the client lets go"
    RESET = "reset the connection"
    CLOSE = "close the connection in good order"


class Place(Enum):
    """Where a connection may be reset before a request has come in whole."""

    HANDSHAKE = "before the handshake of TLS"
    HEAD = "behind the head of a request"
    BODY = "within the body of a request"


@dataclass(slots=True)
class RecordedRequest:
    """One request as it came in; times are those of `time.monotonic`."""

    at: float
    method: str
    target: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    cut_at: float | None = None
    """When the client let go of a request that hangs."""
    is_whole: bool = True
    """We have read it to its end."""


Reply = Answer | Fault
Script = Callable[[RecordedRequest], Reply]
Cuts = Callable[[Place], bool]
"""Asked at each place, in the order in which connections and requests come to it."""


def always(reply: Reply) -> Script:
    """Give every request the same reply."""
    return lambda _: reply


ACCEPT_ALL = always(Answer())


def in_turn(*replies: Reply) -> Script:
    """Give one reply after the other, the last one for ever."""
    rest = itertools.chain(replies, itertools.repeat(replies[-1]))
    return lambda _: next(rest)


class FaultReceiver(ServerThread):
    """Answers by a script that may be exchanged at any time; remembers all that came in."""

    def __init__(
        self,
        script: Script = ACCEPT_ALL,
        *,
        host: str = "127.0.0.1",
        authority: Authority | None = None,
        asks_for_certificate: bool = False,
    ) -> None:
        """Listen once entered.

        With an `authority` on TLS, under a certificate of it; who asks for one, takes its own only.
        """
        super().__init__(host)
        self.script = script
        self.cuts: Cuts = lambda _: False
        """Whether to reset the connection at a place."""
        self.connections: list[float] = []
        """When each TCP connection was accepted, also one whose TLS handshake failed."""
        self.requests: list[RecordedRequest] = []
        self._serving: dict[asyncio.StreamWriter, object] = {}
        """How each connection began, and the task that answers: one by TLS does not hold them."""
        self._tls: ssl.SSLContext | None = None
        if authority is not None:
            pair = authority.issue("receiver", hosts=[host, "localhost"])
            clients = authority.ca_file if asks_for_certificate else None
            self._tls = server_context(pair, clients)
        self.url = f"{'http' if authority is None else 'https'}://{self.address}"

    def wait_for_requests(self, count: int, seconds: float) -> list[RecordedRequest]:
        """Wait until so many requests came in, and give all that did.

        Raises:
            TimeoutError: fewer came.
        """
        wait_for(
            f"{count} requests to {self.url}",
            lambda: len(self.requests) >= count,
            seconds,
        )
        return list(self.requests)

    async def _listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(self._accept, self.host, self.port)

    def _accept(self) -> asyncio.StreamReaderProtocol:
        self.connections.append(time.monotonic())
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), self._serve)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving[writer] = asyncio.current_task()
        plain = writer
        try:
            if self._tls is not None:
                await self._cut_handshake(reader, writer)
                reader, writer = await _secured(plain, self._tls)
            while (request := await self._read_request(reader, writer)) is not None:
                reply = self.script(request)
                if isinstance(reply, Fault):
                    await _fail(reply, request, reader, writer)
                    return
                await _send(reply, writer)
                if reply.declared_bytes is not None:
                    return
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError, TimeoutError):
                await writer.wait_closed()
            del self._serving[plain]

    async def _read_request(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> RecordedRequest | None:
        """`None` when the client has closed the connection between two requests."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.split(":", 1) for line in lines if line)
        headers = {name.strip().lower(): value.strip() for name, value in pairs}
        request = RecordedRequest(
            time.monotonic(), method, target, headers, body=b"", is_whole=False
        )
        length = int(headers.get("content-length", "0"))
        try:
            self._cut_at(Place.HEAD, writer)
            request.body = await reader.readexactly(length // 2)
            self._cut_at(Place.BODY, writer)
            request.body += await reader.readexactly(length - length // 2)
            request.is_whole = True
        finally:
            self.requests.append(request)
        return request

    async def _cut_handshake(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Cut once the client has begun: Python's client leaks a socket that is reset before."""
        if self.cuts(Place.HANDSHAKE):
            await reader.read(1)
            _reset(writer)
            raise ConnectionResetError(Place.HANDSHAKE.value)

    def _cut_at(self, place: Place, writer: asyncio.StreamWriter) -> None:
        """Raise ConnectionResetError, having done so, where the script says it."""
        if self.cuts(place):
            _reset(writer)
            raise ConnectionResetError(place.value)


async def _secured(
    plain: asyncio.StreamWriter, context: ssl.SSLContext
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Agree on TLS; `plain` must be kept as long as what is given.

    Not by `StreamWriter.start_tls`: a client that lets go right behind the handshake leaves it
    without any transport, which its end trips over.
    """
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport = await loop.start_tls(plain.transport, protocol, context, server_side=True)
    if transport is None:
        raise ConnectionResetError("the client let go behind the handshake")
    protocol.connection_made(transport)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _fail(
    fault: Fault,
    request: RecordedRequest,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    match fault:
        case Fault.HANG:
            try:
                await reader.read()
            finally:
                request.cut_at = time.monotonic()
        case Fault.RESET:
            _reset(writer)
        case Fault.CLOSE:
            pass


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _send(answer: Answer, writer: asyncio.StreamWriter) -> None:
    writer.write(_encode_head(answer))
    if answer.seconds:
        for byte in answer.body:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(answer.seconds / len(answer.body))
    else:
        writer.write(answer.body)
    await writer.drain()


def _encode_head(answer: Answer) -> bytes:
    length = len(answer.body) if answer.declared_bytes is None else answer.declared_bytes
    headers = {"Content-Length": str(length), **answer.headers}
    if answer.status == 204:
        del headers["Content-Length"]
    lines = [f"HTTP/1.1 {answer.status} Scripted", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
