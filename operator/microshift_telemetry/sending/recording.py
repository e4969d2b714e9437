"""aiohttp's connector, which remembers the newest answer as it came.

aiohttp gives up on an answer with one odd line in it, and on one whose body is odd and came with
its head; the receiver's word stands in the status line, and would be lost. What is overridden here
is listed in `aiohttp_internals`.
"""

import asyncio
import ssl
from collections.abc import Sequence
from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from microshift_telemetry.http_client import Resolver
from microshift_telemetry.sending.raw_answer import Outline
from microshift_telemetry.tls import system_context

MAX_HEAD_BYTES = 256 << 10
"""Cookies fill some ten kilobytes; a head that goes on longer is given up."""
_LIMITS = {
    "max_line_size": MAX_HEAD_BYTES,
    "max_field_size": MAX_HEAD_BYTES,
    "max_headers": MAX_HEAD_BYTES,
}
"""Instead of aiohttp's own; the head as a whole is what may not be longer."""


class RecordingConnector(aiohttp.TCPConnector):
    """Opens connections, one at a time, and records what is answered on them."""

    def __init__(self, tls: ssl.SSLContext | None, *, has_proxy: bool) -> None:
        """Open nothing yet; `tls` is the server's, None the one with the system's roots."""
        super().__init__(limit=1, resolver=Resolver())
        self._tls, self._has_proxy = tls, has_proxy
        self._recorded = bytearray()
        self._factory = partial(_recording_handler, self._recorded, self._loop)

    def _get_ssl_context(self, req: aiohttp.ClientRequest) -> ssl.SSLContext | None:
        """Verify a proxy by the system's roots: aiohttp itself takes the server's TLS for both."""
        if not req.is_ssl():
            return None
        is_to_proxy = self._has_proxy and req.proxy is None
        return self._tls if self._tls and not is_to_proxy else system_context()

    def forget(self) -> None:
        """Begin a new record: the next request may get no answer at all."""
        self._recorded.clear()

    @property
    def recorded(self) -> bytes:
        """Give the beginning of what was answered to the newest request."""
        return bytes(self._recorded)


class _RecordingHandler(ResponseHandler):
    def __init__(self, recorded: bytearray, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._recorded = recorded

    def set_response_params(self, **options: Any) -> None:
        """Begin to wait for an answer, the proxy's to CONNECT included."""
        self._recorded.clear()
        super().set_response_params(**{**options, **_LIMITS})
        tolerant: Any = _TolerantParser(self._parser, self._recorded)
        self._parser = tolerant

    def data_received(self, data: bytes) -> None:
        if len(self._recorded) < MAX_HEAD_BYTES:
            self._recorded += data
        super().data_received(data)


class _TolerantParser:
    """aiohttp's parser, which waits for the rest of an answer that it can't read."""

    def __init__(self, parser: Any, recorded: bytearray) -> None:
        self._parser, self._recorded = parser, recorded
        self._has_head = False
        self._failure: HttpProcessingError | None = None
        self._outline: Outline | None = None
        self.pause_reading, self.feed_eof = parser.pause_reading, parser.feed_eof

    def feed_data(self, data: bytes) -> tuple[Sequence[Any], bool, bytes]:
        """Take a piece of an answer, and give it once its head could be read.

        Raises:
            HttpProcessingError: it can't be read, and has come whole or beyond its limit.
        """
        is_full = len(self._recorded) >= MAX_HEAD_BYTES
        if self._failure is None:
            try:
                read: tuple[Sequence[Any], bool, bytes] = self._parser.feed_data(data)
            except HttpProcessingError as error:
                self._failure = error
            else:
                # Behind an interim answer the one that counts still comes.
                self._has_head |= any(message.code >= 200 for message, _ in read[0])
                if self._has_head or not is_full:
                    return read
                self._failure = LineTooLong(b"the head", MAX_HEAD_BYTES)
        self._outline = self._outline or Outline(self._recorded)
        if is_full or self._outline.is_whole():
            raise self._failure
        return (), False, b""


def _recording_handler(recorded: bytearray, loop: asyncio.AbstractEventLoop) -> ResponseHandler:
    return _RecordingHandler(recorded, loop)
