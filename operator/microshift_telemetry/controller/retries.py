"""When a report that was not delivered is tried again."""

import random

from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.findings import SLOW
from microshift_telemetry.remote_write.backoff import SLOW_START, retry_delay_seconds
from microshift_telemetry.status.reasons import ReportingReason


class Retries:
    """The failures in a row of one TelemetryConfig, and the wait after the last one."""

    def __init__(self, clock: Clock) -> None:
        """Wait for nothing."""
        self._clock = clock
        self._failures = 0
        self._at = 0.0

    @property
    def wait_seconds(self) -> float:
        """How long until the next attempt; 0 when it may begin."""
        return max(0.0, self._at - self._clock.monotonic())

    def defer(self, seconds: float) -> None:
        """Wait for so long, whatever has failed."""
        self._at = self._clock.monotonic() + seconds

    def failed(self, reason: ReportingReason, retry_after_seconds: float) -> None:
        """Wait after another failure, as long at least as the receiver has asked for."""
        self._failures += 1
        steps = self._failures + (SLOW_START if reason in SLOW else 0)
        jitter = random.random()  # noqa: S311  # spreads retries, hides nothing
        self.defer(max(retry_delay_seconds(steps, jitter), retry_after_seconds))

    def went_on(self) -> None:
        """Begin to count anew: the receiver has taken something."""
        self._failures = 0

    def forget(self) -> None:
        """Wait no longer: an admin has changed the spec since the last failure, or asks."""
        self._failures, self._at = 0, 0.0
