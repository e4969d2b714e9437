"""The three ways in which a reading of a source can end: readings, no data, an error."""

from dataclasses import dataclass
from typing import NamedTuple

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.sample.sample import Reading


class SourceError(TelemetryError):
    """One source lost its readings of this pass; the others keep theirs."""


@dataclass(frozen=True, slots=True)
class Readings:
    """The source was read."""

    readings: tuple[Reading, ...]
    note: str = ""
    """What an admin should know of values that are right as they stand; shown in `Sampling`."""


class SourceRead(NamedTuple):
    """How one source was read last, whatever it gave."""

    seconds: float
    """How long a pass waited for it."""
    is_well: bool
    """It did not fail."""


@dataclass(frozen=True, slots=True)
class NoData:
    """There is nothing to read here, and that is as it should be: no Routes on plain Kubernetes."""

    why: str
