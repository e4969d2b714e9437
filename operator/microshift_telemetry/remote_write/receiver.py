"""The one POST: an encoded request → the receiver's answer."""

import asyncio
import errno
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from types import TracebackType
from typing import Self

import aiohttp

from microshift_telemetry import __version__
from microshift_telemetry.errors import EXCERPT_CHARS, TelemetryError, excerpt
from microshift_telemetry.remote_write.answer import Answer, parse_retry_after
from microshift_telemetry.remote_write.credentials import Credential
from microshift_telemetry.spec.endpoint import Endpoint

TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=30, sock_read=60)
"""A slow link needs half a minute for 64 KiB; a receiver that hangs is left after one."""

HEADERS: Mapping[str, str] = {
    "Accept-Encoding": "identity",
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
    "User-Agent": f"microshift-telemetry/{__version__}",
}
"""Source: remote write 1.0, "Protocol". `identity`, since a condition quotes the answer's text."""


class ReceiverUnreachableError(TelemetryError):
    """The receiver gave no answer; the text starts with its host."""


class TlsConfigError(TelemetryError):
    """The CA bundle that the spec names is no CA bundle; the text starts with the field."""


class Receiver:
    """A receiver while one report is sent to it: connections end with the report."""

    def __init__(
        self,
        endpoint: Endpoint,
        authorization: Credential | None,
        ca: bytes | None,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        """Prepare a connection to an endpoint.

        Args:
            endpoint: where to.
            authorization: the `Authorization` header; None sends none.
            ca: PEM certificates to trust in place of the system's roots.
            timeout: how long one POST may take.

        Raises:
            TlsConfigError: `ca` holds no certificate.
        """
        self._endpoint = endpoint
        self._secret = "" if authorization is None else authorization.reveal()
        self._headers = dict(HEADERS) | ({"Authorization": self._secret} if self._secret else {})
        tls = _tls_context(ca) if endpoint.is_encrypted else True
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=1, ssl=tls), timeout=timeout, auto_decompress=False
        )

    async def __aenter__(self) -> Self:
        """Open nothing yet; the first POST connects."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection.

        aiohttp asks it whether it is encrypted, which Python 3.11 can't tell once it is closing by
        itself, as after an answer that is longer than it says.
        """
        with suppress(AttributeError):
            await self._session.close()

    async def post(self, body: bytes) -> Answer:
        """Send one request and read the answer's beginning.

        Raises:
            ReceiverUnreachableError: no answer: name, connection, TLS, or time.
        """
        try:
            async with self._session.post(
                self._endpoint.url, data=body, headers=self._headers, allow_redirects=False
            ) as response:
                wait = parse_retry_after(
                    response.headers.get("Retry-After"), response.headers.get("Date")
                )
                return Answer(response.status, excerpt(await self._beginning(response)), wait)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            cause = _cause(error)
        # Raised out here, without the error behind it: aiohttp's know the request's headers.
        raise ReceiverUnreachableError(f"{self._endpoint.origin}: {cause}")

    async def _beginning(self, response: aiohttp.ClientResponse) -> str:
        """Read what fits into an excerpt, without our own secret where a receiver repeats it.

        A body that breaks off does not undo the answer.
        """
        token = self._secret.rpartition(" ")[2]
        try:
            beginning = await _read(response.content, 4 * EXCERPT_CHARS + len(token))
        except (aiohttp.ClientError, TimeoutError, OSError):
            return ""
        text = beginning.decode("utf-8", errors="replace")
        return text.replace(token, "(our credentials)") if token else text


async def _read(content: aiohttp.StreamReader, limit: int) -> bytes:
    """Read so many bytes or to the end, however the network has cut them."""
    try:
        return await content.readexactly(limit)
    except asyncio.IncompleteReadError as short:
        return short.partial


def _cause(error: Exception) -> str:
    """Say in a few stable words what failed; a message that changes would rewrite the status."""
    match error:
        case aiohttp.ClientConnectorError():
            return _refusal(error)
        case TimeoutError():
            return "no answer in time"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | ConnectionError():
            return "the connection broke"
        case aiohttp.ClientResponseError():
            return "the answer is not HTTP"
        case ValueError():
            return "not a host that can be called"
        case _:
            return type(error).__name__


def _refusal(error: aiohttp.ClientConnectorError) -> str:
    """Say why there is no connection; its own text names addresses, which change."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return f"certificate not accepted: {getattr(error.__cause__, 'verify_message', '')}"
        case aiohttp.ClientConnectorSSLError():
            return "no TLS could be agreed on"
        case aiohttp.ClientConnectorDNSError():
            return "the name can't be resolved"
        case _ if isinstance(error.os_error, ConnectionRefusedError):
            return "connection refused"
        case _:
            name = errno.errorcode.get(error.os_error.errno or 0)
            return f"no connection ({name})" if name else "no connection"


@lru_cache(maxsize=4)
def _tls_context(ca: bytes | None) -> ssl.SSLContext:
    """Make a context once for a CA: the system's roots cost a megabyte and 20 ms each time."""
    if ca is None:
        return ssl.create_default_context()
    try:
        # A bundle's comments may be in any language. The line break since `ssl` takes an empty
        # text for none, and would trust the system's roots.
        text = ca.decode("ascii", errors="backslashreplace") + "\n"
        return ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        raise TlsConfigError("spec.tlsConfig.ca: holds no PEM certificate") from error
