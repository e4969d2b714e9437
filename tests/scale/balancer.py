"""A Service: each connection goes to a pod at random, also to one that has just died."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress

from tests.support.server_thread import ServerThread


class Balancer(ServerThread):
    """Leads every connection to one of several addresses, as kube-proxy does."""

    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__()
        self._targets = [address.rsplit(":", 1) for address in addresses]
        self.refused = 0
        """Connections that met a pod that does not listen."""

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, self.host, self.port, backlog=1024)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = random.choice(self._targets)  # noqa: S311  # no secret
        try:
            ahead_reader, ahead_writer = await asyncio.open_connection(host, int(port))
        except OSError:
            self.refused += 1
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()
            return
        await asyncio.gather(_carry(reader, ahead_writer), _carry(ahead_reader, writer))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass everything on, the end too."""
    with suppress(OSError):
        try:
            while data := await reader.read(64 << 10):
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()
            await writer.wait_closed()
