"""What the operator knows of itself: its version, and what waits or was dropped.

They go with `spec.selfMetrics` alone. A pass keeps them as it keeps all readings, so that a backlog
tells how an outage went.
"""

from typing import NamedTuple

from microshift_telemetry import __version__
from microshift_telemetry.sample.metrics import Kind
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.outcome import Readings
from microshift_telemetry.sources.shared_reads import SharedReads
from microshift_telemetry.spec.shaping import BUILD_INFO, DROPPED_SAMPLES, OLDEST_PENDING


class Undelivered(NamedTuple):
    """What has not reached a receiver when a pass begins."""

    dropped_samples: int = 0
    oldest_seconds: float = 0.0
    """How long the oldest pass waits; 0 when none does."""


class BuildInfo:
    """The operator's version."""

    name = "build_info"
    kind = Kind.STATIC
    series = (Series(BUILD_INFO),)

    async def collect(self, _shared: SharedReads) -> Readings:
        """Give it as a label."""
        return Readings((Reading(Series.of(BUILD_INFO, version=__version__), 1.0),))


class Delivery:
    """How well the samples of one TelemetryConfig reach its receiver."""

    name = "delivery"
    kind = Kind.DYNAMIC
    series = (Series(DROPPED_SAMPLES), Series(OLDEST_PENDING))

    def __init__(self) -> None:
        """Know of nothing that was dropped or waits."""
        self._now = Undelivered()

    def note(self, now: Undelivered) -> None:
        """Hear how it stands when a pass begins."""
        self._now = now

    async def collect(self, _shared: SharedReads) -> Readings:
        """Tell what was heard last."""
        dropped, oldest = self.series
        return Readings(
            (
                Reading(dropped, float(self._now.dropped_samples)),
                Reading(oldest, self._now.oldest_seconds),
            )
        )
