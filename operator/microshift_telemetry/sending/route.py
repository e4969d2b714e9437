"""The way to a receiver: TLS as the spec wants it, and a proxy where there is one."""

import ssl
from dataclasses import dataclass, field
from functools import lru_cache

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.sending.proxies import Proxy
from microshift_telemetry.tls import PemError, show_certificate, trusting


class TlsConfigError(TelemetryError):
    """A PEM text that the spec names can't be used; the text starts with its field."""


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """A field `tlsConfig` with what it refers to."""

    ca: bytes | None = None
    """PEM; None means the system's roots."""
    certificate: bytes | None = None
    """PEM: ours, and those between it and its authority."""
    key: bytes | None = field(default=None, repr=False)
    """PEM: the certificate's private key."""
    is_verified: bool = True
    path: str = field(default="spec.tlsConfig", compare=False)
    """Of the field, for errors."""

    def context(self) -> ssl.SSLContext | None:
        """Make the TLS context, once for each settings; None where nothing differs from default.

        Raises:
            TlsConfigError: the bundle, the certificate or the key is none.
        """
        return None if self == TlsSettings() else _context(self)


@dataclass(frozen=True, slots=True)
class Peer:
    """Who stands at the end of a route, and the fields that lead there."""

    name: str
    url_field: str
    tls_field: str
    """Applies to it; empty: none does, it gets the system's roots and no certificate of ours."""
    own_tls_field: str = ""
    """Would apply to it alone, where another peer shares `tls_field`."""


RECEIVER = Peer("the receiver", "spec.endpoint", "spec.tlsConfig")


@dataclass(frozen=True, slots=True)
class Route:
    """How a host is reached."""

    tls: ssl.SSLContext | None = None
    """None: the system's roots, in the context that all share."""
    server_name: str | None = None
    """What the certificate must say; None means the host."""
    proxy: Proxy | None = None
    """Verified by the system's roots."""
    peer: Peer = RECEIVER
    has_certificate: bool = False
    """The TLS context shows one of ours to who asks for it."""


@lru_cache(maxsize=8)
def _context(settings: TlsSettings) -> ssl.SSLContext:
    """Make a context; one with the system's roots costs a megabyte."""
    try:
        context = trusting(settings.ca)
    except PemError as error:
        raise TlsConfigError(f"{settings.path}.ca: {error}") from None
    if not settings.is_verified:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if settings.certificate is not None and settings.key is not None:
        try:
            show_certificate(context, settings.certificate, settings.key)
        except PemError as error:
            raise TlsConfigError(f"{settings.path}.cert and keySecret: {error}") from None
    return context
