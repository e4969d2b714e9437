"""Why there was no answer: what aiohttp says → the hop that failed, and what an admin may check."""

from dataclasses import dataclass

import aiohttp

from microshift_telemetry.http_client import (
    failure,
    is_unknown_host,
    is_without_dns,
    refusal_of_our_certificate,
    tls_failure,
)
from microshift_telemetry.sending.proxies import Proxy
from microshift_telemetry.sending.route import Peer, Route
from microshift_telemetry.spec.endpoint import Origin


@dataclass(frozen=True, slots=True)
class Trouble:
    """What failed on the way to a server."""

    text: str
    """Starts with the hop: DNS, proxy, TLS, or the server itself. It stays the same while the cause
    does: a message that changes would rewrite the status."""
    advice: str
    """What to do, as a clause: "check spec.endpoint"."""
    is_without_dns: bool = False
    """No name server has answered; one that knows no such name has."""


def trouble_of(error: Exception, origin: Origin, route: Route, *, has_begun: bool) -> Trouble:
    """Tell on which hop to an origin a request failed.

    Args:
        error: aiohttp's, or the network's.
        origin: of the server.
        route: the way to it.
        has_begun: the request was on its way, over a connection that was there.
    """
    met = _met_proxy(error, route, has_begun=has_begun)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _in_dns(error, route.peer.url_field if met is None else met.field)
    if met is not None:
        return _at_proxy(error, origin, met)
    server, fields = f"{route.peer.name} {origin}", route.peer
    if (cause := tls_failure(error)) is not None:
        return _in_tls(error, f"TLS with {server}", cause, route)
    advice = f"{fields.url_field} and the network"
    if route.proxy is not None and origin.scheme == "http":
        between = f"{fields.name} {origin}, or the proxy {route.proxy.url.origin} before it"
        return Trouble(f"{between}: {failure(error)}", f"check {route.proxy.field}, {advice}")
    return Trouble(f"{server}: {failure(error)}", f"check {advice}")


def _met_proxy(error: Exception, route: Route, *, has_begun: bool) -> Proxy | None:
    """Give the proxy where it is who was spoken to: up to the request itself, unless told."""
    if route.proxy is None or has_begun:
        return None
    origin = route.proxy.url.origin
    if not isinstance(error, aiohttp.ClientConnectorError):
        return route.proxy
    return route.proxy if (error.host, error.port) == (origin.host, origin.port) else None


def _in_dns(error: aiohttp.ClientConnectorDNSError, field: str) -> Trouble:
    advice = "check " + (f"the host in {field}" if is_unknown_host(error) else "the device's DNS")
    text = f"DNS: {failure(error)}: {error.host}"
    return Trouble(text, advice, is_without_dns=is_without_dns(error))


def _in_tls(error: Exception, place: str, cause: str, route: Route) -> Trouble:
    peer = route.peer
    alert = refusal_of_our_certificate(error)
    if alert is None:
        return Trouble(f"{place}: {cause}", _tls_advice(error, peer))
    if not peer.tls_field:
        text = f"{place}: it requires a client certificate, which {peer.name} never gets ({alert})"
        return Trouble(text, f"set {peer.url_field} to a server that requires none")
    if route.has_certificate:
        field = peer.tls_field
        return Trouble(f"{place}: {cause}", f"correct {field}.cert and {field}.keySecret")
    field = peer.own_tls_field or peer.tls_field
    text = f"{place}: the server requires a client certificate and none is configured ({alert})"
    return Trouble(text, f"set {field}.cert and {field}.keySecret")


def _tls_advice(error: Exception, peer: Peer) -> str:
    """Give the remedy for a certificate that fails verification, or for another handshake."""
    field = peer.own_tls_field or peer.tls_field
    no_field = f"spec.tlsConfig does not apply to {peer.name}"
    match getattr(error.__cause__, "verify_code", None):
        case 9 | 10:
            return "renew the certificate, or correct the device's clock if that is wrong"
        case 2 | 18 | 19 | 20 | 21 if not field:
            return f"use a certificate that the system's root CAs trust; {no_field}"
        case 2 | 18 | 19 | 20 | 21:
            return f"set {field}.ca to the CA that issued the certificate"
        case 62 | 64 if not field:
            return f"use a certificate for the host in {peer.url_field}; {no_field}"
        case 62 | 64:
            return f"set {field}.serverName to a name in the certificate"
        case None:
            return f"check that {peer.url_field} names a TLS port"
        case _:
            return f"replace the certificate of {peer.name}"


def _at_proxy(error: Exception, origin: Origin, met: Proxy) -> Trouble:
    proxy, field = f"the proxy {met.url.origin}", met.field
    if isinstance(error, aiohttp.ClientHttpProxyError):
        text = f"{proxy}: refuses a tunnel to {origin} ({error.status})"
        return Trouble(text, f"allow {origin} in the proxy that {field} names")
    if (cause := refusal_of_our_certificate(error)) is not None:
        text = f"{proxy}: it requires a client certificate, which proxies never get ({cause})"
        return Trouble(text, f"set {field} to a proxy that requires none")
    if (cause := tls_failure(error)) is not None:
        peer = Peer("the proxy", field, tls_field="")
        return Trouble(f"{proxy}: {cause}", _tls_advice(error, peer))
    return Trouble(f"{proxy}: {failure(error)}", f"check {field}")
