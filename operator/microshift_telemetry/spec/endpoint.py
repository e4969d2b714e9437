"""The URLs of a spec, taken apart once: the receiver's, its proxy's, its token server's."""

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit, urlunsplit

from microshift_telemetry.spec.errors import SpecError

TELEMETER_URL = "https://infogw.api.openshift.com"
"""Red Hat's telemeter."""
TELEMETER_WRITE_PATH = "/metrics/v1/receive"
"""Where a telemeter server takes remote write."""
DEFAULT_ENDPOINT_URL = TELEMETER_URL + TELEMETER_WRITE_PATH

_DEFAULT_PORTS = {"http": 80, "https": 443}

_HOST = re.compile(r"[\w.~!$&'()*+,;=%:-]+", re.ASCII)
"""Source: RFC 3986, 3.2.2."""


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
    written: str = field(compare=False, repr=False)
    """As the admin has it, but for a fragment, which is never sent."""

    @property
    def is_encrypted(self) -> bool:
        """Tell whether a credential may be sent there at all."""
        return self.origin.scheme == "https"

    @property
    def shown(self) -> str:
        """Write it for a person: its query is hidden, since some receivers take a token there."""
        url, question_mark, _ = self.written.partition("?")
        return f"{url}?(hidden)" if question_mark else url

    def below(self, path: str) -> "Endpoint":
        """Give the endpoint of a path below this one, which has no query; itself for no path."""
        if not path:
            return self
        return Endpoint(self.url.rstrip("/") + path, self.origin, self.written.rstrip("/") + path)

    @property
    def root(self) -> "Endpoint":
        """The origin itself, without path and query."""
        url = f"{self.origin.scheme}://{self.origin}/"
        return Endpoint(url, self.origin, url)


def parse_endpoint(url: str, path: str) -> Endpoint:
    """Parse a URL of a spec; `path` names its field in errors.

    Raises:
        SpecError: not http or https, no host, credentials inside, or no URL at all.

    Source: RFC 3986, 2, for the characters; what a path has of others is written by percent signs,
    and a host by its name in ASCII (RFC 5891), by who knows which encoding the server means.
    """
    if not url.isascii() or not url.isprintable() or " " in url:
        raise SpecError(f"{path}: contains a space, a control character or a non-ASCII character")
    try:
        parts = urlsplit(url)
        origin = _origin(parts, path)
    except ValueError:
        # Neither text nor cause: both quote what may be a piece of a password.
        raise SpecError(f"{path}: not a URL such as https://host:port/path") from None
    return Endpoint(_normalized(origin, parts), origin, url.partition("#")[0])


def _origin(parts: SplitResult, path: str) -> Origin:
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise SpecError(f"{path}: the scheme is not http or https")
    if "@" in parts.netloc:
        raise SpecError(f"{path}: contains credentials; reference a Secret instead")
    if not parts.hostname:
        raise SpecError(f"{path}: has no host")
    if not _HOST.fullmatch(parts.hostname):
        raise SpecError(f"{path}: the host contains an invalid character")
    if parts.port == 0:
        raise SpecError(f"{path}: port 0 is not allowed")
    return Origin(scheme, parts.hostname.lower(), parts.port or _DEFAULT_PORTS[scheme])


def _normalized(origin: Origin, parts: SplitResult) -> str:
    authority = str(origin)
    if origin.port == _DEFAULT_PORTS[origin.scheme]:
        authority = authority.removesuffix(f":{origin.port}")
    return urlunsplit((origin.scheme, authority, parts.path or "/", parts.query, ""))


DEFAULT_ENDPOINT = parse_endpoint(DEFAULT_ENDPOINT_URL, "spec.endpoint")
