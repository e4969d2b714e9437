"""The proxy on the way to a receiver: the spec's, or what the process' environment says."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import unquote, urlsplit, urlunsplit

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.remote_write.credentials import (
    Credential,
    CredentialsMissingError,
    basic_authorization,
)
from microshift_telemetry.spec.endpoint import Endpoint, Origin, parse_endpoint
from microshift_telemetry.spec.errors import SpecError


class ProxyError(TelemetryError):
    """A variable of the environment names no proxy; the text starts with the variable."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A forward proxy: a receiver with TLS is reached through a tunnel, another by its URL."""

    url: Endpoint
    authorization: Credential | None = None
    """For the proxy alone: `Proxy-Authorization`."""


@dataclass(frozen=True, slots=True)
class EnvironmentProxies:
    """What `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say; used where a spec names no proxy."""

    https: Proxy | None = None
    http: Proxy | None = None
    no_proxy: tuple[str, ...] = ()
    """Hosts without a proxy, lower case: a name (with its subdomains), `.suffix`, an address, a
    network like `10.0.0.0/8`, each but the last with or without `:port`, or `*` for all."""

    def for_endpoint(self, endpoint: Endpoint) -> Proxy | None:
        """Find the proxy on the way to an endpoint; this device itself needs none.

        Source: the rules of Go's `golang.org/x/net/http/httpproxy`, which everything else on a
        MicroShift device follows.
        """
        proxy = self.https if endpoint.is_encrypted else self.http
        if proxy is None or _is_local(endpoint.origin.host):
            return None
        return None if any(_covers(entry, endpoint.origin) for entry in self.no_proxy) else proxy


def environment_proxies(https: str, http: str, no_proxy: str) -> EnvironmentProxies:
    """Read the three variables; an empty one counts as not set.

    Raises:
        ProxyError: a proxy's URL is none; it is not quoted, since it may hold a password.
    """
    entries = no_proxy.lower().replace(",", " ").split()
    return EnvironmentProxies(
        _proxy("HTTPS_PROXY", https), _proxy("HTTP_PROXY", http), tuple(entries)
    )


def _proxy(variable: str, text: str) -> Proxy | None:
    if not text.strip():
        return None
    try:
        parts = urlsplit(text.strip() if "://" in text else f"http://{text.strip()}")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2])
        url = parse_endpoint(urlunsplit(bare), variable)
    except SpecError as error:
        raise ProxyError(str(error)) from None
    except ValueError:
        raise ProxyError(f"{variable}: not a URL like http://host:port") from None
    if not user:
        return Proxy(url)
    shown = f"{variable}: the user name", f"{variable}: the password"
    try:
        return Proxy(url, basic_authorization(user.encode(), password.encode(), *shown))
    except CredentialsMissingError as error:
        raise ProxyError(str(error)) from None


def _is_local(host: str) -> bool:
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _covers(entry: str, origin: Origin) -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        return _is_in_network(entry, origin.host)
    host, port = _host_and_port(entry)
    if port is not None and port != str(origin.port):
        return False
    address = _address(host)
    if address is not None:
        return address == _address(origin.host)
    suffix = host.removeprefix("*")
    if suffix.startswith("."):
        return origin.host.endswith(suffix)
    return origin.host == suffix or origin.host.endswith(f".{suffix}")


def _is_in_network(entry: str, host: str) -> bool:
    """Tell whether a host is an address in a network; an entry that is no network covers none."""
    address = _address(host)
    try:
        return address is not None and address in ip_network(entry, strict=False)
    except ValueError:
        return False


def _host_and_port(entry: str) -> tuple[str, str | None]:
    """Split `host:port`; an IPv6 address has a port only behind its brackets."""
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        return host, rest.removeprefix(":") or None
    host, colon, port = entry.partition(":")
    return (host, port) if colon and ":" not in port else (entry, None)
