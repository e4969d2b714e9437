"""The words that all models share: a request's samples go in, an answer comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

Labels = tuple[tuple[str, str], ...]
"""(name, value) of each label of a series, `__name__` among them."""
Key = tuple[Labels, int]
"""(series, time in ms)."""

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

NO_HEADERS: Mapping[str, str] = {}


class Sample(NamedTuple):
    """One sample of a request."""

    series: Labels
    time_ms: int
    value: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver says."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Model(Protocol):
    """A receiver of remote write 1.0."""

    @property
    def stored(self) -> Mapping[Key, float]:
        """What a query would find, of all tenants."""

    def receive(
        self,
        samples: Sequence[Sample],
        now_ms: int,
        *,
        size_bytes: int = 0,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Answer:
        """Take a request's samples or not, and answer."""


def text(status: int, words: str, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
    """Answer as Go's `http.Error` does."""
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    return Answer(status, {**plain, **headers}, f"{words}\n".encode())


def header(headers: Mapping[str, str], name: str) -> str | None:
    """Find a header, in whatever letter case it came."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), None)
