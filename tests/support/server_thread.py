"""A server in a thread of its own, with the event loop that it needs."""

import asyncio
import threading
from abc import ABC, abstractmethod
from concurrent.futures import Future
from typing import Self

from tests.support.process import address, free_port

SECONDS = 10
GOODBYES, GOODBYE_SECONDS = 5, 0.1
"""How often and how long a handler may take to see that its connections are gone."""


class ServerThread(ABC):
    """Listens on a free port while its context lasts."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        """Choose the port, `127.0.0.1` or `::1` being the host; listen once entered."""
        self.host, self.port = host, free_port(host)
        self.address = address(host, self.port)
        self._server: asyncio.Server | None = None
        self._listening: Future[asyncio.AbstractEventLoop] = Future()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    @abstractmethod
    async def _listen(self) -> asyncio.Server:
        """Begin to accept connections."""

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
            await self._begin()
        except Exception as error:  # noqa: BLE001  # who enters raises it
            self._listening.set_exception(error)
            return
        self._listening.set_result(asyncio.get_running_loop())
        await self._stop.wait()
        await self._end()

    async def _begin(self) -> None:
        self._server = await self._listen()

    async def _cut(self) -> None:
        """Refuse every connection from now on, and end at once all that there are.

        Also those that no handler knows yet, and those whose TLS waits for the other's goodbye:
        only the loop has them all.
        """
        await asyncio.sleep(0)  # a server that is closed loses who has just been accepted
        if self._server is not None:
            self._server.close()
        for transport in list(asyncio.get_running_loop()._transports.values()):  # type: ignore[attr-defined]  # told to nobody
            transport.abort()
        await asyncio.sleep(0)

    async def _end(self) -> None:
        """Leave nothing behind that the loop would no longer close."""
        for _ in range(GOODBYES):
            await self._cut()
            if not (serving := asyncio.all_tasks() - {asyncio.current_task()}):
                return
            _, serving = await asyncio.wait(serving, timeout=GOODBYE_SECONDS)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await self._cut()
