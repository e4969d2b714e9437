"""A receiver's answer → what it means for the samples that it was given."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.sending.speaker import Speaker

LONGEST_RETRY_AFTER_SECONDS = 3600.0
"""A receiver may ask for more; a mistake of its would silence a fleet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said."""

    status_code: int
    excerpt: str = ""
    """The beginning of its body, in one line; of a page its title."""
    retry_after_seconds: float = 0.0
    """How long it asks us to wait, within bounds; 0 when it does not."""
    is_page: bool = False
    """Its body is HTML, which no receiver writes."""
    speaker: Speaker = Speaker.RECEIVER
    """Who has written it."""
    date: datetime | None = None
    """When it was given, by the receiver's clock; None when it does not say."""
    location: str = ""
    """The origin that a redirect leads to; empty where the answer names none."""
    renewal_error: TelemetryError | None = None
    """Why there was no new access token in place of the one that it refuses."""
    code_before_renewal: int | None = field(default=None, compare=False)
    """The status code that the same request got under an access token that had ended; None where
    there was no such answer."""

    def __str__(self) -> str:
        """Quote the answer, as an admin reads it in a condition."""
        return f"{self.status_code}: {self.excerpt}" if self.excerpt else str(self.status_code)


class Verdict(Enum):
    """What came of a request."""

    TAKEN = auto()
    """The receiver has the samples."""
    CONFLICT = auto()
    """It did not store some of them; the rest can't be told from these."""
    REFUSED = auto()
    """It refuses these samples; others it may take."""
    TOO_LARGE = auto()
    """It refuses a request of this size."""
    SERVER_ERROR = auto()
    """It cannot take them just now, or it is an old Prometheus and they are too old for it."""
    RETRY = auto()
    """It cannot take anything just now."""
    UNAUTHORIZED = auto()
    """It does not take it from us."""
    WRONG_ENDPOINT = auto()
    """Whoever answers there is no receiver."""
    NO_ANSWER = auto()
    """Nobody answers."""
    GONE = auto()
    """Nothing was sent: the passes have left the ledger."""
    NOTHING_TO_SEND = auto()
    """Nothing was sent: there is no fresh pass to be had."""


REFUSALS = frozenset({Verdict.CONFLICT, Verdict.REFUSED, Verdict.TOO_LARGE})


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


def parse_date(text: str | None) -> datetime | None:
    """Read the header `Date`; None for an absent or senseless one.

    Source: RFC 9110, 6.6.1.
    """
    try:
        moment = parsedate_to_datetime(text or "")
    except (TypeError, ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
