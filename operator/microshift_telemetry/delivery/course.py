"""What rounds teach the next one: how to open it, in which order, and how large requests may be."""

from dataclasses import dataclass, replace
from enum import Enum, auto

from microshift_telemetry.sending.answer import Verdict

ERROR_ROUNDS = 3
"""Prometheus before 2.50 answers 500 to samples that are too old: in the third such round it is
taken for a refusal."""

REFUSED_SIZE_COUNTS_MS = 24 * 3_600_000


class Opening(Enum):
    """The one pass that a round begins with, after one in which nothing was taken."""

    OLDEST = auto()
    YOUNG = auto()
    """The oldest that even a Prometheus without a window takes."""
    FRESH = auto()


@dataclass(frozen=True, slots=True)
class Size:
    """How many passes a request may have, as far as the receiver has shown it."""

    limit: int | None = None
    """None: as many as fit."""
    taken: int = 0
    """The largest that was taken since there is a limit."""
    refused: int | None = None
    """The smallest that was too large."""
    refused_ms: int = 0

    def at_most(self, full: int) -> int:
        """Give how many passes the next request may have."""
        return full if self.limit is None else min(full, self.limit)

    def smaller_than(self, passes: int, now_ms: int) -> "Size":
        """Learn that a request of so many passes was too large: back to what went, or half."""
        if 0 < self.taken < passes:
            return Size(self.taken, self.taken, passes, now_ms)
        return Size(max(1, passes // 2), 0, passes, now_ms)

    def after_taken(self, passes: int, now_ms: int) -> "Size":
        """Learn from a request that was taken: the next may be twice as large.

        Up to half the way to a size that was refused within the last day, so that the search for
        the largest one ends.
        """
        if self.limit is None or passes < self.limit:
            return self
        is_known = self.refused is not None and now_ms - self.refused_ms < REFUSED_SIZE_COUNTS_MS
        if not is_known or self.refused is None:
            return Size(2 * self.limit, passes)
        larger = min(2 * self.limit, (self.limit + self.refused) // 2)
        return replace(self, limit=max(self.limit, larger), taken=passes)


@dataclass(frozen=True, slots=True)
class Course:
    """What is known before a round; nothing of it outlives the process."""

    opening: Opening | None = None
    is_after_error: bool = False
    """The last round ended with 500: the old samples go last."""
    error_rounds: int = 0
    """Rounds in a row in which old samples got 500 after a fresh pass was taken."""
    has_conflict: bool = False
    """Fresh passes get 409."""
    asked_beside_ms: int | None = None
    """When a request of the backlog was offered beside such a pass."""
    fresh_taken_ms: int | None = None
    """The newest pass that was taken as a fresh one."""
    size: Size = Size()
    waited_since_ms: int | None = None
    """When the last round ended waiting; None when it did not."""

    def without_times(self) -> "Course":
        """Forget what has a time: the clock was set since."""
        return replace(
            self,
            asked_beside_ms=None,
            fresh_taken_ms=None,
            size=replace(self.size, refused=None, refused_ms=0),
            waited_since_ms=None,
        )


def opening_after(verdict: Verdict) -> Opening:
    """Tell how to open the round after one that ended with this verdict, and took nothing."""
    match verdict:
        case Verdict.SERVER_ERROR:
            return Opening.YOUNG
        case Verdict.REFUSED | Verdict.CONFLICT | Verdict.TOO_LARGE:
            return Opening.FRESH
        case _:
            return Opening.OLDEST
