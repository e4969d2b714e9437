"""A device whose hours pass in an instant: all its clocks leap together, and it is woken then."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from microshift_telemetry.clock import SystemClock
from tests.support.faster_clock import LeapingClock


class DeviceClock:
    """Tells one process another time; between two leaps its clocks run as all do."""

    def __init__(self, directory: Path, start: datetime) -> None:
        """Begin at `start`; files lie in `directory`.

        Raises:
            FileNotFoundError: there is no C compiler.
        """
        self._clock = LeapingClock(directory, start)
        self._ahead = start - SystemClock().now()

    def now(self) -> datetime:
        return SystemClock().now() + self._ahead

    def leap(self, to: datetime) -> None:
        """Let the time pass until then."""
        self._ahead = to - SystemClock().now()
        self._clock.leap(to)

    def wait(self, span: timedelta) -> None:
        """Let so much time pass."""
        self.leap(self.now() + span)

    def environment(self) -> Mapping[str, str]:
        """Give the variables that lend a process this clock, the monotonic ones included."""
        variables = dict(self._clock.environment())
        del variables["FAKETIME_DONT_FAKE_MONOTONIC"]
        return variables
