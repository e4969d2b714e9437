"""What a fleet has sent, beside what its receiver gives back: sample by sample."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.scale.device import Device
from tests.scale.engines import Engine
from tests.scale.readings import cluster_id

BATCH = 200
"""Devices of one query."""


@dataclass(frozen=True, slots=True)
class Account:
    """Samples, counted."""

    due: int
    """What devices were told to be taken."""
    missing: int
    """Of these the receiver does not give back, or with another value."""
    unknown: int
    """What it gives back that no device has sent, or more than once."""


def account(devices: Sequence[Device], engine: Engine) -> Account:
    """Read back everything, and compare."""
    due = missing = unknown = 0
    for start in range(0, len(devices), BATCH):
        some = devices[start : start + BATCH]
        wanted = {
            (labels, time_ms, _rounded(value, engine.digits))
            for device in some
            for labels, time_ms, value in device.due()
        }
        found = [
            (labels, time_ms, _rounded(value, engine.digits))
            for labels, samples in engine.read(cluster_id(each.number) for each in some).items()
            for time_ms, value in samples
        ]
        due += len(wanted)
        missing += len(wanted.difference(found))
        unknown += len(found) - len(wanted.intersection(found))
    return Account(due, missing, unknown)


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")
