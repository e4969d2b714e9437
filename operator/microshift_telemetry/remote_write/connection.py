"""Connections to one host while one report is sent: POST in, the answer's beginning out."""

import asyncio
import errno
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.remote_write.credentials import Credential
from microshift_telemetry.remote_write.route import Route
from microshift_telemetry.spec.endpoint import Endpoint

TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=30, sock_read=60)
"""A slow link needs half a minute for 64 KiB; a receiver that hangs is left after one."""


class UnreachableError(TelemetryError):
    """There was no answer; the text starts with the host."""

    def __init__(self, text: str, *, was_sent: bool = False) -> None:
        """Note whether the request went out whole, so that it may have been taken."""
        super().__init__(text)
        self.was_sent = was_sent


class _Body(aiohttp.BytesPayload):
    """A request's body, which tells when it goes out: a connection is there by then."""

    def __init__(self, body: bytes, on_sending: Callable[[], None]) -> None:
        super().__init__(body)
        self._on_sending = on_sending
        self.was_sent = False

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        self._on_sending()
        await super().write_with_length(writer, content_length)
        self.was_sent = True


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it came."""

    status_code: int
    headers: Mapping[str, str]
    """Names in any letter case."""
    beginning: bytes
    """Of the body: what was asked for, or less where it ends or breaks off before."""


class Connection:
    """One connection to a host, opened by the first POST and used again by the next."""

    def __init__(
        self, endpoint: Endpoint, route: Route, timeout: aiohttp.ClientTimeout = TIMEOUT
    ) -> None:
        """Open nothing yet."""
        self._endpoint = endpoint
        self._route = route
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=1, ssl=route.tls or True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=timeout,
            auto_decompress=False,
        )

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """What is sent beside a request's own headers, and may be repeated by who answers."""
        proxy = self._route.proxy
        return () if proxy is None or proxy.authorization is None else (proxy.authorization,)

    async def post(
        self,
        body: bytes,
        headers: Mapping[str, str],
        limit: int,
        on_sending: Callable[[], None] = _nothing,
    ) -> Response:
        """Send one request and read `limit` bytes of the answer; redirects are not followed.

        `on_sending` is called once there is a connection, before the body goes out.

        Raises:
            UnreachableError: no answer: name, connection, proxy, TLS, or time.
        """
        payload = _Body(body, on_sending)
        try:
            async with self._session.post(
                self._endpoint.url, data=payload, allow_redirects=False, **self._options(headers)
            ) as response:
                beginning = await _beginning(response.content, limit)
                return Response(response.status, dict(response.headers.items()), beginning)
        except aiohttp.ClientHttpProxyError as error:
            if error.status == 407:
                return Response(407, {}, b"said by the proxy")
            cause = f"the proxy {self._proxy_origin} opens no way to it ({error.status})"
        except aiohttp.ClientProxyConnectionError as error:
            cause = f"the proxy {self._proxy_origin}: {_cause(error)}"
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            cause = _cause(error)
        # Raised out here, without the error behind it: aiohttp's know the request's headers.
        raise UnreachableError(f"{self._endpoint.origin}: {cause}", was_sent=payload.was_sent)

    async def aclose(self) -> None:
        """Close the connection.

        aiohttp asks it whether it is encrypted, which Python 3.11 can't tell once it is closing by
        itself, as after an answer that is longer than it says.
        """
        with suppress(AttributeError):
            await self._session.close()

    def _options(self, headers: Mapping[str, str]) -> dict[str, Any]:
        """Tell aiohttp the way; a tunnel hides the proxy's credential from the receiver."""
        options: dict[str, Any] = {"headers": headers}
        proxy = self._route.proxy
        if self._route.server_name is not None:
            options["server_hostname"] = self._route.server_name
        if proxy is not None:
            options["proxy"] = proxy.url.url
            if proxy.authorization is not None:
                credential = {"Proxy-Authorization": proxy.authorization.reveal()}
                if self._endpoint.is_encrypted:
                    options["proxy_headers"] = credential
                else:
                    options["headers"] = {**headers, **credential}
        return options

    @property
    def _proxy_origin(self) -> str:
        return "" if self._route.proxy is None else str(self._route.proxy.url.origin)


async def _beginning(content: aiohttp.StreamReader, limit: int) -> bytes:
    """Read so many bytes, however the network has cut them.

    A body that breaks off does not undo the answer.
    """
    try:
        return await content.readexactly(limit)
    except asyncio.IncompleteReadError as short:
        return short.partial
    except (aiohttp.ClientError, TimeoutError, OSError):
        return b""


def _cause(error: Exception) -> str:
    """Say in a few stable words what failed; a message that changes would rewrite the status."""
    if (refusal := _refusal_of_our_certificate(error)) is not None:
        return refusal
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


def _refusal_of_our_certificate(error: Exception) -> str | None:
    """Say what a TLS alert says of our certificate; None for any other failure.

    With TLS 1.3 it comes after the handshake, when the request is on its way.

    Source: RFC 8446, 6.2; OpenSSL names an alert like `TLSV1_ALERT_UNKNOWN_CA`.
    """
    reason = error.__cause__.reason if isinstance(error.__cause__, ssl.SSLError) else None
    alert = (reason or "").partition("_ALERT_")[2]
    if alert not in _OF_A_CERTIFICATE:
        return None
    said = alert.replace("_", " ").lower()
    return f"it lets in only who shows a certificate that it accepts (spec.tlsConfig.cert; {said})"


_OF_A_CERTIFICATE = frozenset(
    {
        "ACCESS_DENIED",
        "BAD_CERTIFICATE",
        "CERTIFICATE_EXPIRED",
        "CERTIFICATE_REQUIRED",
        "CERTIFICATE_REVOKED",
        "CERTIFICATE_UNKNOWN",
        "UNKNOWN_CA",
        "UNSUPPORTED_CERTIFICATE",
    }
)


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
