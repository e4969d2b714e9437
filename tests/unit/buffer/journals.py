"""Records to keep, and ways to read a journal back, for the tests of the journal."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from hypothesis import strategies as st

from microshift_telemetry.buffer.frames import Frame, Gap, scan
from microshift_telemetry.buffer.frozen import Progress, Report, Shape, WriteRequest
from microshift_telemetry.buffer.journal import Contents, Owner, Replay, Survey, passes
from microshift_telemetry.buffer.journal_file import JournalFile
from microshift_telemetry.buffer.records import Forgotten, Record, Turn
from microshift_telemetry.buffer.remembered import Remembered
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.sources.host import CpuTimes
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.spec.endpoint import Origin
from tests.unit.factories import CLUSTER_ID, CORES, HOUR, NOON

UID = "0c1d6d8e-3f1f-4c0a-8d3f-6b1f3a5e7c90"
BOOT = "5b1c8a4e-6f0d-4c55-9d5e-2a7c1f0b9e33"
OWNER = Owner.of(UID, CLUSTER_ID, "a machine id")
HERE = Origin("https", "receiver.example", 443)
REMEMBERED = Remembered(
    cpu=CpuTimes(12.5, 400.25, 4, BOOT),
    last_report_ms=NOON,
    answered_start=MicroshiftStart(BOOT, 31.25),
    dropped_samples=26,
    origin=HERE,
    refusals=1,
    averaging_since_ms=NOON - HOUR,
)
REPORT = Report(
    Shape(CLUSTER_ID, "Percent", (("site", "a"),), frozenset({"images"}), frozenset({"site"})),
    (
        WriteRequest((NOON, NOON + HOUR)),
        WriteRequest((NOON + 2 * HOUR,), static=(CORES,), is_averaged=True),
    ),
    NOON + 2 * HOUR,
)

Plain = tuple[list[SamplePass], Remembered, Report | None, Progress]

instants = st.integers(0, 2**43)
finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(min_size=1, max_size=8)
series = st.builds(
    Series,
    st.sampled_from("abc"),
    st.dictionaries(texts, texts, max_size=2).map(lambda pairs: tuple(sorted(pairs.items()))),
)
readings = st.builds(Reading, series, finite, st.none() | st.floats(1e-9, 1e300))
few_readings = st.lists(readings, max_size=4, unique_by=lambda reading: reading.series).map(tuple)
many_instants = st.lists(instants, max_size=6).map(tuple)
origins = st.builds(Origin, texts, texts, st.integers(1, 65535))
records: st.SearchStrategy[Record] = st.one_of(
    st.builds(SamplePass, instants, few_readings),
    st.builds(Forgotten, many_instants),
    st.builds(
        Report,
        st.builds(
            Shape,
            texts,
            texts,
            st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
            st.frozensets(texts),
            st.frozensets(texts),
        ),
        st.lists(st.builds(WriteRequest, many_instants, few_readings, st.booleans())).map(tuple),
        st.none() | instants,
    ),
    st.builds(Progress, many_instants, many_instants, st.none() | instants),
    st.sampled_from(Turn),
    st.builds(
        Remembered,
        st.none() | st.builds(CpuTimes, finite, finite, st.integers(1, 512), texts),
        st.none() | instants,
        st.none() | st.builds(MicroshiftStart, texts, finite),
        st.integers(0, 2**62),
        st.none() | origins,
        st.integers(0, 9),
        st.none() | instants,
    ),
)


def plain(contents: Contents) -> Plain:
    """Show contents as something that can be compared."""
    return (
        list(passes(contents.backlog)),
        contents.remembered,
        contents.report,
        contents.progress,
    )


def pieces(data: bytes) -> list[Frame | Gap]:
    """Take a journal's bytes apart."""
    return list(scan(BytesIO(data).read))


def read(data: bytes, owner: Owner = OWNER) -> tuple[Survey, Plain]:
    """Read a journal's bytes as a process does that starts."""
    replay = Replay()
    survey = replay.read(lambda: scan(BytesIO(data).read), owner)
    return survey, plain(replay.contents())


@contextmanager
def opened(path: Path, owner: Owner = OWNER) -> Iterator[JournalFile]:
    """Open a journal as a process does, which ends with the block."""
    directory = StateDirectory(path)
    try:
        yield JournalFile(directory, owner)
    finally:
        directory.release()


def loaded(path: Path, owner: Owner = OWNER) -> tuple[Plain, str | None]:
    """Tell what a process that starts finds, and what it says."""
    with opened(path, owner) as journal:
        found = journal.load()
    return plain(found.contents), found.said


def keep(journal: JournalFile, live: Contents, *sample_passes: SamplePass) -> None:
    """Add passes to what is live and append them, each in a call of its own."""
    for sample_pass in sample_passes:
        live.backlog.add(sample_pass)
        journal.append(live, sample_pass)


@contextmanager
def a_disk(path: Path, size: str) -> Iterator[None]:
    """Mount a small filesystem; CalledProcessError for whoever may not."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)
