"""The little beside the backlog that must last from one start of the process to the next."""

from dataclasses import dataclass

from microshift_telemetry.sources.host import CpuTimes
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.spec.endpoint import Origin


@dataclass(frozen=True, slots=True)
class Remembered:
    """What lasts; each is None or empty until it is known."""

    cpu: CpuTimes | None = None
    """The counters of the last pass."""
    last_report_ms: int | None = None
    """When a report was last delivered, in ms since the epoch."""
    answered_start: MicroshiftStart | None = None
    """The last start of MicroShift that a report was frozen for."""
    dropped_samples: int = 0
    """Since the object's creation."""
    origin: Origin | None = None
    """Whom the backlog was collected for."""
    refusals: int = 0
    """Reports in a row whose old samples the receiver refused."""
    averaging_since_ms: int | None = None
    """When `aggregation: Auto` last learned that the receiver takes no old samples."""
