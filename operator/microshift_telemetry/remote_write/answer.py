"""A receiver's answer → what it means for the samples that it was given."""

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said."""

    status_code: int
    excerpt: str = ""
    """The beginning of its body, in one line."""

    def __str__(self) -> str:
        """Quote the answer, as an admin reads it in a condition."""
        return f"{self.status_code}: {self.excerpt}" if self.excerpt else str(self.status_code)


class Verdict(Enum):
    """What an answer means."""

    CONFIRMED = auto()
    """The receiver has the samples."""
    RETRY = auto()
    """It cannot take anything just now."""
    UNAUTHORIZED = auto()
    """It does not take it from us."""
    REFUSED = auto()
    """It refuses these samples; others it may take."""
    WRONG_ENDPOINT = auto()
    """Whoever answers there is no receiver."""


def judge(answer: Answer) -> Verdict:
    """Tell what an answer means; redirects are never followed.

    Source: remote write 1.0, "Retries & Backoff", for 2xx, 4xx and 5xx; telemeter answers 401 also
    when its authoriser is down, Thanos 409 and others 400, 413 or 422 to samples they refuse.
    """
    match answer.status_code:
        case code if 200 <= code <= 299:
            return Verdict.CONFIRMED
        case 401 | 403 | 407:
            return Verdict.UNAUTHORIZED
        case 400 | 409 | 413 | 422:
            return Verdict.REFUSED
        case 408 | 429:
            return Verdict.RETRY
        case code if 500 <= code <= 599:
            return Verdict.RETRY
        case _:
            return Verdict.WRONG_ENDPOINT
