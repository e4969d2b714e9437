"""The URLs of a spec, taken apart once: the receiver's, its proxy's, its token server's."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

from microshift_telemetry.spec.errors import SpecError

DEFAULT_ENDPOINT_URL = "https://infogw.api.openshift.com/metrics/v1/receive"

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Who gets the samples: a backlog collected for one origin is never sent to another."""

    scheme: str
    """`http` or `https`, lower case."""
    host: str
    """Lower case; an IPv6 address without brackets."""
    port: int

    def __str__(self) -> str:
        """Write `host:port`, as an admin reads it in a condition."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a request goes.

    Endpoints are equal however their URLs write the scheme and the host, the scheme's own port and
    an empty path; paths and queries are compared as they are written.
    """

    url: str
    """Scheme and host in lower case, the port only where it is not the scheme's own, a path."""
    origin: Origin

    @property
    def is_encrypted(self) -> bool:
        """Tell whether a credential may be sent there at all."""
        return self.origin.scheme == "https"

    @property
    def root(self) -> "Endpoint":
        """The origin itself, without path and query."""
        return Endpoint(f"{self.origin.scheme}://{self.origin}/", self.origin)


def parse_endpoint(url: str, path: str) -> Endpoint:
    """Parse a URL of a spec; `path` names its field in errors.

    Raises:
        SpecError: not http or https, no host, credentials inside, or no URL at all.
    """
    if not url.isprintable() or " " in url:
        raise SpecError(f"{path}: has a space or a control character")
    try:
        parts = urlsplit(url)
        origin = _origin(parts, path)
    except ValueError:
        # Neither text nor cause: both quote what may be a piece of a password.
        raise SpecError(f"{path}: not a URL like https://host:port/path") from None
    return Endpoint(_written(origin, parts), origin)


def _origin(parts: SplitResult, path: str) -> Origin:
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise SpecError(f"{path}: the scheme is not http or https")
    if "@" in parts.netloc:
        raise SpecError(f"{path}: has credentials; name Secrets for them instead")
    if not parts.hostname:
        raise SpecError(f"{path}: has no host")
    if parts.port == 0:
        raise SpecError(f"{path}: nothing listens on port 0")
    return Origin(scheme, parts.hostname.lower(), parts.port or _DEFAULT_PORTS[scheme])


def _written(origin: Origin, parts: SplitResult) -> str:
    authority = str(origin)
    if origin.port == _DEFAULT_PORTS[origin.scheme]:
        authority = authority.removesuffix(f":{origin.port}")
    return urlunsplit((origin.scheme, authority, parts.path or "/", parts.query, ""))


DEFAULT_ENDPOINT = parse_endpoint(DEFAULT_ENDPOINT_URL, "spec.endpoint")
