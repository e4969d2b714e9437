"""Stands between the operator and the real API server, and damages a share of its answers."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.certificates import Authority, client_context, server_context
from tests.support.server_thread import ServerThread

QUIET_SECONDS = 0.2
"""So long a watch that is to be damaged waits for an event."""
END = b"\r\n\r\n"
OUR_HEADERS = ("connection", "content-length", "transfer-encoding")
ENDINGS = (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer: its first line, its headers as they came, its body."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str:
        """Give a header by its name in lower case; empty without it."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def raw(self, *framing: str) -> bytes:
        """Write it down; `framing` says how long its body is, in place of the truth."""
        kept = [f"{key}: {value}" for key, value in self.headers if key.lower() not in OUR_HEADERS]
        ends = framing or (f"Content-Length: {len(self.body)}",)
        return "\r\n".join([self.first, *kept, *ends]).encode("latin-1") + END + self.body

    @property
    def is_watch(self) -> bool:
        return "watch=true" in self.first


@dataclass(frozen=True, slots=True)
class Damage:
    """What is said instead of the truth."""

    kind: str
    said: bytes
    """An answer; in the midst of a watch what follows the events so far."""
    is_end: bool = True
    """The connection ends with it."""


@dataclass(frozen=True, slots=True)
class Damager:
    """Draws the damage to each answer, by its number; None leaves it as it is."""

    answer: Callable[[int, Message, Message], Damage | None]
    """Instead of an answer to a request."""
    event: Callable[[int, Message], Damage]
    """In the midst of a watch."""


class DamagingFront(ServerThread):
    """Forwards, by TLS on both sides; honest while it has no damager."""

    def __init__(self, server: str, server_ca: Path, directory: Path) -> None:
        """Stand before an API server, under an authority of our own; listen once entered."""
        super().__init__()
        authority = Authority(directory, "front")
        self.ca_file = authority.ca_file
        self.url = f"https://{self.address}"
        self.damager: Damager | None = None
        self.damaged: Counter[str] = Counter()
        """How often each kind of damage was done."""
        self._asked = 0
        self._url, self._upstream_tls = urlsplit(server), client_context(server_ca)
        self._tls = server_context(authority.issue("front", hosts=[self.host]))

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, self.host, self.port, ssl=self._tls)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(*ENDINGS):
            while await self._answer(await _message(reader), reader, writer):
                await writer.drain()
        with suppress(*ENDINGS):
            writer.close()
            await writer.wait_closed()

    async def _answer(
        self, request: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; tell whether the connection goes on."""
        host, port = self._url.hostname, self._url.port
        upstream, to_upstream = await asyncio.open_connection(host, port, ssl=self._upstream_tls)
        try:
            to_upstream.write(request.raw("Connection: close", *_length(request)))
            answer = await _message(upstream, is_stream=request.is_watch)
            damage = self._damage(request, answer)
            if damage is not None:
                writer.write(damage.said)
                return False
            if request.is_watch and answer.first.split()[1] == "200":
                await self._watch(request, upstream, reader, writer)
                return False
            writer.write(answer.raw())
            return True
        finally:
            to_upstream.transport.abort()

    def _damage(self, request: Message, answer: Message) -> Damage | None:
        if self.damager is None:
            return None
        self._asked += 1
        return self._counted(self.damager.answer(self._asked, request, answer))

    def _counted(self, damage: Damage | None) -> Damage | None:
        if damage is not None:
            self.damaged[damage.kind] += 1
        return damage

    async def _watch(
        self,
        request: Message,
        upstream: asyncio.StreamReader,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Pass the events on, until either side lets go, with damage between them."""
        head = Message("HTTP/1.1 200 OK", (("Content-Type", "application/json"),))
        writer.write(head.raw("Transfer-Encoding: chunked"))
        gone = asyncio.ensure_future(reader.read(1))
        chunks = _chunks(upstream)
        coming = asyncio.ensure_future(anext(chunks))
        try:
            while not gone.done():
                quiet = None if self.damager is None else QUIET_SECONDS
                await asyncio.wait({gone, coming}, timeout=quiet, return_when="FIRST_COMPLETED")
                if coming.done():
                    writer.write(chunked(coming.result()))
                    coming = asyncio.ensure_future(anext(chunks))
                elif not gone.done() and (damager := self.damager) is not None:
                    self._asked += 1
                    damage = damager.event(self._asked, request)
                    self._counted(damage)
                    writer.write(damage.said)
                    if damage.is_end:
                        return
                await writer.drain()
        except StopAsyncIteration:
            writer.write(b"0\r\n\r\n")
        finally:
            for task in (gone, coming):
                task.cancel()
            await asyncio.gather(gone, coming, return_exceptions=True)


def chunked(data: bytes) -> bytes:
    """Frame a piece of a body whose length is not known."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def _length(request: Message) -> tuple[str, ...]:
    return (f"Content-Length: {len(request.body)}",) if request.body else ()


async def _message(reader: asyncio.StreamReader, *, is_stream: bool = False) -> Message:
    """Read a request or an answer; of a stream only the head."""
    head = await reader.readuntil(END)
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.strip(), value.strip()) for name, _, value in pairs)
    message = Message(first, headers)
    if message.header("transfer-encoding") == "chunked":
        body = b"" if is_stream else b"".join([chunk async for chunk in _chunks(reader)])
    else:
        body = await reader.readexactly(int(message.header("content-length") or 0))
    return Message(first, headers, body)


async def _chunks(reader: asyncio.StreamReader) -> AsyncGenerator[bytes, None]:
    while size := int(await reader.readuntil(b"\r\n"), 16):
        yield (await reader.readexactly(size + 2))[:-2]
