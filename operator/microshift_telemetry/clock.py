"""The two clocks of the process, given to everything that needs the time."""

import time
from datetime import UTC, datetime
from typing import Protocol


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
