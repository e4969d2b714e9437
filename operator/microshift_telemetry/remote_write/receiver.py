"""The one POST: an encoded request → the receiver's answer."""

import asyncio
import ssl
from collections.abc import Mapping
from functools import lru_cache
from types import TracebackType
from typing import Self

import aiohttp

from microshift_telemetry import __version__
from microshift_telemetry.errors import EXCERPT_CHARS, TelemetryError, excerpt
from microshift_telemetry.remote_write.answer import Answer
from microshift_telemetry.remote_write.credentials import Credential
from microshift_telemetry.spec.endpoint import Endpoint

TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=30, sock_read=60)
"""A slow link needs half a minute for 64 KiB; a receiver that hangs is left after one."""

HEADERS: Mapping[str, str] = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
    "User-Agent": f"microshift-telemetry/{__version__}",
}
"""Source: remote write 1.0, "Protocol"."""


class ReceiverUnreachableError(TelemetryError):
    """The receiver gave no answer; the text starts with its host."""


class TlsConfigError(TelemetryError):
    """The CA bundle that the spec names is no CA bundle; the text starts with the field."""


class Receiver:
    """A receiver while one report is sent to it: connections end with the report."""

    def __init__(self, endpoint: Endpoint, authorization: Credential | None, ca: bytes | None):
        """Prepare a connection to an endpoint.

        Args:
            endpoint: where to.
            authorization: the `Authorization` header; None sends none.
            ca: PEM certificates to trust in place of the system's roots.

        Raises:
            TlsConfigError: `ca` holds no certificate.
        """
        self._endpoint = endpoint
        self._headers = dict(HEADERS)
        if authorization is not None:
            self._headers["Authorization"] = authorization.reveal()
        tls = _tls_context(ca) if endpoint.is_encrypted else True
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=1, ssl=tls), timeout=TIMEOUT, auto_decompress=False
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
        """Close the connection."""
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
                return Answer(response.status, await _beginning(response))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise ReceiverUnreachableError(f"{self._endpoint.origin}: {_cause(error)}") from error


async def _beginning(response: aiohttp.ClientResponse) -> str:
    """Read what fits into an excerpt; a body that breaks off does not undo the answer."""
    try:
        beginning = await response.content.read(4 * EXCERPT_CHARS)
    except (aiohttp.ClientError, TimeoutError, OSError):
        return ""
    return excerpt(beginning.decode("utf-8", errors="replace"))


def _cause(error: Exception) -> str:
    """Say in a few stable words what failed; a message that changes would rewrite the status."""
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            reason = getattr(error.__cause__ or error, "verify_message", "") or "TLS failed"
            return f"certificate not accepted: {reason}"
        case aiohttp.ClientConnectorDNSError():
            return "the name can't be resolved"
        case aiohttp.ClientConnectorError():
            return str(error.os_error.strerror or "no connection").lower()
        case TimeoutError():
            return "no answer in time"
        case aiohttp.ServerDisconnectedError() | ConnectionError() | asyncio.IncompleteReadError():
            return "the connection broke"
        case _:
            return type(error).__name__


@lru_cache(maxsize=4)
def _tls_context(ca: bytes | None) -> ssl.SSLContext:
    """Make a context once for a CA: the system's roots cost a megabyte and 20 ms each time."""
    try:
        text = None if ca is None else ca.decode("ascii", errors="replace")
        return ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        raise TlsConfigError("spec.tlsConfig.ca: holds no PEM certificate") from error
