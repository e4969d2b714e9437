"""A fresh process that tells how its resident memory grows with a week of passes at one minute.

Run as `python -m tests.unit.buffer.week_in_memory STEP DIRECTORY`; it writes the growth in bytes.
What is done once before, with an hour of passes, brings code and allocator to their working size.
"""

import gc
import sys
from collections.abc import Callable
from pathlib import Path

from microshift_telemetry.buffer.form import Form, Shape, WriteRequest
from microshift_telemetry.buffer.journal import Image
from microshift_telemetry.buffer.journal_file import JournalFile
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import PassMade
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.report.report import passes_per_request, time_series
from tests.unit.buffer.journals import OWNER
from tests.unit.factories import CLUSTER_ID, MINUTE, NOON, a_full_pass

AN_HOUR, A_WEEK = 60, 10_080
PAGE_BYTES = 4096


def collect(directory: Path, passes: int) -> Ledger:
    """Take passes one by one, as they are made."""
    del directory
    ledger = Ledger()
    for number in range(passes):
        ledger.apply(PassMade(a_full_pass(NOON + number * MINUTE, number / 7)))
    return ledger


def lay_journals(directory: Path) -> None:
    """Write the journals that `take_up` reads, from another process."""
    for passes in (AN_HOUR, A_WEEK):
        state = StateDirectory(directory / str(passes))
        journal = JournalFile(state, OWNER)
        journal.load()
        journal.rewrite(Image.of(OWNER, collect(directory, passes)))
        state.release()


def take_up(directory: Path, passes: int) -> object:
    """Read them from a journal, as a restarted process does."""
    ledger = JournalFile(StateDirectory(directory / str(passes)), OWNER).load().ledger
    assert len(ledger.backlog.times_ms) == passes
    return ledger


def report(directory: Path, passes: int) -> object:
    """Take them one by one, and encode requests with them all, one after the other."""
    ledger = collect(directory, passes)
    backlog, form = ledger.backlog, Form(Shape(CLUSTER_ID, "Percent"))
    times_ms = backlog.times_ms
    cut = passes_per_request(len(backlog.series()), form.shape)
    requests = (WriteRequest(times_ms[at : at + cut], form) for at in range(0, len(times_ms), cut))
    longest = max(len(encode(time_series(each, backlog, b"")).body) for each in requests)
    assert longest < 64 << 10
    return ledger


STEPS: dict[str, Callable[[Path, int], object]] = {
    step.__name__: step for step in (collect, take_up, report)
}


def main() -> None:
    step, directory = STEPS[sys.argv[1]], Path(sys.argv[2])
    step(directory, AN_HOUR)
    before = _resident_bytes()
    held = step(directory, A_WEEK)
    sys.stdout.write(f"{_resident_bytes() - before}\n")
    del held


def _resident_bytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


if __name__ == "__main__":
    main()
