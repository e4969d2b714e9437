"""An answer as it came over the wire, read as leniently as can be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from microshift_telemetry.foreign_text import decoded

_STATUS_LINE = re.compile(rb"\s*HTTP/\d+(?:\.\d+)?[ \t]+([1-9]\d\d)(?!\d)[^\n]*\n")
_END_OF_HEAD = re.compile(rb"(?:\A|\n)\r?\n")
_CHUNK = re.compile(rb"\s*([0-9a-f]{1,8})[^\n]*\n", re.I)
_CUT_SIZE = re.compile(rb"\s*([0-9a-f]{1,8}[^\n]*)?", re.I)


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
    parts = _taken_apart(raw)
    if parts is None:
        return None
    status_code, head, body = parts
    if body is None and status_code < 300 and status_code != 204:
        return None
    headers = _headers(head)
    text = (body or b"") if not _is_chunked(headers) else _unchunked(body or b"")[0]
    return Response.of(status_code, headers, text, limit)


def is_whole(raw: bytes) -> bool:
    """Tell whether no more of an answer is sure to come; so where it can't be told."""
    parts = _taken_apart(raw)
    if parts is None:
        return True
    status_code, head, body = parts
    if body is None or status_code in {204, 304}:
        return body is not None
    headers = _headers(head)
    if _is_chunked(headers):
        return not _unchunked(body)[1]
    length = headers.get("content-length", "")
    return not (length.isascii() and length.isdigit() and len(body) < int(length[:18]))


def _taken_apart(raw: bytes) -> tuple[int, bytes, bytes | None] | None:
    """Give the status code, the head behind its line, and the body; None while the head is cut."""
    while (status_line := _STATUS_LINE.match(raw)) is not None:
        status_code, rest = int(status_line[1]), raw[status_line.end() :]
        end = _END_OF_HEAD.search(rest)
        if end is None:
            return status_code, rest, None
        head, raw = rest[: end.start()], rest[end.end() :]
        if status_code >= 200 or status_code == 101:
            return status_code, head, raw
    return None


def _headers(head: bytes) -> dict[str, str]:
    """Read the lines that are fields; names in lower case."""
    fields = (line.partition(":") for line in head.decode("utf-8", errors="replace").split("\n"))
    return {name.strip().lower(): value.strip() for name, colon, value in fields if colon}


def _is_chunked(headers: Mapping[str, str]) -> bool:
    return "chunked" in headers.get("transfer-encoding", "").lower()


def _unchunked(body: bytes) -> tuple[bytes, bool]:
    """Give the text in chunks, the body itself where it has none, and whether more are to come."""
    text = b""
    while (size := _CHUNK.match(body)) is not None:
        if (count := int(size[1], 16)) == 0:
            return text, False
        text += body[size.end() : size.end() + count]
        body = body[size.end() + count :]
    is_cut = _CUT_SIZE.fullmatch(body) is not None
    return text or (b"" if is_cut else body), is_cut
