"""An answer as it came over the wire, read as leniently as can be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from microshift_telemetry.foreign_text import decoded

_STATUS_LINE = re.compile(rb"\s*HTTP/\d+(?:\.\d+)?[ \t]+([1-9]\d\d)(?!\d)[^\n]*\n")
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_INK = re.compile(rb"\S")
_SIZE = re.compile(rb"[0-9a-f]{1,8}", re.I)
_END_OF_LINE = re.compile(rb"\n")


@dataclass(frozen=True, slots=True)
class Response:
    """An answer."""

    status_code: int
    headers: Mapping[str, str]
    """Names in lower case."""
    beginning: bytes
    """Of the body, decoded: what was asked for, or less where it ends or breaks off before."""

    @classmethod
    def of(cls, status_code: int, headers: Mapping[str, str], body: bytes, limit: int) -> Self:
        """Read a body by its headers, and give at most `limit` bytes of it."""
        named = {name.lower(): value for name, value in headers.items()}
        text = decoded(body, named.get("content-encoding", ""), limit)
        return cls(status_code, named, text)


def parse_raw(raw: bytes, limit: int) -> Response | None:
    """Read an answer whose status line is whole, whatever may be wrong behind it.

    Args:
        raw: what has come since the request, from its first byte on; interim answers count not.
        limit: so many bytes of the body at most.

    Returns:
        None without a status line, and for a 2xx that may have a body while its head is cut: only
        what stands there tells a receiver from a web page.

    Source: RFC 9112, 8: of a cut head nothing may be assumed that its fields might have changed.
    """
    outline = Outline(raw)
    status_code, body = outline.status_code, outline.body
    if status_code is None or (body is None and status_code < 300 and status_code != 204):
        return None
    return Response.of(status_code, outline.headers, body or b"", limit)


class Outline:
    """Where the parts of an answer begin that comes in pieces; no byte is searched twice."""

    def __init__(self, raw: bytes | bytearray) -> None:
        """Look at what has come; `raw` may grow, and is looked at again by `is_whole`."""
        self._raw = raw
        self._at = self._searched = 0
        self._has_head = False
        self._headers: Mapping[str, str] = {}
        self._chunks: _Chunks | None = None
        self.status_code: int | None = None
        """None before its line is whole."""
        self._read_on()

    @property
    def headers(self) -> Mapping[str, str]:
        """Give the fields, as far as they have come; names in lower case."""
        return self._headers if self._has_head else _headers(self._raw[self._at :])

    @property
    def body(self) -> bytes | None:
        """Give what has come of it, out of its chunks; None while the head is cut."""
        if not self._has_head:
            return None
        return bytes(self._raw[self._at :]) if self._chunks is None else self._chunks.text

    def is_whole(self) -> bool:
        """Tell whether no more of the answer is sure to come; so where it can't be told."""
        self._read_on()
        if not self._has_head:
            return self.status_code is None
        if self.status_code in {204, 304}:
            return True
        if self._chunks is not None:
            return not self._chunks.is_cut
        length = self._headers.get("content-length", "")
        is_told = length.isascii() and length.isdigit()
        return not is_told or len(self._raw) - self._at >= int(length[:18])

    def _read_on(self) -> None:
        while not self._has_head:
            if self.status_code is None and not self._read_status_line():
                return
            if not self._read_head():
                return
        if self._chunks is not None:
            self._chunks.read_on()

    def _read_status_line(self) -> bool:
        line = _STATUS_LINE.match(self._raw, self._at)
        if line is None:
            return False
        self.status_code, self._at = int(line[1]), line.end()
        self._searched = self._at - 1  # where the line ends, a head without fields does
        return True

    def _read_head(self) -> bool:
        end = _END_OF_HEAD.search(self._raw, self._searched)
        if end is None:
            self._searched = max(self._searched, len(self._raw) - 2)
            return False
        head, self._at = self._raw[self._at : end.start()], end.end()
        if self.status_code == 101 or (self.status_code or 0) >= 200:
            self._headers, self._has_head = _headers(head), True
            if "chunked" in self._headers.get("transfer-encoding", "").lower():
                self._chunks = _Chunks(self._raw, self._at)
        else:  # an interim answer
            self.status_code = None
        return True


class _Chunks:
    """A body in chunks that comes in pieces."""

    def __init__(self, raw: bytes | bytearray, at: int) -> None:
        self._raw = raw
        self._at = self._searched = at
        self._rest_at: int | None = at
        """Of what is behind the last chunk; None where it was the body's last one."""
        self._spans: list[slice] = []
        self.is_cut = True
        """More are to come."""

    @property
    def text(self) -> bytes:
        """Give what stands in the chunks; the body itself where it has none."""
        text = b"".join(self._raw[span] for span in self._spans)
        if text or self.is_cut or self._rest_at is None:
            return text
        return bytes(self._raw[self._rest_at :])

    def read_on(self) -> None:
        """Find the chunks that have come since."""
        while self.is_cut and (line := self._size_line()) is not None:
            count, begin = line
            self._spans.append(slice(begin, begin + count))
            self._at = self._searched = begin + count
            self.is_cut = count > 0
            self._rest_at = self._at if self.is_cut else None

    def _size_line(self) -> tuple[int, int] | None:
        """Give how large the next chunk is, and where it begins; None where it is not told yet."""
        if self._at >= len(self._raw):
            return None
        begin = _INK.search(self._raw, self._at)
        self._at = len(self._raw) if begin is None else begin.start()
        if begin is None:
            return None
        size = _SIZE.match(self._raw, self._at)
        if size is None:
            self.is_cut = False
            return None
        self._searched = max(self._searched, self._at)
        end = _END_OF_LINE.search(self._raw, self._searched)
        if end is None:
            self._searched = len(self._raw)
            return None
        return int(size[0], 16), end.end()


def _headers(head: bytes | bytearray) -> dict[str, str]:
    """Read the lines that are fields; names in lower case."""
    fields = (line.partition(":") for line in head.decode("utf-8", errors="replace").split("\n"))
    return {name.strip().lower(): value.strip() for name, colon, value in fields if colon}
