"""The proxy on the way to the receiver: `spec.proxyUrl` and `spec.proxyBasicAuth`."""

from dataclasses import dataclass

from microshift_telemetry.spec.endpoint import Endpoint, parse_endpoint
from microshift_telemetry.spec.fields import Fields
from microshift_telemetry.spec.references import UserReference, parse_user


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """The proxy that the spec names; the environment's don't count beside it."""

    url: Endpoint
    user: UserReference | None = None


def parse_proxy(spec: Fields) -> ProxyConfig | None:
    """Read the proxy; None when the spec names none: then `proxyBasicAuth` says nothing either.

    Raises:
        SpecError: the URL is none, or a reference is incomplete.
    """
    url = spec.text("proxyUrl")
    if url is None:
        return None
    user = parse_user(spec.object("proxyBasicAuth")) if spec.has("proxyBasicAuth") else None
    return ProxyConfig(parse_endpoint(url, f"{spec.path}.proxyUrl"), user)
