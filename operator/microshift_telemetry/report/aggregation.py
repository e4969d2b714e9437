"""Whether a report sends every sample or one mean a series, and how `Auto` learns which."""

from dataclasses import dataclass
from datetime import datetime, timedelta

REFUSALS_TO_LEARN = 2
TRY_AGAIN_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Learned:
    """What `aggregation: Auto` knows of a receiver; forgotten when the spec is edited."""

    refusals: int = 0
    """Reports in a row whose old samples it refused while it took the fresh ones."""
    averaging_since: datetime | None = None
    """When it was learned, or last tried, that it takes no old samples."""

    def after_report(self, now: datetime, *, had_old: bool, refused_old: bool) -> "Learned":
        """Learn from a report whose newest pass was taken.

        Args:
            now: when it was.
            had_old: it had more than the newest pass, in full.
            refused_old: some of that was refused.
        """
        if not had_old:
            return self
        if not refused_old:
            return Learned()
        refusals = self.refusals + 1
        since = now if refusals >= REFUSALS_TO_LEARN else None
        return Learned(refusals, since)

    def is_averaging(self, now: datetime) -> bool:
        """Tell whether the next report is averaged; once a week the full form is tried again."""
        if self.averaging_since is None:
            return False
        return abs(now - self.averaging_since) < TRY_AGAIN_AFTER


def is_averaged(aggregation: str, learned: Learned, now: datetime) -> bool:
    """Tell whether a report frozen now sends means: `None`, `Average` or `Auto`."""
    return aggregation == "Average" or (aggregation == "Auto" and learned.is_averaging(now))


def mean(values: list[float]) -> float:
    """Average the samples of one series; never of none."""
    return sum(values) / len(values)
