"""Reads snappy's framed format by its description alone, checksums and all.

Sources: google/snappy `framing_format.txt`; RFC 3720, B.4, for CRC-32C.
"""

from collections.abc import Iterator

from tests.support.decoder import DecodeError, decompress_block

STREAM_IDENTIFIER = b"\xff\x06\x00\x00sNaPpY"
MAX_CHUNK_BYTES = 65_536
"""Of a chunk, before compression."""

_COMPRESSED, _UNCOMPRESSED, _PADDING = 0x00, 0x01, 0xFE
_POLYNOMIAL = 0x82F63B78


def decompress_stream(stream: bytes) -> bytes:
    """Undo the framed format.

    Raises:
        DecodeError: it does not begin with the stream identifier, a chunk is cut short, too long
            or of a kind that a reader must not skip, or a checksum is wrong.
    """
    if not stream.startswith(STREAM_IDENTIFIER):
        raise DecodeError("no stream identifier")
    return b"".join(_chunks(stream))


def _chunks(stream: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(stream):
        kind, length = stream[at], int.from_bytes(stream[at + 1 : at + 4], "little")
        data, at = stream[at + 4 : at + 4 + length], at + 4 + length
        if at > len(stream):
            raise DecodeError("a chunk that is cut short")
        if kind in {_COMPRESSED, _UNCOMPRESSED}:
            yield _checked(data, is_compressed=kind == _COMPRESSED)
        elif kind == STREAM_IDENTIFIER[0]:
            if data != STREAM_IDENTIFIER[4:]:
                raise DecodeError("a stream identifier that is none")
        elif kind < 0x80:
            raise DecodeError(f"a chunk of kind {kind}, which nobody may skip")


def _checked(data: bytes, *, is_compressed: bool) -> bytes:
    if len(data) < 4:
        raise DecodeError("a chunk without a checksum")
    told = int.from_bytes(data[:4], "little")
    text = decompress_block(data[4:]) if is_compressed else data[4:]
    if len(text) > MAX_CHUNK_BYTES:
        raise DecodeError(f"a chunk of {len(text)} bytes")
    if masked_crc32c(text) != told:
        raise DecodeError("a wrong checksum")
    return text


def masked_crc32c(data: bytes) -> int:
    """Give the checksum as the format has it: rotated by 15 bits, plus a constant."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def crc32c(data: bytes) -> int:
    """Give the cyclic redundancy check of Castagnoli's polynomial."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = [_entry(byte) for byte in range(256)]
