"""A TCP proxy that counts what goes through it, so that no program need tell of itself."""

import asyncio
import threading
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from tests.support.process import address, free_port


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went through, TLS and all."""

    connections: int = 0
    sent_bytes: int = 0
    """From the client."""
    received_bytes: int = 0
    """By the client."""

    @property
    def bytes(self) -> int:
        """Both ways."""
        return self.sent_bytes + self.received_bytes

    def since(self, before: "Traffic") -> "Traffic":
        """Tell what came after an earlier count."""
        return Traffic(
            self.connections - before.connections,
            self.sent_bytes - before.sent_bytes,
            self.received_bytes - before.received_bytes,
        )


class CountingProxy:
    """Leads every connection to one server, in a thread of its own while its context lasts."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        """Lead to a port of this machine."""
        self._target = (host, port)
        self.host, self.port = host, free_port(host)
        self.address = address(host, self.port)
        self.traffic = Traffic()
        self._listening = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._listening.wait(10):
            raise TimeoutError(f"{self.address}: the proxy does not listen")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._serve, self.host, self.port)
        self._listening.set()
        await self._stop.wait()
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.traffic = replace(self.traffic, connections=self.traffic.connections + 1)
        try:
            server_reader, server_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(
            self._carry(reader, server_writer, is_sent=True),
            self._carry(server_reader, writer, is_sent=False),
        )

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_sent: bool
    ) -> None:
        try:
            while data := await reader.read(64 << 10):
                if is_sent:
                    sent = self.traffic.sent_bytes + len(data)
                    self.traffic = replace(self.traffic, sent_bytes=sent)
                else:
                    received = self.traffic.received_bytes + len(data)
                    self.traffic = replace(self.traffic, received_bytes=received)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
