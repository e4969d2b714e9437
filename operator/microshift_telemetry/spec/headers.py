"""Further headers of every report: `spec.headers`."""

import re
from dataclasses import dataclass

from microshift_telemetry.errors import excerpt
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.fields import Fields, refuse_more
from microshift_telemetry.spec.references import KeyReference, parse_key

PROTOCOL_HEADERS = frozenset(
    {
        *("accept", "accept-encoding", "authorization", "connection", "content-encoding"),
        *("content-length", "content-type", "cookie", "expect", "host", "keep-alive"),
        *("proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"),
        *("transfer-encoding", "upgrade", "user-agent", "x-prometheus-remote-write-version"),
    }
)
"""Set by remote write, by HTTP or by `spec.authorization`; the CRD refuses the same."""

MAX_HEADERS = 32

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
"""Source: `token` of RFC 9110, 5.6.2."""
_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Header:
    """One header of every report."""

    name: str
    value: str | KeyReference
    """A value from a Secret is a credential."""


def parse_headers(spec: Fields) -> tuple[Header, ...]:
    """Read `spec.headers`; of two that differ in letter case only, the later one counts.

    Raises:
        SpecError: a name or a value that can't be a header, one that the protocol owns, or too
            many of them.
    """
    headers = spec.objects("headers")
    refuse_more(f"{spec.path}.headers", headers, MAX_HEADERS)
    parsed = [_header(fields) for fields in headers]
    return tuple({header.name.lower(): header for header in parsed}.values())


def _header(fields: Fields) -> Header:
    name = fields.required_text("name")
    if not _NAME.fullmatch(name):
        raise SpecError(f"{fields.path}.name: {excerpt(repr(name))} is not a valid header name")
    if name.lower() in PROTOCOL_HEADERS:
        raise SpecError(f"{fields.path}.name: {name} is set by the protocol")
    if fields.has("valueFrom"):
        reference = fields.object("valueFrom").object("secretKeyRef")
        return Header(name, parse_key(reference))
    value = fields.required_text("value")
    if not _VALUE.fullmatch(value):
        raise SpecError(
            f"{fields.path}.value: not printable ASCII without leading and trailing spaces"
        )
    return Header(name, value)
