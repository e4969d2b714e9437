"""A receiver's words without our secrets, in whatever form it repeats them."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Self
from urllib.parse import quote, quote_plus, unquote

from microshift_telemetry.foreign_text import WITHHELD, page_text, quotable, text_of_markup
from microshift_telemetry.sending.credentials import Credential

SHORTEST = 4
"""A shorter text would be found everywhere, and no secret worth the name is."""

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
_IN_JSON = tuple(
    map(
        str.maketrans,
        (
            {},
            {"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"},  # Go
            {"/": "\\/"},  # PHP
        ),
    )
)
"""How servers write characters of a JSON text that need no escape."""


class Redactor:
    """Takes secrets out of foreign text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Know the secrets of one destination."""
        forms = {form.encode() for secret in secrets for form in forms_of(secret)}
        self._forms = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, self._forms))) if forms else None

    @classmethod
    def of(cls, credentials: Iterable[Credential]) -> Self:
        """Know whole headers, and the secrets that they are made of."""
        return cls(text for each in credentials for text in (each.reveal(), *each.secrets()))

    def quote(self, body: bytes, *, is_page: bool) -> str:
        """Give what may be shown of a body: its beginning, or of a page its title, in one line."""
        without = self.without_secrets(body)
        if not is_page:
            return quotable(without)
        # A page's text has lost what looked like a tag in a secret, and undone the entities of one.
        # Where it matters which was done first, a part of a secret may be left.
        pages = without, body.decode(errors="replace")
        shown, again = (self.without_secrets(page_text(page).encode()) for page in pages)
        return quotable(shown) if shown == again else WITHHELD

    def without_secrets(self, data: bytes) -> str:
        """Give a text, or the beginning of one, without secrets."""
        spans = [found.span() for found in self._pattern.finditer(data)] if self._pattern else []
        if half := self._half_a_secret(data):
            spans.append((len(data) - half, len(data)))
        kept, at = b"", 0
        for begin, end in sorted(spans):
            if begin >= at:
                kept += data[at:begin] + _MARK
            at = max(at, end)
        return (kept + data[at:]).decode("utf-8", errors="replace")

    def _half_a_secret(self, data: bytes) -> int:
        """A server may quote the beginning of what it was given, or break off within it."""
        half = max((_overlap(data, form) for form in self._forms), default=0)
        return half if half >= SHORTEST else 0


def _overlap(end: bytes, form: bytes) -> int:
    """Tell how many of the last bytes are the first ones of a form."""
    sizes = range(min(len(form) - 1, len(end)), 0, -1)
    return next((size for size in sizes if end.endswith(form[:size])), 0)


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
    for spelt in {text, *_spellings(text)}:
        yield spelt
        # What a page's text keeps of it, which has lost tags and double spaces.
        yield " ".join(spelt.split())
        yield text_of_markup(spelt)


def _spellings(text: str) -> Iterator[str]:
    yield from (text.translate(spelling) for spelling in _IN_HTML)
    escaped = {json.dumps(text, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False)}
    yield from (each.translate(spelling) for each in escaped for spelling in _IN_JSON)
    for percented in (quote(text), quote(text, safe=""), quote_plus(text)):
        yield percented
        yield re.sub("%..", lambda byte: byte[0].lower(), percented)
    yield unquote(text)
    encoded = base64.b64encode(text.encode()).decode()
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
