"""What may be quoted of a body that somebody else wrote."""

import gzip
import time
import tracemalloc
import zlib

import pytest

from microshift_telemetry.errors import EXCERPT_CHARS
from microshift_telemetry.foreign_text import (
    BINARY,
    HIDDEN,
    WITHHELD,
    decoded,
    is_page,
    page_text,
    quotable,
)

WORDS = b"out of order sample: add 16 samples"
BARE = zlib.compress(WORDS)[2:-4]
LIMIT = 1000


@pytest.mark.parametrize(
    ("body", "coding", "text"),
    [
        pytest.param(gzip.compress(WORDS), "gzip", WORDS, id="gzip"),
        pytest.param(gzip.compress(WORDS), "x-gzip", WORDS, id="x-gzip"),
        pytest.param(gzip.compress(WORDS), "", WORDS, id="gzip-unsaid"),
        pytest.param(gzip.compress(gzip.compress(WORDS)), "gzip, gzip", WORDS, id="twice"),
        pytest.param(zlib.compress(WORDS), "deflate", WORDS, id="deflate"),
        pytest.param(BARE, "deflate", WORDS, id="deflate-without-a-frame"),
        pytest.param(zlib.compress(gzip.compress(WORDS)), "gzip, deflate", WORDS, id="both"),
        pytest.param(gzip.compress(WORDS)[:-16], "gzip", WORDS[:20], id="cut"),
        pytest.param(WORDS, "gzip", WORDS, id="no-gzip"),
        pytest.param(WORDS, "deflate", WORDS, id="no-deflate"),
        pytest.param(WORDS, "br", WORDS, id="neither"),
        pytest.param(b"\x1f\x8b", "gzip", b"\x1f\x8b", id="two-bytes-of-gzip"),
        pytest.param(b"", "gzip", b"", id="empty"),
    ],
)
def test_a_body_is_unfolded_as_far_as_it_goes(body: bytes, coding: str, text: bytes) -> None:
    assert decoded(body, coding, LIMIT).startswith(text)
    assert len(decoded(body, coding, 5)) <= 5


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_a_bomb_goes_off_within_the_limit(layers: int) -> None:
    bomb = b"0" * (64 << 20)
    for _ in range(layers):
        bomb = gzip.compress(bomb)

    tracemalloc.start()
    unfolded = decoded(bomb, "gzip", LIMIT)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(unfolded) <= LIMIT
    assert most_bytes < 1 << 20


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<html><head><title>502 Bad\nGateway</title></head><body>nginx", "502 Bad Gateway"),
        ("<TITLE lang='en'>Anmelden &amp; weiter</TITLE>", "Anmelden & weiter"),
        ("<html><title></title><style>p{}</style><h1>Not <b>here</b></h1>", "Not here"),
        ("<html><!-- x --><script>var a='<b>'</script><p>Log&nbsp;in</p>", "Log in"),
        ("<html><head><title>Cut of", "Cut of"),
        ("<html><p>Cut within a <a hre", "Cut within a"),
        ("no markup at all", "no markup at all"),
        ("", ""),
    ],
)
def test_of_a_page_the_title_is_quoted_or_its_first_text(page: str, text: str) -> None:
    assert page_text(page) == text


@pytest.mark.parametrize(
    ("content_type", "beginning", "is_one"),
    [
        ("text/html; charset=utf-8", b"anything", True),
        ("", b"\n<!DOCTYPE html>", True),
        ("text/plain", b"<p>words", False),
    ],
)
def test_a_page_is_known_by_its_type_or_its_beginning(
    content_type: str, beginning: bytes, *, is_one: bool
) -> None:
    assert is_page(content_type, beginning) == is_one


@pytest.mark.parametrize(
    "text",
    [
        '{"access_token":"abc"}',
        "{'client_secret': 'abc'}",
        '{\\"id_token\\": \\"abc\\"}',
        "grant=x&password=abc",
        "token: abc12345",
        "Authorization: Basic ZGV2aWNlOmh1bnRlcjI=",
        "you sent bearer abcdef12",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    ],
)
def test_a_text_that_may_hold_a_credential_is_not_quoted(text: str) -> None:
    assert quotable(f"beginning {text} end") == WITHHELD


HASH = "3f7a0c9e5d2b4816a1c0e9f87b6d5a42"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            f'out of order: {{instance="{HASH}", resource="pods"}}',
            f'out of order: {{instance="{HIDDEN}", resource="pods"}}',
        ),
        (
            f'{{"error":"too old","traceID":"{HASH}"}}',
            f'{{"error":"too old","traceID":"{HIDDEN}"}}',
        ),
        (f"msg=old traceID={HASH} level=error", f"msg=old traceID={HIDDEN} level=error"),
        ("cannot parse Zx8s0Kq7vN2mB5tY1wE4rT6u here", f"cannot parse {HIDDEN} here"),
        ("saw Zx8s0Kq7/N2mB5tY1wE4rT6uKq7vN2m+x.y-z== here", f"saw {HIDDEN} here"),
        ("saw Zx8s0Kq7vN2mB5tY1wE4rT6u:hunter2 here", f"saw {HIDDEN} here"),
        (r"saw Zx8s0Kq7vN\/2mB5tY1wE4rT6uKq7vN2mX here", f"saw {HIDDEN} here"),
    ],
)
def test_a_text_is_quoted_without_what_looks_like_a_key(text: str, shown: str) -> None:
    assert quotable(text) == shown


def test_no_part_of_a_key_is_left_where_a_text_is_cut() -> None:
    text = f"{'x' * (EXCERPT_CHARS - 10)} {HASH}"

    assert HASH[:8] not in quotable(text)


@pytest.mark.parametrize(
    "piece", ["a", "a1", "token", "token-", "secret:x", "bearer x", "token\\", "token ", "eyJ"]
)
def test_no_long_text_takes_long(piece: str) -> None:
    text = piece * ((64 << 10) // len(piece))
    began = time.process_time()
    quotable(text)

    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "text",
    [
        "out of order sample",
        "invalid token: signature is invalid",
        "Basic authentication required",
        'server returned HTTP status 400: {"error":"invalid_client"}',
        "err-mimir-sample-timestamp-too-old",
        "cluster:usage:resources:sum at 2026-11-27T18:00:00.000Z",
        "trace 0f8fad5b-d9cb-469f-a165-70867728950e",
        "forwarding to thanos-receive-default-0.thanos-receive.svc:10901 failed",
        "client_secret=(our credentials)",
        "https://login.example.com/oauth2/v2.0/authorize is not here",
    ],
)
def test_what_receivers_say_is_quoted(text: str) -> None:
    assert quotable(text) == text


@pytest.mark.parametrize("body", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", bytes(range(128, 256))])
def test_what_is_no_text_is_not_quoted(body: bytes) -> None:
    assert quotable(body.decode(errors="replace")) == BINARY
