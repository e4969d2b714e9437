"""Frames: pieces of a journal that can be told from damage, and found again behind it."""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MARKER = b"\x1e\xc5mj"
"""Begins each frame; not text, so that a label is no false start."""

MAX_PAYLOAD_BYTES = 1 << 20
"""More than any append has; what claims to be longer is damage, and nothing is allocated for it."""

_HEAD = struct.Struct("<4sBII")
"""Marker, kind, payload's length, CRC-32 of the two and the payload."""

_CHUNK_BYTES = 64 << 10

Read = Callable[[int], bytes]
"""Gives at most so many further bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One piece that is whole."""

    kind: int
    payload: bytes
    end: int
    """Where the next piece begins, counted from the first byte."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes between frames, or after the last one, that are no frame."""

    size_bytes: int


def frame(kind: int, payload: bytes) -> bytes:
    """Wrap a payload.

    Raises:
        ValueError: it is longer than `MAX_PAYLOAD_BYTES`, so that nobody could read it.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a frame of {len(payload)} bytes, at most {MAX_PAYLOAD_BYTES}")
    return _HEAD.pack(MARKER, kind, len(payload), _checksum(kind, payload)) + payload


def scan(read: Read) -> Iterator[Frame | Gap]:
    """Find every whole frame, in order, whatever lies between; never two gaps in a row."""
    window = _Window(read)
    gap_bytes = 0
    while head := window.peek(_HEAD.size):
        found = _whole(window, head)
        if found is None:
            gap_bytes += window.skip_to_marker()
            continue
        if gap_bytes:
            yield Gap(gap_bytes)
            gap_bytes = 0
        yield found
    if gap_bytes:
        yield Gap(gap_bytes)


class _Window:
    """The part of a stream that is being looked at."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._held = b""
        self._at = 0
        self._passed = 0

    def peek(self, size: int) -> bytes:
        """Show the next bytes; fewer at the end."""
        while len(self._held) - self._at < size:
            chunk = self._read(max(size, _CHUNK_BYTES))
            if not chunk:
                break
            self._held = self._held[self._at :] + chunk
            self._at = 0
        return self._held[self._at : self._at + size]

    def skip(self, size: int) -> int:
        """Leave bytes behind that were shown; tell where that leads."""
        self._at += size
        self._passed += size
        return self._passed

    def skip_to_marker(self) -> int:
        """Leave at least one byte behind, up to where a marker may begin; tell how many."""
        self.peek(_CHUNK_BYTES)
        found = self._held.find(MARKER, self._at + 1)
        if found < 0:
            found = max(self._at + 1, len(self._held) - len(MARKER) + 1)
        skipped = found - self._at
        self.skip(skipped)
        return skipped


def _whole(window: _Window, head: bytes) -> Frame | None:
    if len(head) < _HEAD.size:
        return None
    marker, kind, size, checksum = _HEAD.unpack(head)
    if marker != MARKER or size > MAX_PAYLOAD_BYTES:
        return None
    payload = window.peek(_HEAD.size + size)[_HEAD.size :]
    if len(payload) < size or _checksum(kind, payload) != checksum:
        return None
    return Frame(kind, payload, window.skip(_HEAD.size + size))


def _checksum(kind: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(struct.pack("<BI", kind, len(payload))))
