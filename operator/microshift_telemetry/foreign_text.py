"""The body of somebody's answer → what may be quoted of it in a condition or a log line."""

import re
import zlib
from html import unescape

from microshift_telemetry.errors import excerpt

WITHHELD = "(not quoted: it may hold a credential)"
HIDDEN = "(not quoted)"
"""In the place of one word."""
BINARY = "(binary data)"

_LAYERS = 3
"""A body that is compressed more often is somebody's joke."""
_FRAMED, _BARE = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS
"""gzip's or zlib's frame, whichever it is; none."""
_GZIP_MAGIC = b"\x1f\x8b"

_PAGE = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<!--.{0,200}?-->\s*)?<(!doctype\s+html|html|head)\b", re.I | re.S
)
_TITLE = re.compile(r"<title\b[^>]*>(.*?)(</title|$)", re.I | re.S)
_UNSEEN = re.compile(r"<!--.*?(-->|$)|<(head|script|style)\b.*?(</\2\s*>|$)", re.I | re.S)
_TAG = re.compile(r"<[^>]*(>|$)")

# Every repetition that another may follow has a limit: a body could else hold the process up.
_CREDENTIAL = re.compile(
    r"""
    (token|secret|passw|credential|assertion|api[_-]?key|authorization|cookie|session|jwt)[\w-]{0,40}
      ( \\*["']\s*:\s*\\*["']?[\w+/.~-]                    # a member of a JSON object
      | =\\*["']?[\w+/.~-]                                  # a form's field
      | \s*:\s*(?=\S{0,99}[0-9])\S{8} )                    # prose, and not one more word of it
  | \b(bearer|basic)\s+(?=\S{0,99}[0-9=])\S{8}            # a header's value
  | \beyJ[\w-]{8}                                         # a JWT, or base64 of any JSON object
    """,
    re.I | re.X,
)
_WORD = re.compile(r"""[^\s"'<>(){}\[\],=]+=*""")
"""All characters that a key may have, and those between a name and a password."""
_KEY = re.compile(r"(?=[A-Za-z]{0,19}[0-9])(?=[0-9]{0,19}[A-Za-z])[A-Za-z0-9]{20}")
"""In no word of a language, no number and no UUID; but in hashes, such as those of labels."""


def decoded(body: bytes, coding: str, limit: int) -> bytes:
    """Undo gzip and deflate, and give at most `limit` bytes.

    Args:
        body: the beginning of a body, as it came.
        coding: what `Content-Encoding` says; a server may say it wrongly, or not at all.
        limit: a few bytes may unfold to gigabytes.

    Returns:
        The body as it came where it is neither.

    Source: RFC 9110, 8.4.1; `deflate` is sent with zlib's frame, and without.
    """
    if "deflate" in coding.lower():
        body = _inflated(body, _FRAMED, limit) or _inflated(body, _BARE, limit) or body
    for _ in range(_LAYERS):
        if body.startswith(_GZIP_MAGIC):
            body = _inflated(body, _FRAMED, limit) or body
    return body[:limit]


def _inflated(body: bytes, shape: int, limit: int) -> bytes:
    """Unfold what can be of a stream that is cut or damaged; nothing where it is none.

    Without a frame anything may look like a stream for a few bytes: damage tells that it is none.
    """
    stream, text = zlib.decompressobj(wbits=shape), b""
    try:
        # Piece by piece: an error takes with it what its call has unfolded.
        for at in range(0, len(body), 64):
            text += stream.decompress(body[at : at + 64], limit - len(text))
            if stream.eof or len(text) >= limit:
                break
    except zlib.error:
        return text if shape == _FRAMED else b""
    return text


def is_page(content_type: str, beginning: bytes) -> bool:
    """Tell whether a body is HTML, by its type or by how it begins."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in {"text/html", "application/xhtml+xml"}:
        return True
    return bool(_PAGE.match(beginning))


def page_text(page: str) -> str:
    """Give the title of an HTML page, or the text that it begins with."""
    title = _TITLE.search(page)
    if title is not None and (text := text_of_markup(title[1])):
        return text
    return text_of_markup(_UNSEEN.sub(" ", page))


def text_of_markup(markup: str) -> str:
    """Leave tags out, undo entities, and put single spaces between words."""
    return " ".join(unescape(_TAG.sub(" ", markup)).split())


def quotable(text: str) -> str:
    """Cut a text to what fits in one line, without what may be a key.

    Nothing of it where a credential is named: what belongs to it can't be told.
    """
    if _CREDENTIAL.search(text):
        return WITHHELD
    strange = sum(char == "\ufffd" or not (char.isprintable() or char.isspace()) for char in text)
    if 4 * strange > len(text):
        return BINARY
    return excerpt(_WORD.sub(lambda word: HIDDEN if _KEY.search(word[0]) else word[0], text))
