"""Numbers, texts and instants ⇄ bytes: what the journal's records are written with."""

import math
import struct
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import TypeVar

T = TypeVar("T")

_REAL = struct.Struct("<d")
_MAX_BITS = 63
"""Of any whole number."""
_MAX_TIME_MS = 253_402_300_799_999
"""The last instant that a datetime can tell."""


class UnreadableError(ValueError):
    """Bytes that no version of the journal has written."""


class Packer:
    """Writes values one after the other."""

    def __init__(self) -> None:
        """Start empty."""
        self.data = bytearray()

    def number(self, value: int) -> None:
        """Write a whole number that is not negative; small ones take one byte."""
        while value > 0x7F:
            self.data.append(value & 0x7F | 0x80)
            value >>= 7
        self.data.append(value)

    def real(self, value: float) -> None:
        """Write a finite number to its last bit."""
        self.data += _REAL.pack(value)

    def blob(self, value: bytes) -> None:
        """Write bytes."""
        self.number(len(value))
        self.data += value

    def text(self, value: str) -> None:
        """Write a text; JSON allows lone surrogates, so they are let through."""
        self.blob(value.encode("utf-8", errors="surrogatepass"))

    def times(self, times_ms: Sequence[int]) -> None:
        """Write instants in ms, each as its distance to the one before."""
        self.number(len(times_ms))
        for before, time_ms in pairwise((0, *times_ms)):
            distance = time_ms - before
            self.number(distance << 1 if distance >= 0 else ~(distance << 1))

    def each(self, values: Sequence[T], write: Callable[[T], None]) -> None:
        """Write how many there are, then each of them."""
        self.number(len(values))
        for value in values:
            write(value)

    def optional(self, value: T | None, write: Callable[[T], None]) -> None:
        """Write a value that may be missing."""
        self.each(() if value is None else (value,), write)


class Unpacker:
    """Reads back what a `Packer` wrote, in the same order; each read may raise UnreadableError."""

    def __init__(self, data: bytes) -> None:
        """Start at the first byte."""
        self._data = data
        self._at = 0

    @property
    def is_at_end(self) -> bool:
        """Tell whether everything was read."""
        return self._at == len(self._data)

    def number(self) -> int:
        """Read a whole number that is not negative."""
        value = 0
        for at, shift in enumerate(range(0, _MAX_BITS, 7), self._at):
            if at == len(self._data):
                raise UnreadableError("ends within a value")
            byte = self._data[at]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                self._at = at + 1
                return value
        raise UnreadableError("an unterminated number")

    def time(self) -> int:
        """Read an instant in ms that was written as a number."""
        return _possible(self.number())

    def real(self) -> float:
        """Read a finite number."""
        value: float
        (value,) = _REAL.unpack(self._take(_REAL.size))
        if not math.isfinite(value):
            raise UnreadableError("a number that is not finite")
        return value

    def blob(self) -> bytes:
        """Read bytes."""
        return self._take(self.number())

    def text(self) -> str:
        """Read a text."""
        try:
            return self.blob().decode("utf-8", errors="surrogatepass")
        except UnicodeDecodeError as error:
            raise UnreadableError("an invalid string") from error

    def times(self) -> tuple[int, ...]:
        """Read instants."""
        distances = (self.number() for _ in range(self._count()))
        signed = (~(number >> 1) if number & 1 else number >> 1 for number in distances)
        return tuple(map(_possible, accumulate(signed)))

    def each(self, read: Callable[[], T]) -> tuple[T, ...]:
        """Read as many values as there are."""
        return tuple([read() for _ in range(self._count())])

    def optional(self, read: Callable[[], T]) -> T | None:
        """Read a value that may be missing."""
        return next(iter(self.each(read)), None)

    def _count(self) -> int:
        """Read a count; each of what is counted takes at least a byte."""
        count = self.number()
        if count > len(self._data) - self._at:
            raise UnreadableError("fewer values than announced")
        return count

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise UnreadableError("ends within a value")
        self._at += size
        return taken


def _possible(time_ms: int) -> int:
    if not 0 <= time_ms <= _MAX_TIME_MS:
        raise UnreadableError("a time out of range")
    return time_ms
