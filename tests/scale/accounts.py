"""What a fleet has sent, beside what its receiver gives back: sample by sample."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tests.scale.device import Device
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


def account(devices: Sequence[Device], engine: Engine) -> Account:
    """Read back everything, and compare."""
    due = missing = unknown = 0
    for start in range(0, len(devices), BATCH):
        some = devices[start : start + BATCH]
        wanted = {
            (labels, time_ms): value for device in some for labels, time_ms, value in device.due()
        }
        due += len(wanted)
        stored = engine.read(cluster_id(each.number) for each in some)
        for labels, samples in stored.items():
            for time_ms, value in samples:
                expected = wanted.pop((labels, time_ms), math.nan)
                unknown += not math.isclose(value, expected, rel_tol=engine.tolerance)
        missing += len(wanted)
    return Account(due, missing, unknown)
