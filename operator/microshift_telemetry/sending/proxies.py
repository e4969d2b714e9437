"""The proxy on the way to a receiver: the spec's, or what the process' environment says."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.sending.credentials import (
    Credential,
    CredentialsMissingError,
    basic_authorization,
)
from microshift_telemetry.sending.no_proxy import Exemption, is_this_device, parse_no_proxy
from microshift_telemetry.spec.endpoint import Endpoint, parse_endpoint
from microshift_telemetry.spec.errors import SpecError

CREDENTIALS_ADVICE = (
    "correct spec.proxyBasicAuth, or the user name and password in the operator's HTTPS_PROXY"
)
"""What to do about a proxy that answers 407."""


class ProxyError(TelemetryError):
    """A variable of the environment names no proxy; the text starts with the variable."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A forward proxy: a receiver with TLS is reached through a tunnel, another by its URL."""

    url: Endpoint
    authorization: Credential | None = None
    """For the proxy alone: `Proxy-Authorization`."""
    field: str = "spec.proxyUrl"
    """What names it: this field, or a variable of the environment."""


@dataclass(frozen=True, slots=True)
class EnvironmentProxies:
    """What `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say; used where a spec names no proxy."""

    https: Proxy | None = None
    http: Proxy | None = None
    exemptions: tuple[Exemption, ...] = ()

    def for_endpoint(self, endpoint: Endpoint) -> Proxy | None:
        """Find the proxy on the way to an endpoint; this device itself needs none."""
        proxy, origin = self.https if endpoint.is_encrypted else self.http, endpoint.origin
        is_exempt = any(exemption.covers(origin) for exemption in self.exemptions)
        return None if is_exempt or is_this_device(origin.host) else proxy


def environment_proxies(https: str, http: str, no_proxy: str) -> EnvironmentProxies:
    """Read the three variables; an empty one counts as not set.

    Raises:
        ProxyError: a proxy's URL is none; it is not quoted, since it may hold a password.
    """
    exemptions = parse_no_proxy(no_proxy)
    return EnvironmentProxies(_proxy("HTTPS_PROXY", https), _proxy("HTTP_PROXY", http), exemptions)


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
        raise ProxyError(f"{variable}: not a URL such as http://host:port") from None
    if not user:
        return Proxy(url, field=variable)
    shown = f"{variable}: the user name", f"{variable}: the password"
    try:
        credential = basic_authorization(user.encode(), password.encode(), *shown)
    except CredentialsMissingError as error:
        raise ProxyError(str(error)) from None
    return Proxy(url, credential, variable)
