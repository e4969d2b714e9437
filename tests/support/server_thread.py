"""A server in a thread of its own, with the event loop that it needs."""

import asyncio
import threading
from abc import ABC, abstractmethod
from concurrent.futures import Future
from typing import Self

from tests.support.process import address, free_port

SECONDS = 10


class ServerThread(ABC):
    """Listens on a free port while its context lasts."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        """Choose the port, `127.0.0.1` or `::1` being the host; listen once entered."""
        self.host, self.port = host, free_port(host)
        self.address = address(host, self.port)
        self._listening: Future[asyncio.AbstractEventLoop] = Future()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    @abstractmethod
    async def _listen(self) -> asyncio.Server:
        """Begin to accept connections."""

    async def _end(self) -> None:  # noqa: B027  # most have no more to end than the loop does
        """Let go of the connections, after the last was accepted."""

    def __enter__(self) -> Self:
        """Wait until it listens.

        Raises:
            OSError: it can't; another has taken the port.
        """
        self._thread.start()
        self._listening.result(SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.result().call_soon_threadsafe(self._stop.set)
        self._thread.join(SECONDS)

    async def _main(self) -> None:
        try:
            server = await self._listen()
        except Exception as error:  # noqa: BLE001  # who enters raises it
            self._listening.set_exception(error)
            return
        self._listening.set_result(asyncio.get_running_loop())
        await self._stop.wait()
        server.close()
        await self._end()
