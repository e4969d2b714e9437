"""Processes that keep one object, for the tests of the store."""

from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.records import PassMade, Record, Remembered
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.buffer.store import Store
from tests.unit.buffer.journals import OWNER, UID
from tests.unit.factories import HOUR, NOON, a_sample_pass

T = TypeVar("T")

SEED = Remembered(dropped_samples=26, last_report_ms=NOON - HOUR)
LATER = NOON + 9 * HOUR


class Process:
    """A process with a store; ends when another one begins."""

    def __init__(self, path: Path, seed: Remembered = SEED, *, is_open: bool = True) -> None:
        self._directory = StateDirectory(path)
        self.store = Store("cluster", UID, self._directory, seed)
        if is_open:
            assert self.open()

    def open(self, owner: Owner = OWNER) -> bool:
        return finished(self.store.open(owner, LATER))

    def end(self) -> None:
        self._directory.release()


def finished(work: Coroutine[Any, Any, T]) -> T:
    """Give the outcome of what has nothing to wait for: the disk answers at once."""
    try:
        work.send(None)
    except StopIteration as end:
        outcome: T = end.value
        return outcome
    work.close()
    raise AssertionError("it waits")


def made(*hours: int) -> list[Record]:
    return [PassMade(a_sample_pass(NOON + hour * HOUR)) for hour in hours]


def hours_in(ledger: Ledger) -> list[int]:
    return [(time_ms - NOON) // HOUR for time_ms in ledger.backlog.times_ms]
