"""When a report that was not delivered is tried again."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.findings import SLOW
from microshift_telemetry.controller.schedule import SHORTEST_SPREAD
from microshift_telemetry.delivery.backoff import (
    CAP_SECONDS,
    SLOW_START,
    retry_delay_seconds,
)
from microshift_telemetry.status.reasons import ReportingReason

AFTER_REFUSAL_SECONDS = 30.0
"""The first wait after a refusal, at least: nothing changes in a moment."""

SHORT_OUTAGE_SECONDS, LOOK_SECONDS = 420.0, 100.0
"""For so long without a link it looks so often: what falls out of an hour meanwhile is lost where a
receiver has no window. More would be more than 110 attempts a day."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How an attempt has failed, as far as it decides the wait."""

    reason: ReportingReason
    was_answered: bool = False
    has_connection: bool = True
    """False where nobody could be reached at all: asking again costs a receiver nothing."""
    is_without_dns: bool = False
    """No name server has answered."""
    is_refusal: bool = False
    """400, 409, 413 or 422."""
    has_taken: bool = False
    """Something was taken before: a fleet that is let in one by one is spread already."""
    has_progressed: bool = False
    """Some of what has waited since the attempt before was taken, beside probe and fresh pass."""
    is_fresh_taken: bool = False
    """Only old samples wait."""
    retry_after_seconds: float = 0.0
    """As long as the receiver or its token server asks for; 0 when neither does."""


class Retries:
    """The failures in a row of one TelemetryConfig, and the wait after the last one.

    Source: `docs/delivery.md`, rules 10 and 11.
    """

    def __init__(self, clock: Clock, chance: Callable[[], float] = random.random) -> None:
        """Wait for nothing; `chance` gives numbers in [0, 1) that spread a fleet."""
        self._clock = clock
        self._chance = chance
        self._failures = 0
        self._was_answered = True
        self._failing_since = 0.0
        self._at = 0.0
        self._without_dns_since: float | None = None

    @property
    def seconds_without_dns(self) -> float | None:
        """For how long every attempt has met no name server; None where the last one did."""
        since = self._without_dns_since
        return None if since is None else self._clock.monotonic() - since

    @property
    def wait_seconds(self) -> float:
        """How long until the next attempt; 0 when it may begin."""
        return max(0.0, self._at - self._clock.monotonic())

    def defer(self, seconds: float) -> None:
        """Wait for so long, whatever has failed."""
        self._at = self._clock.monotonic() + seconds

    def failed(self, failure: Failure, splay_seconds: float) -> None:
        """Wait after another failure.

        Args:
            failure: what came of the attempt.
            splay_seconds: over which a fleet is spread that a receiver sends away at once.
        """
        self._note_dns(failure)
        is_back = failure.was_answered and not self._was_answered
        self._was_answered = failure.was_answered
        if is_back or failure.has_progressed or self._failures == 0:
            self._failures, self._failing_since = 0, self._clock.monotonic()
        self._failures += 1
        steps = self._failures + (SLOW_START if failure.reason in SLOW else 0)
        seconds = retry_delay_seconds(steps, self._chance())
        if failure.reason not in SLOW:
            seconds = min(seconds, self._longest_wait(failure))
        if failure.is_refusal:
            seconds = max(seconds, AFTER_REFUSAL_SECONDS)
        if failure.retry_after_seconds and failure.has_taken:
            seconds = failure.retry_after_seconds + self._chance() * SHORTEST_SPREAD.total_seconds()
        elif failure.retry_after_seconds:
            seconds = max(seconds, failure.retry_after_seconds + self._chance() * splay_seconds)
        if failure.is_fresh_taken:
            seconds = max(seconds, CAP_SECONDS)
        self.defer(seconds)

    def _note_dns(self, failure: Failure) -> None:
        if not failure.is_without_dns:
            self._without_dns_since = None
        elif self._without_dns_since is None:
            self._without_dns_since = self._clock.monotonic()

    def _longest_wait(self, failure: Failure) -> float:
        """Bound the wait by how long it fails: a short outage is over soon after its end."""
        failing = self._clock.monotonic() - self._failing_since
        if not failure.has_connection and failing < SHORT_OUTAGE_SECONDS:
            return LOOK_SECONDS
        return max(1.0, failing)

    def forget(self) -> None:
        """Wait no longer: the report is delivered, or an admin has asked or changed the spec."""
        self._failures, self._was_answered, self._at = 0, True, 0.0
        self._without_dns_since = None
