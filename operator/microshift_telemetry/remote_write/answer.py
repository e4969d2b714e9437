"""A receiver's answer → what it means for the samples that it was given."""

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum, auto

LONGEST_RETRY_AFTER_SECONDS = 3600.0
"""A receiver may ask for more; a mistake of its would silence a fleet."""

_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head)[\s>]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said."""

    status_code: int
    excerpt: str = ""
    """The beginning of its body, in one line."""
    retry_after_seconds: float = 0.0
    """How long it asks us to wait, within bounds; 0 when it does not."""
    is_page: bool = False
    """Its body is HTML, which no receiver writes."""

    def __str__(self) -> str:
        """Quote the answer, as an admin reads it in a condition."""
        return f"{self.status_code}: {self.excerpt}" if self.excerpt else str(self.status_code)


class Verdict(Enum):
    """What an answer means."""

    CONFIRMED = auto()
    """The receiver has the samples."""
    PARTLY_STORED = auto()
    """It stored what it could; the rest can't be told from it."""
    REFUSED = auto()
    """It refuses these samples; others it may take."""
    SERVER_ERROR = auto()
    """It cannot take them just now, or it is an old Prometheus and they are too old for it."""
    RETRY = auto()
    """It cannot take anything just now."""
    UNAUTHORIZED = auto()
    """It does not take it from us."""
    WRONG_ENDPOINT = auto()
    """Whoever answers there is no receiver."""


def judge(answer: Answer) -> Verdict:
    """Tell what an answer means; redirects are never followed.

    Source: remote write 1.0, "Retries & Backoff", for 2xx, 4xx and 5xx; telemeter answers 401 also
    when its authoriser is down, Thanos 409 after storing what it could, Prometheus and Mimir 400,
    others 413 or 422 to samples they refuse, Prometheus before 2.50 500. A 2xx with a page is a
    captive portal's: nothing has arrived.
    """
    match answer.status_code:
        case code if 200 <= code <= 299:
            return Verdict.WRONG_ENDPOINT if answer.is_page else Verdict.CONFIRMED
        case 401 | 403 | 407:
            return Verdict.UNAUTHORIZED
        case 409:
            return Verdict.PARTLY_STORED
        case 400 | 413 | 422:
            return Verdict.REFUSED
        case 500:
            return Verdict.SERVER_ERROR
        case code if code in {408, 429} or 501 <= code <= 599:
            return Verdict.RETRY
        case _:
            return Verdict.WRONG_ENDPOINT


def is_page(content_type: str | None, beginning: bytes) -> bool:
    """Tell whether a body is HTML, by its type or by how it begins."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return media_type in {"text/html", "application/xhtml+xml"} or bool(_PAGE.match(beginning))


def parse_retry_after(text: str | None, date: str | None) -> float:
    """Read how many seconds to wait; 0 for an absent or senseless value.

    Args:
        text: the header `Retry-After`: seconds, or a date.
        date: the header `Date` of the same answer. A date is told by the receiver's clock, so it
            is measured against that one and not against a device's, which may be wrong.

    Source: RFC 9110, 10.2.3.
    """
    if text is None:
        return 0.0
    text = text.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:10])
    else:
        try:
            until, now = parsedate_to_datetime(text), parsedate_to_datetime(date or "")
            seconds = (until - now).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return 0.0
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER_SECONDS)
