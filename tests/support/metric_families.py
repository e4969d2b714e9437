"""Reads varint-delimited `io.prometheus.client.MetricFamily` messages by their description alone.

Sources: protobuf.dev "Encoding"; prometheus/client_model `io/prometheus/client/metrics.proto`.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.decoder import DecodeError
from tests.support.framed_snappy import decompress_stream

COUNTER, GAUGE, SUMMARY, UNTYPED, HISTOGRAM = range(5)
_VALUE_FIELDS = {COUNTER: 3, GAUGE: 2, UNTYPED: 5}
"""The field of a metric that has the value, by the family's type."""


@dataclass(frozen=True, slots=True)
class DecodedMetric:
    """One sample of a family."""

    labels: tuple[tuple[str, str], ...]
    """In the order of the wire."""
    value: float | None
    """None: not in the field that the family's type names."""
    time_ms: int | None


@dataclass(frozen=True, slots=True)
class DecodedFamily:
    """All samples of one metric."""

    name: str
    type: int
    metrics: tuple[DecodedMetric, ...]


def decode_upload(body: bytes) -> tuple[DecodedFamily, ...]:
    """Decode the body of an upload.

    Raises:
        DecodeError: it is malformed.
    """
    return decode_families(decompress_stream(body))


def decode_families(data: bytes) -> tuple[DecodedFamily, ...]:
    """Decode families, each behind its length.

    Raises:
        DecodeError: a message is malformed.
    """
    return tuple(_families(data))


def _families(data: bytes) -> Iterator[DecodedFamily]:
    at = 0
    while at < len(data):
        length, at = _varint(data, at)
        if at + length > len(data):
            raise DecodeError("a family that is cut short")
        yield _family(data[at : at + length])
        at += length


def _family(data: bytes) -> DecodedFamily:
    fields = _fields(data)
    [name] = fields.get(1, [b""])
    [kind] = fields.get(3, [COUNTER])
    return DecodedFamily(
        _text(name), kind, tuple(_metric(each, kind) for each in fields.get(4, []))
    )


def _metric(data: bytes, kind: int) -> DecodedMetric:
    fields = _fields(data)
    [time_ms] = fields.get(6, [None])
    value = None
    for each in fields.get(_VALUE_FIELDS.get(kind, -1), []):
        [value] = _fields(each).get(1, [None])
    return DecodedMetric(
        tuple(_label(each) for each in fields.get(1, [])),
        value,
        None if time_ms is None else time_ms - (1 << 64 if time_ms >> 63 else 0),
    )


def _label(data: bytes) -> tuple[str, str]:
    fields = _fields(data)
    [name], [value] = fields.get(1, [b""]), fields.get(2, [b""])
    return _text(name), _text(value)


def _fields(data: bytes) -> Mapping[int, list[Any]]:
    """Give the values of each field: a number, a double, or the bytes of what has a length."""
    found: dict[int, list[Any]] = {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value: Any
        match key & 7:
            case 0:
                value, at = _varint(data, at)
            case 1:
                (value,) = struct.unpack("<d", _taken(data, at, 8))
                at += 8
            case 2:
                length, at = _varint(data, at)
                value = _taken(data, at, length)
                at += length
            case wire:
                raise DecodeError(f"a field of wire type {wire}")
        found.setdefault(key >> 3, []).append(value)
    return found


def _taken(data: bytes, at: int, length: int) -> bytes:
    taken = data[at : at + length]
    if len(taken) != length:
        raise DecodeError("a field that is cut short")
    return taken


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(10):
        byte = _taken(data, at + place, 1)[0]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise DecodeError("a varint of more than 10 bytes")


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise DecodeError("a text that is not UTF-8") from error
