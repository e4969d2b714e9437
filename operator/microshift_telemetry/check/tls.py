"""TLS with the receiver: what was agreed on, and whose certificate that is."""

import ssl
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

import aiohttp

from microshift_telemetry.check.certificate import Certificate, CertificateError, parse_certificate
from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.effective import Destination
from microshift_telemetry.spec.endpoint import Endpoint
from microshift_telemetry.tls import trusting

SOON = timedelta(days=14)
"""A certificate is renewed earlier than this."""
MOST_NAMES = 3

_MISMATCH = "mismatch"
_UNTRUSTED = ("issuer certificate", "self-signed", "self signed", "first certificate")
"""Words of OpenSSL's `X509_verify_cert_error_string`."""


class WatchedContext(ssl.SSLContext):
    """A context that lends another for each handshake, and remembers the newest.

    By itself it trusts nobody.
    """

    def __new__(cls, *_: object) -> Self:
        """Make one for a client."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, context: ssl.SSLContext) -> None:
        """Lend `context`."""
        self._lent = context
        self._newest: ssl.SSLObject | None = None

    def wrap_bio(self, *buffers: Any, **options: Any) -> ssl.SSLObject:
        """Begin a handshake."""
        self._newest = self._lent.wrap_bio(*buffers, **options)
        return self._newest

    @property
    def has_begun(self) -> bool:
        """Tell whether a connection came as far as a handshake."""
        return self._newest is not None

    @property
    def agreed(self) -> "Agreed | None":
        """What came of the newest handshake; None where it did not come to its end."""
        if self._newest is None:
            return None
        try:
            der = self._newest.getpeercert(binary_form=True)
        except ValueError:  # the handshake is not done
            return None
        try:
            certificate = None if der is None else parse_certificate(der)
        except CertificateError:
            certificate = None
        return Agreed(self._newest.version() or "TLS", certificate)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a handshake has come to."""

    version: str
    certificate: Certificate | None
    """None where it can't be read."""


def watched(route: Route) -> tuple[Route, WatchedContext]:
    """Give the same route, whose handshakes with the receiver can be looked at."""
    context = WatchedContext(route.tls or trusting(None))
    return replace(route, tls=context), context


class _SeenError(ssl.SSLError):
    """Ends a handshake as OpenSSL's own errors do; asyncio knows no other way."""

    reason = "SEEN"


class _Glance(ssl.SSLObject):
    """A handshake that is broken off as soon as the other end has shown its certificate."""

    def do_handshake(self) -> None:
        super().do_handshake()
        raise _SeenError("the certificate was seen")


async def shown_certificate(
    endpoint: Endpoint, route: Route, timeout: aiohttp.ClientTimeout
) -> Certificate | None:
    """Look at a certificate that is not accepted; whoever shows it gets no request."""
    glancing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    glancing.check_hostname = False
    glancing.verify_mode = ssl.CERT_NONE
    glancing.sslobject_class = _Glance
    context = WatchedContext(glancing)
    async with aclosing(Connection(endpoint, replace(route, tls=context), timeout)) as connection:
        with suppress(UnreachableError):
            await connection.get_root({})
    return None if context.agreed is None else context.agreed.certificate


def agreed_line(agreed: Agreed, to: Destination, now: datetime) -> Line:
    """Tell of a certificate that is accepted."""
    trusted = f"verified against {trust_of(to)}"
    if not to.tls.is_verified:
        trusted = "not verified (spec.tlsConfig.insecureSkipVerify)"
    certificate = agreed.certificate
    if certificate is None:
        return Line(Hop.TLS, Verdict.OK, f"{agreed.version}; {trusted}")
    seen = f"{agreed.version}; certificate {described(certificate)}; {trusted}"
    if to.tls.is_verified and certificate.not_after - now < SOON:
        return Line(Hop.TLS, Verdict.WARNING, seen, "renew the receiver's certificate")
    return Line(Hop.TLS, Verdict.OK, seen)


def refused_line(
    error: UnreachableError, certificate: Certificate | None, to: Destination, now: datetime
) -> Line:
    """Tell why there is no TLS.

    Args:
        error: why the handshake failed.
        certificate: that was shown; None where nobody could look at it.
        to: the destination whose spec decides.
        now: by the device's clock.
    """
    if certificate is None:
        return Line(Hop.TLS, Verdict.FAILED, str(error), error.advice)
    time, said = now.strftime("%Y-%m-%dT%H:%M:%SZ"), str(error)
    name = to.tls.server_name or to.endpoint.origin.host.rstrip(".")
    if certificate.not_after < now:
        seen = f"the receiver's certificate has expired: {described(certificate)}"
        remedy = f"renew the certificate, or correct the device's clock if {time} is wrong"
    elif certificate.not_before > now:
        seen = (
            f"the receiver's certificate is not valid before {_day(certificate.not_before)}, and "
            f"the device's clock shows {time}"
        )
        remedy = "set the device's clock: `chronyc tracking` shows chronyd's state"
    elif _MISMATCH in said:
        seen = f"the receiver's certificate is not for {name}: {described(certificate)}"
        remedy = "set spec.endpoint or spec.tlsConfig.serverName to a name in the certificate"
    elif any(words in said for words in _UNTRUSTED):
        seen = f'certificate issued by "{certificate.issuer}", which is not in {trust_of(to)}'
        remedy = f'add the certificate of "{certificate.issuer}" to spec.tlsConfig.ca'
    else:
        seen = f"{said}; the certificate is {described(certificate)}"
        remedy = "replace the certificate on the receiver"
    return Line(Hop.TLS, Verdict.FAILED, seen, remedy)


def trust_of(to: Destination) -> str:
    """Name the list of CAs that counts."""
    return "the system's root CAs" if to.tls.ca is None else str(to.tls.ca)


def described(certificate: Certificate) -> str:
    """Tell whose a certificate is, who says so, and until when."""
    names = ", ".join(certificate.names[:MOST_NAMES]) or certificate.subject
    more = len(certificate.names) - MOST_NAMES
    names += f" and {more} more" if more > 0 else ""
    return f'for {names}, issued by "{certificate.issuer}", until {_day(certificate.not_after)}'


def _day(time: datetime) -> str:
    return time.strftime("%Y-%m-%d")
