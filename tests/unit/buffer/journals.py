"""Records to keep, and ways to read a journal back, for the tests of the journal."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path

from hypothesis import strategies as st

from microshift_telemetry.buffer.form import Form, Shape
from microshift_telemetry.buffer.frames import Frame, Gap, scan
from microshift_telemetry.buffer.journal import Image, Replay, Survey, live_bytes, survey_of
from microshift_telemetry.buffer.journal_file import JournalFile
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.records import (
    Answered,
    Delivered,
    Epoch,
    Fate,
    Forgotten,
    Launched,
    Learned,
    Loss,
    LossReason,
    Lost,
    Marked,
    Moved,
    Offered,
    PassMade,
    Record,
    Redated,
    Remembered,
    ReportClosed,
    ReportDue,
    Stamp,
    Trusted,
)
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.sources.host import CpuTimes
from microshift_telemetry.sources.launch import Launch, Result
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.spec.endpoint import Origin
from tests.unit.factories import CLUSTER_ID, HOUR, NOON

UID = "0c1d6d8e-3f1f-4c0a-8d3f-6b1f3a5e7c90"
BOOT = "5b1c8a4e-6f0d-4c55-9d5e-2a7c1f0b9e33"
OWNER = Owner.of(UID, CLUSTER_ID, "a machine id")
HERE = Origin("https", "receiver.example", 443)
ELSEWHERE = Origin("http", "elsewhere.example", 8080)
SHAPE = Shape(CLUSTER_ID, "Percent", (("site", "a"),), frozenset({"images"}), frozenset({"site"}))
FULL, MEAN = Form(SHAPE), Form(SHAPE, is_averaged=True)
REMEMBERED = Remembered(
    cpu=CpuTimes(12.5, 400.25, 4, BOOT),
    origin=HERE,
    destination="here",
    report_due_ms=NOON + HOUR,
    is_report_open=True,
    answered_start=MicroshiftStart(BOOT, 31.25),
    last_report_ms=NOON,
    delivered_to="here",
    learned=Learned(1, NOON - HOUR, NOON),
    dropped_samples=26,
    maybe_stored_samples=12,
    loss=Loss(NOON, 24, NOON - 9 * HOUR, NOON - 8 * HOUR, LossReason.EXPIRED),
    epoch=Epoch(BOOT, HOUR, NOON - HOUR, is_first=True, is_trusted=True),
    keeps_time=True,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(min_size=1, max_size=8)
series = st.builds(
    Series,
    st.sampled_from("abc"),
    st.dictionaries(texts, texts, max_size=2).map(lambda pairs: tuple(sorted(pairs.items()))),
)
readings = st.builds(Reading, series, finite, st.none() | st.floats(1e-9, 1e300))
few_readings = st.lists(readings, max_size=4, unique_by=lambda reading: reading.series).map(tuple)
origins = st.builds(Origin, texts, texts, st.integers(1, 65535))
cpus = st.builds(CpuTimes, finite, finite, st.integers(1, 512), texts)
starts = st.builds(MicroshiftStart, texts, finite)
counts = st.integers(0, 2**62)
launches = st.builds(
    Launch,
    starts,
    st.booleans(),
    *(st.text(max_size=8), st.text(max_size=8)),
    *(st.none() | counts, st.none() | counts, st.none() | counts),
    *(st.none() | st.sampled_from(Result), counts, st.booleans()),
)
shapes = st.builds(
    Shape,
    texts,
    texts,
    st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    st.frozensets(texts),
    st.frozensets(texts),
)


def records_at(
    instants: st.SearchStrategy[int],
    forms: st.SearchStrategy[Form],
    destinations: st.SearchStrategy[Origin] = origins,
) -> st.SearchStrategy[Record]:
    """Make records of every kind that tell of some instants, forms and origins."""
    some = st.lists(instants, max_size=6, unique=True).map(lambda times: tuple(sorted(times)))
    learned = st.builds(Learned, st.integers(0, 9), st.none() | instants, st.none() | instants)
    reasons = st.sampled_from(LossReason)
    return st.one_of(
        st.builds(
            PassMade,
            st.builds(SamplePass, instants, few_readings),
            st.booleans(),
            st.none() | cpus,
            st.builds(Stamp, st.none() | instants, st.booleans()),
        ),
        _of_the_clock(instants, some),
        st.builds(Offered, some, forms),
        st.builds(Answered, st.sampled_from(Fate), instants),
        st.builds(Lost, some, reasons, instants),
        st.builds(Forgotten, some),
        st.builds(Marked, some, forms, st.booleans()),
        st.builds(ReportDue, instants, st.none() | starts),
        st.builds(Delivered, instants, texts),
        st.just(ReportClosed()),
        learned,
        st.builds(Moved, destinations, texts),
        st.builds(Launched, st.none() | launches),
        _remembered(instants, destinations, learned),
    )


def _remembered(
    instants: st.SearchStrategy[int],
    destinations: st.SearchStrategy[Origin],
    learned: st.SearchStrategy[Learned],
) -> st.SearchStrategy[Remembered]:
    reasons = st.sampled_from(LossReason)
    return st.builds(
        Remembered,
        st.none() | cpus,
        st.none() | destinations,
        st.text(max_size=8),
        st.none() | instants,
        st.booleans(),
        st.none() | starts,
        st.none() | instants,
        st.text(max_size=8),
        learned,
        counts,
        counts,
        st.none() | st.builds(Loss, instants, counts, instants, instants, reasons),
        st.none() | _epochs(instants),
        st.booleans(),
    )


def _of_the_clock(
    instants: st.SearchStrategy[int], some: st.SearchStrategy[tuple[int, ...]]
) -> st.SearchStrategy[Record]:
    later = some.map(lambda times_ms: Redated(times_ms, tuple(each + 3 for each in times_ms)))
    return st.one_of(_epochs(instants), st.builds(Trusted, st.booleans()), later)


def _epochs(instants: st.SearchStrategy[int]) -> st.SearchStrategy[Epoch]:
    boots = st.sampled_from(["one", "another"])
    return st.builds(Epoch, boots, instants, instants, st.booleans(), st.booleans())


records = records_at(st.integers(0, 2**43), st.builds(Form, shapes, st.booleans()))
near_records = records_at(
    st.integers(0, 12), st.sampled_from([FULL, MEAN]), st.sampled_from([HERE, ELSEWHERE])
)
"""They meet each other."""


def after(some: Iterable[Record]) -> Ledger:
    """Give a ledger to which records were applied."""
    ledger = Ledger()
    for record in some:
        ledger.apply(record)
    return ledger


def waiting(ledger: Ledger) -> list[SamplePass]:
    """Give the passes that wait."""
    return list(ledger.backlog.passes())


def pieces(data: bytes) -> list[Frame | Gap]:
    """Take a journal's bytes apart."""
    return list(scan(BytesIO(data).read))


