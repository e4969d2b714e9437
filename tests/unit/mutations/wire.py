"""A server that says the bytes of the moment to whoever asks, in pieces, and hangs up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HANG = b"(hang)"
"""Said instead of an answer: nothing, until the client lets go."""


@dataclass(slots=True)
class Speaker:
    """What is said next, and how it is cut."""

    address: str = ""
    says: bytes = b""
    pieces: int = 1
    waiting: list[asyncio.Event] = field(default_factory=list)

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            if self.says == HANG:
                await reader.read()
                return
            size = len(self.says) // self.pieces + 1
            for at in range(0, len(self.says), size):
                writer.write(self.says[at : at + size])
                await writer.drain()
                await asyncio.sleep(0)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def speaking() -> AsyncIterator[Speaker]:
    """Listen on a free port."""
    speaker = Speaker()
    async with await asyncio.start_server(speaker.speak, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        speaker.address = f"http://{host}:{port}"
        yield speaker


def http(status: int, body: bytes, *headers: str, is_chunked: bool = False) -> bytes:
    """Write an honest answer."""
    framing = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(body)}"
    lines = [f"HTTP/1.1 {status} Scripted", framing, "Connection: close", *headers, "", ""]
    head = "\r\n".join(lines).encode("latin-1")
    return head + (
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        if is_chunked and body
        else b"0\r\n\r\n"
        if is_chunked
        else body
    )
