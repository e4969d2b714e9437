"""What all our requests share: in which words there is no answer, and how much of one is read.

aiohttp's own texts name addresses, which change, and quote what has come, which may be a Secret.
"""

import asyncio
import errno
import socket
import ssl

import aiohttp
from aiohttp.abc import ResolveResult

_UNKNOWN = frozenset({socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_ADDRFAMILY})
"""A name server has answered that there is no such name, or no address of a kind that we have."""
_UNANSWERED = frozenset({socket.EAI_AGAIN, socket.EAI_FAIL})
"""None has answered in time, or each refuses to: a foreign network's does."""

RESOLVE_SECONDS = 25.0
"""Shorter than a connection may take: else its time-out would be blamed on the server."""

_ALERTS_ON_OUR_CERTIFICATE = frozenset(
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


class Resolver(aiohttp.ThreadedResolver):
    """Looks a name up; where no name server answers, libc goes on asking for minutes."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Give the addresses of a host.

        Raises:
            OSError: there are none, or nobody tells in time.
        """
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                return await super().resolve(host, port, family)
        except TimeoutError:
            raise socket.gaierror(socket.EAI_AGAIN, "no name server answers") from None


def failure(error: Exception) -> str:
    """Say why there is no connection or no answer."""
    if (said := tls_failure(error)) is not None:
        return said
    match error:
        case aiohttp.ClientConnectorError():
            return _connection_failure(error)
        case TimeoutError():
            return "no answer in time"
        case aiohttp.ClientPayloadError():
            return "the response was cut off"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | ConnectionError():
            return "the connection was lost"
        case aiohttp.ClientResponseError():
            return "the response is not HTTP"
        case ValueError():
            return "not a valid host"
        case _:
            return type(error).__name__


def _connection_failure(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return lookup_failure(error.os_error)
    if isinstance(error.os_error, ConnectionRefusedError):
        return "connection refused"
    name = errno.errorcode.get(error.os_error.errno or 0)
    return f"no connection ({name})" if name else "no connection"


def lookup_failure(error: OSError) -> str:
    """Say why a host has no address."""
    if error.errno in _UNKNOWN:
        return "host name not found"
    return "no name server answers" if error.errno in _UNANSWERED else "host name lookup failed"


def is_unknown_host(error: aiohttp.ClientConnectorDNSError) -> bool:
    """Tell whether a name server knows that the host has no address."""
    return error.os_error.errno in _UNKNOWN


def is_without_dns(error: aiohttp.ClientConnectorDNSError) -> bool:
    """Tell whether no name server answers."""
    return error.os_error.errno in _UNANSWERED


def tls_failure(error: Exception) -> str | None:
    """Say why there is no TLS; None where that is not what failed."""
    if (alert := refusal_of_our_certificate(error)) is not None:
        return f"the server rejects the client certificate ({alert})"
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return (
                f"certificate verification failed: {getattr(error.__cause__, 'verify_message', '')}"
            )
        case aiohttp.ClientConnectorSSLError():
            return "TLS handshake failed"
        case _:
            return None


def refusal_of_our_certificate(error: Exception) -> str | None:
    """Give what a TLS alert says of our certificate, or of none; None for any other failure.

    With TLS 1.3 it comes after the handshake, when the request is on its way.

    Source: RFC 8446, 6.2; OpenSSL names an alert like `TLSV1_ALERT_UNKNOWN_CA`.
    """
    reason = error.__cause__.reason if isinstance(error.__cause__, ssl.SSLError) else None
    alert = (reason or "").partition("_ALERT_")[2]
    return alert.replace("_", " ").lower() if alert in _ALERTS_ON_OUR_CERTIFICATE else None


async def beginning_of(content: aiohttp.StreamReader, limit: int) -> bytes:
    """Read so many bytes, or all, however the network has cut them."""
    try:
        return await content.readexactly(limit)
    except asyncio.IncompleteReadError as short:
        return short.partial
