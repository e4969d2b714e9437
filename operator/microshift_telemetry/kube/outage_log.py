"""Whether the API server can be reached: told once when it goes and once when it is back."""

import asyncio
import logging
from collections.abc import Callable
from types import SimpleNamespace

import aiohttp

from microshift_telemetry.kube.refusals import cause

logger = logging.getLogger(__name__)


class OutageLog:
    """Logs when the API server goes away and when it is back, by all requests to it, kopf's too."""

    def __init__(self) -> None:
        """Know of none."""
        self._since: float | None = None

    def tracing(self, on_connected: Callable[[], None] | None) -> aiohttp.TraceConfig:
        """Have a session's requests told, and call `on_connected` for each new connection."""
        tracing = aiohttp.TraceConfig()
        if on_connected is not None:

            async def connected(*_: object) -> None:
                on_connected()

            tracing.on_connection_create_end.append(connected)
        tracing.on_request_exception.append(self._failed)
        tracing.on_request_end.append(self._answered)
        return tracing

    async def _failed(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        params: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        """Note that nobody listens; a connection that breaks is followed by one that can't be made.

        A request that is only slow tells nothing of the kind.
        """
        error = params.exception
        if not isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return
        if self._since is None:
            self._since = asyncio.get_running_loop().time()
            logger.warning("%s; retrying until it answers", cause(error))

    async def _answered(self, *_: object) -> None:
        if self._since is not None:
            away_seconds = asyncio.get_running_loop().time() - self._since
            self._since = None
            logger.info("the API server answers again after %.0f s", away_seconds)
