"""Reads a remote-write 1.0 body by the specifications alone; shares no code with the encoder.

Sources: google/snappy `format_description.txt`, protobuf.dev "Encoding", and the message in
prometheus.io/docs/specs/prw/remote_write_spec.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

MAX_VARINT_BYTES = 10


class DecodeError(ValueError):
    """The body is not what the specification allows, or holds more than series and samples."""


@dataclass(frozen=True, slots=True)
class DecodedSeries:
    """One series as it stood in the body."""

    labels: tuple[tuple[str, str], ...]
    """(name, value), in the order of the wire."""
    samples: tuple[tuple[int, float], ...]
    """(time in ms, value), in the order of the wire."""


def decode_request(body: bytes) -> tuple[DecodedSeries, ...]:
    """Decode the body of one POST.

    Raises:
        DecodeError: it is malformed, or has a field other than series, labels and samples.
    """
    request = _read_message(decompress_block(body), {1: (_Wire.BYTES, _decode_series)})
    return tuple(request.get(1, ()))


def decompress_block(block: bytes) -> bytes:
    """Undo snappy's block format.

    Raises:
        DecodeError: an element is cut short, copies from before the start, or the length is wrong.
    """
    reader = _Reader(block)
    length = reader.varint()
    output = bytearray()
    while not reader.at_end and len(output) <= length:
        tag = reader.byte()
        if tag & 3 == 0:
            output += reader.take(_literal_length(reader, tag))
        else:
            _copy(output, *_copy_element(reader, tag))
    if len(output) != length:
        raise DecodeError(f"{len(output)} bytes came out of a block that says {length}")
    return bytes(output)


class _Wire(IntEnum):
    """The wire types of protobuf that the message uses."""

    VARINT = 0
    FIXED64 = 1
    BYTES = 2


_Fields = Mapping[int, tuple[_Wire, Callable[[Any], Any]]]
"""Field number → its wire type and what makes a value of it."""


class _Reader:
    """A cursor over bytes that refuses to read past the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def at_end(self) -> bool:
        return self._position == len(self._data)

    def take(self, count: int) -> bytes:
        taken = self._data[self._position : self._position + count]
        if len(taken) != count:
            raise DecodeError(f"{count} bytes wanted, {len(taken)} left")
        self._position += count
        return taken

    def byte(self) -> int:
        return self.take(1)[0]

    def little_endian(self, count: int) -> int:
        return int.from_bytes(self.take(count), "little")

    def varint(self) -> int:
        value = 0
        for place in range(MAX_VARINT_BYTES):
            byte = self.byte()
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value
        raise DecodeError(f"a varint of more than {MAX_VARINT_BYTES} bytes")


def _literal_length(reader: _Reader, tag: int) -> int:
    short = tag >> 2
    return 1 + (short if short < 60 else reader.little_endian(short - 59))


def _copy_element(reader: _Reader, tag: int) -> tuple[int, int]:
    """Give offset and length."""
    if tag & 3 == 1:
        return (tag >> 5) << 8 | reader.byte(), 4 + (tag >> 2 & 7)
    return reader.little_endian(2 if tag & 3 == 2 else 4), 1 + (tag >> 2)


def _copy(output: bytearray, offset: int, length: int) -> None:
    if not 0 < offset <= len(output):
        raise DecodeError(f"a copy from {offset} bytes back, with {len(output)} bytes so far")
    for _ in range(length):
        output.append(output[-offset])


def _read_message(data: bytes, fields: _Fields) -> dict[int, list[Any]]:
    values: dict[int, list[Any]] = {}
    for number, wire, raw in _wire_fields(data):
        if number not in fields:
            raise DecodeError(f"unknown field {number}")
        expected, convert = fields[number]
        if wire != expected:
            raise DecodeError(f"field {number} has wire type {wire}, not {expected}")
        values.setdefault(number, []).append(convert(raw))
    return values


def _wire_fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    reader = _Reader(data)
    while not reader.at_end:
        key = reader.varint()
        number, wire = key >> 3, key & 7
        match wire:
            case _Wire.VARINT:
                yield number, wire, reader.varint()
            case _Wire.FIXED64:
                yield number, wire, reader.take(8)
            case _Wire.BYTES:
                yield number, wire, reader.take(reader.varint())
            case _:
                raise DecodeError(f"field {number} has the wire type {wire}")


def _decode_series(data: bytes) -> DecodedSeries:
    fields = _read_message(
        data, {1: (_Wire.BYTES, _decode_label), 2: (_Wire.BYTES, _decode_sample)}
    )
    return DecodedSeries(tuple(fields.get(1, ())), tuple(fields.get(2, ())))


def _decode_label(data: bytes) -> tuple[str, str]:
    fields = _read_message(data, {1: (_Wire.BYTES, _decode_text), 2: (_Wire.BYTES, _decode_text)})
    return _only(fields, 1, ""), _only(fields, 2, "")


def _decode_sample(data: bytes) -> tuple[int, float]:
    fields = _read_message(
        data, {1: (_Wire.FIXED64, _decode_double), 2: (_Wire.VARINT, _decode_int64)}
    )
    return _only(fields, 2, 0), _only(fields, 1, 0.0)


def _only(fields: Mapping[int, list[Any]], number: int, default: Any) -> Any:
    """A field that proto3 leaves out when it has its default, and that stands at most once."""
    values = fields.get(number, [default])
    if len(values) > 1:
        raise DecodeError(f"field {number} stands {len(values)} times")
    return values[0]


def _decode_text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError("a label that is not UTF-8") from error


def _decode_double(data: bytes) -> float:
    (value,) = struct.unpack("<d", data)
    return float(value)


def _decode_int64(value: int) -> int:
    if value >= 1 << 64:
        raise DecodeError("a varint of more than 64 bits")
    return value - (1 << 64) if value >= 1 << 63 else value