def read(data: bytes, owner: Owner = OWNER) -> tuple[Survey, Ledger]:
    """Read a journal's bytes as a process does that starts."""

    def again() -> Iterator[Frame | Gap]:
        return scan(BytesIO(data).read)

    replay = Replay()
    survey = replay.read(again, survey_of(again, owner))
    return survey, replay.ledger


@contextmanager
def opened(path: Path, owner: Owner = OWNER) -> Iterator[JournalFile]:
    """Open a journal as a process does, which ends with the block."""
    directory = StateDirectory(path)
    try:
        yield JournalFile(directory, owner)
    finally:
        directory.release()


def loaded(path: Path, owner: Owner = OWNER) -> tuple[Ledger, str | None]:
    """Tell what a process that starts finds, and what it says."""
    with opened(path, owner) as journal:
        found = journal.load()
    return found.ledger, found.said


def keep(journal: JournalFile, ledger: Ledger, *sample_passes: SamplePass) -> None:
    """Add passes to a ledger and append them, each in a call of its own."""
    for sample_pass in sample_passes:
        record(journal, ledger, PassMade(sample_pass))


def record(journal: JournalFile, ledger: Ledger, *some: Record) -> None:
    """Apply records to a ledger and append them in one call."""
    for each in some:
        ledger.apply(each)
    for records in (some, ()):
        is_due = journal.weigh(partial(live_bytes, ledger))
        if journal.write(records, Image.of(journal.owner, ledger) if is_due else None):
            return
