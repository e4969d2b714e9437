"""The clock of whoever answers, as a witness of ours; it never changes a timestamp."""

from datetime import datetime, timedelta

from microshift_telemetry.spec.duration import format_duration

TOLERANCE = timedelta(minutes=5)
ANSWERS = 2
"""So many in a row must agree that our clock is off: one may come from a cache."""


class ClockWitness:
    """Compares the header `Date` of answers with the device's clock."""

    def __init__(self) -> None:
        """Know of no answer."""
        self._answers = 0
        self._ahead = timedelta()

    def hear(self, date: datetime | None, now: datetime) -> None:
        """Take an answer's `Date`; an answer without one says nothing."""
        if date is None:
            return
        self._ahead = now - date
        self._answers = self._answers + 1 if abs(self._ahead) > TOLERANCE else 0

    @property
    def finding(self) -> str:
        """Say how far the device's clock is off; empty while it is not, or not known to be.

        Coarse, so that the text stays the same: each change is a write to the device's flash.
        """
        if self._answers < ANSWERS:
            return ""
        return difference(self._ahead)


def difference(ahead: timedelta) -> str:
    """Say how far the device's clock is ahead of a receiver's, or behind; in coarse steps."""
    off = abs(ahead)
    step = timedelta(hours=1) if off >= timedelta(hours=1) else timedelta(minutes=5)
    side = "ahead of" if ahead > timedelta() else "behind"
    is_long = off >= timedelta(days=3)
    about = f"{off.days} days" if is_long else format_duration(round(off / step) * step)
    return f"the device's clock is {about} {side} the receiver's"
