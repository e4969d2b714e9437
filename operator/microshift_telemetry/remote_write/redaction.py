"""A receiver's words without our secrets, in whatever form it repeats them."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Self
from urllib.parse import quote, quote_plus, unquote

from microshift_telemetry.errors import EXCERPT_CHARS
from microshift_telemetry.foreign_text import page_text, quotable
from microshift_telemetry.remote_write.credentials import Credential

SHORTEST = 4
"""A shorter text would be found everywhere, and no secret worth the name is."""

QUOTED_BYTES = 4 * EXCERPT_CHARS
"""A character has up to four bytes."""

_MARK = b"(our credentials)"
_DEPTH = 3
"""Telemeter's header is base64 of JSON with a token that is base64 of a name and a password."""


_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_IN_HTML = tuple(
    str.maketrans(_MARKUP | more)
    for more in (
        {},
        {'"': "&quot;"},  # Apache httpd
        {'"': "&quot;", "'": "&#x27;"},  # Python, Django
        {'"': "&quot;", "'": "&#39;"},  # Node, Rails, Spring
        {'"': "&quot;", "'": "&#039;"},  # PHP
        {'"': "&quot;", "'": "&apos;"},  # Jetty
        {'"': "&#34;", "'": "&#39;"},  # Go, Jinja
        {'"': "&#34;", "'": "&#39;", "+": "&#43;"},  # Go's templates
        {'"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"},  # Handlebars
        {'"': "&quot;", "'": "&#39;", "`": "&#x60;", "=": "&#x3D;", "/": "&#x2F;"},  # Mustache
    )
)
"""How servers write the characters that HTML reserves, each in its error pages."""


class Redactor:
    """Takes secrets out of foreign text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Know the secrets of one destination."""
        forms = {form.encode() for secret in secrets for form in forms_of(secret)}
        self.longest = max(map(len, forms), default=0)
        """Bytes of the longest form: so much more than `limit` has to be read."""
        self._forms = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, self._forms))) if forms else None

    @classmethod
    def of(cls, credentials: Iterable[Credential]) -> Self:
        """Know whole headers, and the secrets that they are made of."""
        return cls(text for each in credentials for text in (each.reveal(), *each.secrets()))

    def quote(self, body: bytes, *, is_page: bool) -> str:
        """Give what may be shown of a body: its beginning, or of a page its title, in one line."""
        text = page_text(body.decode(errors="replace")).encode() if is_page else body
        return quotable(self.beginning(text, QUOTED_BYTES))

    def beginning(self, data: bytes, limit: int) -> str:
        """Give the first bytes as text, without secrets.

        What begins within the limit is known whole, so that no half of a secret is left at its end.
        """
        kept, at = b"", 0
        for found in self._pattern.finditer(data) if self._pattern else ():
            if found.start() >= limit:
                break
            kept, at = kept + data[at : found.start()] + _MARK, found.end()
        kept += self._without_half_a_secret(data[at : max(at, limit)])
        return kept.decode("utf-8", errors="replace")

    def _without_half_a_secret(self, end: bytes) -> bytes:
        """A server may quote the beginning of what it was given, or break off within it."""
        for form in self._forms:
            for size in range(min(len(form) - 1, len(end)), SHORTEST - 1, -1):
                if end.endswith(form[:size]):
                    return end[:-size] + _MARK
        return end


def forms_of(secret: str) -> frozenset[str]:
    """Tell how a server may repeat a secret: as it is, decoded, quoted, escaped, encoded."""
    return frozenset(
        form
        for plain in _decoded(secret, _DEPTH)
        for form in _encoded(plain)
        if len(form) >= SHORTEST
    )


def _decoded(text: str, depth: int) -> Iterator[str]:
    yield text
    if depth == 0:
        return
    behind_scheme, behind_name = text.split(" ")[1:], text.split(":", 1)[1:]
    for inner in (*behind_scheme, *behind_name, *_json_texts(text), _from_base64(text)):
        if inner != text and len(inner) >= SHORTEST:
            yield from _decoded(inner, depth - 1)


def _encoded(text: str) -> Iterator[str]:
    escaped = json.dumps(text)[1:-1]
    yield from (text.translate(spelling) for spelling in _IN_HTML)
    encoded = base64.b64encode(text.encode()).decode()
    yield from (text, escaped, quote(text), quote(text, safe=""), quote_plus(text), unquote(text))
    yield from (encoded, encoded.rstrip("="), base64.urlsafe_b64encode(text.encode()).decode())


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def _json_texts(text: str) -> list[str]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return []
    values = document.values() if isinstance(document, dict) else ()
    return [value for value in values if isinstance(value, str)]
