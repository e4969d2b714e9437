"""A server's certificate, read from its DER, since `ssl` shows none that it does not accept."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

from microshift_telemetry.errors import TelemetryError, excerpt

_UTC_TIME = 0x17
_VERSION, _EXTENSIONS, _DNS_NAME, _ADDRESS = 0xA0, 0xA3, 0x82, 0x87
_NAMES = bytes.fromhex("551d11")
_COMMON_NAME, _ORGANIZATION, _UNIT = (
    bytes.fromhex(each) for each in ("550403", "55040a", "55040b")
)
_SHOWN = (_COMMON_NAME, _ORGANIZATION, _UNIT)
"""Of a name, the part that tells most comes first."""


class CertificateError(TelemetryError):
    """What a server shows is no certificate that can be read."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What an admin may want to know of one."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    """DNS names and addresses for which it is good."""
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class _Value:
    tag: int
    body: bytes


def parse_certificate(der: bytes) -> Certificate:
    """Read a certificate; nothing in it is verified.

    Raises:
        CertificateError: it is none.

    Source: RFC 5280, 4.1 and 4.2.1.6; ITU-T X.690, 8.1 and 10.1.
    """
    try:
        [certificate] = _values(der)
        signed = next(_values(certificate.body))
        fields = [each for each in _values(signed.body) if each.tag != _VERSION]
        _, _, issuer, validity, subject, _, *more = fields
        not_before, not_after = (_time(each) for each in _values(validity.body))
        return Certificate(
            subject=_name(subject),
            issuer=_name(issuer),
            names=tuple(_alternative_names(more)),
            not_before=not_before,
            not_after=not_after,
        )
    except (ValueError, StopIteration, IndexError, OverflowError):
        raise CertificateError("an unreadable certificate") from None


def _values(data: bytes) -> Iterator[_Value]:
    """Take apart what stands side by side."""
    while data:
        tag, size, start = data[0], data[1], 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(data[2:start])
        if len(data) < start + size:
            raise ValueError("cut short")
        yield _Value(tag, data[start : start + size])
        data = data[start + size :]


def _name(name: _Value) -> str:
    """Give the common name, or else what comes nearest to it."""
    parts: dict[bytes, str] = {}
    for relative in _values(name.body):
        for pair in _values(relative.body):
            kind, value = _values(pair.body)
            parts.setdefault(kind.body, value.body.decode("utf-8", errors="replace"))
    return next((excerpt(parts[kind]) for kind in _SHOWN if kind in parts), "nobody")


def _time(value: _Value) -> datetime:
    text = value.body.decode("ascii")
    if value.tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _alternative_names(fields: list[_Value]) -> Iterator[str]:
    for extensions in (each for each in fields if each.tag == _EXTENSIONS):
        [listed] = _values(extensions.body)
        for extension in _values(listed.body):
            kind, *_, content = _values(extension.body)
            if kind.body == _NAMES:
                [names] = _values(content.body)
                yield from filter(None, map(_alternative_name, _values(names.body)))


def _alternative_name(name: _Value) -> str:
    if name.tag == _ADDRESS:
        return str(ip_address(name.body))
    return excerpt(name.body.decode("utf-8", errors="replace")) if name.tag == _DNS_NAME else ""
