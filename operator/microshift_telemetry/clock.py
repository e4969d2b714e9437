"""The clocks of the process, given to everything that needs the time, and how samples tell it."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """Tell a moment as samples do: ms since the epoch."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def moment(time_ms: int) -> datetime:
    """Tell a sample's time as a moment."""
    return EPOCH + timedelta(milliseconds=time_ms)


class Clock(Protocol):
    """What the controller asks for the time."""

    def now(self) -> datetime:
        """Tell the wall time, aware, in UTC."""

    def monotonic(self) -> float:
        """Tell seconds that never run backwards; they may stand still while the device sleeps."""


class SystemClock:
    """The clocks of this machine."""

    def now(self) -> datetime:
        """Tell the wall time, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251  # the one place that reads the wall clock

    def monotonic(self) -> float:
        """Tell seconds that never run backwards."""
        return time.monotonic()
