"""An answer that comes in pieces is read as one that comes at once, at a cost of its size."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.sending import raw_answer
from microshift_telemetry.sending.raw_answer import Outline, parse_raw

OLD = b"HTTP/1.1 400 Bad Request\r\n"
CHUNKED = OLD + b"Transfer-Encoding: chunked\r\n\r\n"
BYTES = 20_000
WORDS = [
    *(OLD, b"HTTP/1.1 204 No Content\r\n", b"HTTP/1.1 100 Continue\r\n", b"HTTP/1.0 200 OK\n"),
    *(b"\r\n", b"\n", b"\r", b" ", b"X: a\r\n", b"no colon\n", b"Content-Length: 5\r\n"),
    *(b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\n", b"0\r\n", b"a;x=y\r\n", b"out", b"zz", b"F"),
]


def is_whole(raw: bytes) -> bool:
    return Outline(raw).is_whole()


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(b"".join), st.integers(1, 9))
def test_what_comes_in_pieces_is_read_as_what_comes_at_once(words: bytes, size: int) -> None:
    raw, heard = OLD + words, bytearray()
    outline = Outline(heard)
    for at in range(0, len(raw), size):
        heard += raw[at : at + size]
        assert outline.is_whole() == is_whole(bytes(heard))
        if outline.is_whole() and outline.status_code is not None:
            break
    response = parse_raw(bytes(heard), 1 << 10)

    if response is not None:
        assert (outline.status_code, outline.headers) == (response.status_code, response.headers)
        assert (outline.body or b"") == response.beginning


@pytest.mark.parametrize(
    ("raw", "is_over"),
    [
        pytest.param(OLD, False, id="a-cut-head"),
        pytest.param(OLD + b"\r\n", True, id="no-length"),
        pytest.param(OLD + b"Content-Length: 3\r\n\r\nou", False, id="a-cut-body"),
        pytest.param(OLD + b"Content-Length: 3\r\n\r\nout", True, id="a-body"),
        pytest.param(CHUNKED, False, id="no-chunk-yet"),
        pytest.param(CHUNKED + b"3\r\nout\r\n", False, id="a-chunk"),
        pytest.param(CHUNKED + b"3\r\nout\r\n0", False, id="a-cut-chunk"),
        pytest.param(CHUNKED + b"3\r\nout\r\n0\r\n", True, id="the-last-chunk"),
        pytest.param(CHUNKED + b"out", True, id="no-chunks"),
        pytest.param(b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", True, id="204"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OLD, False, id="behind-100"),
        pytest.param(b"220 mail.example ESMTP\r\n", True, id="no-http"),
    ],
)
def test_an_answer_is_over_when_no_more_of_it_is_sure_to_come(raw: bytes, *, is_over: bool) -> None:
    assert is_whole(raw) is is_over


class CountedPattern:
    """A pattern that counts the bytes that it may have looked at."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self._pattern = pattern
        self.bytes = 0

    def match(self, raw: bytearray, at: int) -> re.Match[bytes] | None:
        return self._counted(self._pattern.match, raw, at)

    def search(self, raw: bytearray, at: int) -> re.Match[bytes] | None:
        return self._counted(self._pattern.search, raw, at)

    def _counted(
        self, look: Callable[..., re.Match[bytes] | None], raw: bytearray, at: int
    ) -> re.Match[bytes] | None:
        found = look(raw, at)
        self.bytes += (len(raw) if found is None else found.end()) - at
        return found


@pytest.fixture
def patterns(monkeypatch: pytest.MonkeyPatch) -> list[CountedPattern]:
    counted = []
    for name, value in vars(raw_answer).items():
        if isinstance(value, re.Pattern):
            counted.append(CountedPattern(value))
            monkeypatch.setattr(raw_answer, name, counted[-1])
    return counted


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(OLD + b"X: a\r\n" * (BYTES // 6), id="fields"),
        pytest.param(OLD + b"x" * BYTES, id="a-field-without-an-end"),
        pytest.param(OLD + b"\r\n" + b"x" * BYTES, id="a-body"),
        pytest.param(OLD + b"Content-Length: 999999\r\n\r\n" + b"x" * BYTES, id="a-cut-body"),
        pytest.param(CHUNKED + b"1\r\nx\r\n" * (BYTES // 6), id="small-chunks"),
        pytest.param(CHUNKED + b"f" * 8 + b"\r\n" + b"x" * BYTES, id="a-large-chunk"),
        pytest.param(CHUNKED + b"1;" + b"x" * BYTES, id="a-chunk-without-an-end-of-its-line"),
        pytest.param(CHUNKED + b"\r\n" * (BYTES // 2), id="blank-lines"),
        pytest.param(b"HTTP/1.1 100 C\r\n\r\n" * (BYTES // 18) + OLD, id="interim-answers"),
    ],
)
def test_an_answer_that_comes_byte_by_byte_costs_what_its_size_is(
    patterns: list[CountedPattern], raw: bytes
) -> None:
    """A server that lets a body drip must not cost the device more with each drop."""
    start = raw.index(OLD) + len(OLD)  # before it, nobody waits for more
    heard = bytearray(raw[:start])
    outline = Outline(heard)
    for at in range(start, len(raw)):
        heard.append(raw[at])
        outline.is_whole()

    assert patterns
    assert sum(each.bytes for each in patterns) < 12 * len(raw)
    assert parse_raw(bytes(heard), 100) is not None
    assert sum(each.bytes for each in patterns) < 16 * len(raw)
