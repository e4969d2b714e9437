"""What is in memory after any run of records equals what a new process reads from the disk."""

import copy
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from microshift_telemetry.buffer import journal, journal_file
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import Answered, Fate, Record, Remembered
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.buffer.store import Store
from tests.unit.buffer.journals import OWNER, UID, loaded, near_records
from tests.unit.buffer.processes import finished

batches = st.lists(near_records, min_size=1, max_size=4)


@contextmanager
def a_full_disk(at_bytes: int) -> Iterator[None]:
    """Let no file grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class MemoryAndDisk(RuleBasedStateMachine):
    """A store, its restarts, and a disk that is full at times and loses power."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(journal_file, "SLACK_BYTES", 100)
        self.patch.setattr(journal_file, "MAX_MISSED_BYTES", 1_000)
        self.patch.setattr(journal, "_FIXED_BYTES", 100)
        self.scratch = Path(tempfile.mkdtemp())
        self.path = self.scratch / "state"
        self.file = self.path / f"{UID}.journal"
        self.possible: list[Ledger] = []
        self.begin()

    def teardown(self) -> None:
        self.directory.release()
        shutil.rmtree(self.scratch)
        self.patch.undo()

    def begin(self) -> None:
        self.directory = StateDirectory(self.path)
        self.store = Store("cluster", UID, self.directory, Remembered())
        assert finished(self.store.open(OWNER, 99))
        self.settle()

    def settle(self) -> None:
        """Note what a new process may find: since the last write that succeeded, any ledger."""
        now = copy.deepcopy(self.store.ledger)
        self.possible = [*self.possible, now] if self.store.note else [now]

    def on_disk(self, cut: int | None = None) -> Ledger:
        """Read a copy, as a new process does after a power cut that leaves so many bytes."""
        with tempfile.TemporaryDirectory(dir=self.scratch) as scratch:
            copied = shutil.copytree(self.path, Path(scratch) / "state")
            if cut is not None:
                with (copied / self.file.name).open("r+b") as file:
                    file.truncate(cut)
            ledger, said = loaded(copied)
        assert said is None
        return ledger

    @rule(batch=batches)
    def record(self, batch: list[Record]) -> None:
        self.store.record(*batch)
        self.settle()
        assert self.store.note == ""

    @rule(batch=batches, room=st.integers(0, 200))
    def record_on_a_full_disk(self, batch: list[Record], room: int) -> None:
        size = self.file.stat().st_size if self.file.exists() else 0
        with a_full_disk(size + room):
            self.store.record(*batch)
        self.settle()

    @precondition(lambda self: self.file.exists() and not self.store.note)
    @rule(batch=batches, at=st.floats(0, 1, exclude_max=True))
    def lose_power_while_it_appends(self, batch: list[Record], at: float) -> None:
        before, was = self.file.stat(), copy.deepcopy(self.store.ledger)
        self.store.record(*batch)
        self.settle()
        now = self.file.stat()
        if now.st_ino == before.st_ino and now.st_size > before.st_size:
            cut = before.st_size + int(at * (now.st_size - before.st_size))
            assert self.on_disk(cut) in [was, self.store.ledger]

    @precondition(lambda self: not self.store.note)
    @rule()
    def restart(self) -> None:
        self.directory.release()
        expected = self.possible[-1]
        self.begin()
        expected.apply(Answered(Fate.UNANSWERED))
        assert self.store.ledger == expected

    @precondition(lambda self: self.store.note)
    @rule()
    def restart_while_the_disk_lags_behind(self) -> None:
        found = self.on_disk()
        self.directory.release()
        self.possible = []
        self.begin()
        found.apply(Answered(Fate.UNANSWERED))
        assert self.store.ledger == found

    @invariant()
    def the_disk_says_what_memory_says(self) -> None:
        if self.file.exists():
            assert self.on_disk() in self.possible
        else:
            assert self.possible[0] == Ledger()


MemoryAndDisk.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestMemoryAndDisk = MemoryAndDisk.TestCase
