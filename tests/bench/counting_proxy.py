"""A TCP proxy that counts what goes through it, so that no program need tell of itself."""

import asyncio
from dataclasses import dataclass, replace

from tests.support.server_thread import ServerThread


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


class CountingProxy(ServerThread):
    """Leads every connection to one server of this machine."""

    def __init__(self, port: int) -> None:
        """Lead to this port."""
        super().__init__()
        self._target = (self.host, port)
        self.traffic = Traffic()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, self.host, self.port)

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
