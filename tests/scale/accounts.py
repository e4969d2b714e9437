"""What a fleet has sent, beside what its receiver gives back: sample by sample."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from microshift_telemetry.sample.sample import Labels
from tests.scale.engines import Engine
from tests.scale.readings import cluster_id

BATCH = 100
"""Devices of one query: VictoriaMetrics looks up so many values of a label, and scans for more."""


@dataclass(frozen=True, slots=True)
class Account:
    """Samples, counted."""

    due: int
    """What devices were told to be taken."""
    missing: int
    """Of these the receiver does not give back."""
    unknown: int
    """What it gives back that no device has sent, or more than once, or with another value."""


class Owed(Protocol):
    """A device that knows what a receiver must have of it."""

    @property
    def number(self) -> int:
        """Number it."""

    def due(self) -> Iterator[tuple[Labels, int, float]]:
        """List every sample."""


def account(
    devices: Sequence[Owed], engine: Engine, *, until_ms: int | None = None, batch: int = BATCH
) -> Account:
    """Read back everything up to an instant, and compare."""
    due = missing = unknown = 0
    for start in range(0, len(devices), batch):
        some = devices[start : start + batch]
        wanted = {
            (labels, time_ms): value for device in some for labels, time_ms, value in device.due()
        }
        due += len(wanted)
        stored = engine.read((cluster_id(each.number) for each in some), until_ms)
        for labels, samples in stored.items():
            for time_ms, value in samples:
                expected = wanted.pop((labels, time_ms), math.nan)
                unknown += not math.isclose(value, expected, rel_tol=engine.tolerance)
        missing += len(wanted)
    return Account(due, missing, unknown)
