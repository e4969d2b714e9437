"""The journal on the disk."""

import struct
import zlib
from dataclasses import dataclass

from microshift_telemetry.buffer.frozen import Progress
from microshift_telemetry.buffer.journal import Contents, Found, Owner, Writer
from microshift_telemetry.buffer.records import Forgotten, Record
from microshift_telemetry.sample.sample import SamplePass
from tests.unit.buffer.journals import OWNER, REMEMBERED, REPORT, read
from tests.unit.factories import CORES, HOUR, MEMORY, NOON, a_sample_pass
from tests.unit.mutations.engine import Mutator
from tests.unit.mutations.trial import MUTANTS, Kind, Trial

SEED = 20_261_121

BATCHES: tuple[tuple[Record, ...], ...] = (
    (a_sample_pass(NOON), REMEMBERED),
    (a_sample_pass(NOON + HOUR),),
    (a_sample_pass(NOON + 2 * HOUR), REMEMBERED),
    (REPORT,),
    (Progress(taken_ms=(NOON,)),),
    (Forgotten((NOON + HOUR,)),),
    (a_sample_pass(NOON + 3 * HOUR), REMEMBERED),
)
MARKER = b"\x1e\xc5mj"
HEAD = struct.Struct("<4sBII")
HEADER_KIND, NAMES_KIND = 1, 2


def _framed(kind: int, payload: bytes) -> bytes:
    """Frame a payload as the format is described, with a checksum that is right."""
    checksum = zlib.crc32(struct.pack("<BI", kind, len(payload)) + payload)
    return HEAD.pack(MARKER, kind, len(payload), checksum) + payload


def _frames(data: bytes) -> list[tuple[int, bytes, int]]:
    """Find (kind, payload, end) of each whole frame: at every marker, by its length and sum."""
    found, at = [], 0
    while (at := data.find(MARKER, at)) >= 0:
        head = data[at : at + HEAD.size]
        size = HEAD.unpack(head)[2] if len(head) == HEAD.size else 1 << 30
        whole = data[at : at + HEAD.size + size]
        payload = whole[HEAD.size :]
        if len(payload) == size <= 1 << 20 and whole == _framed(head[4], payload):
            at += len(whole)
            found.append((head[4], payload, at))
        else:
            at += 1
    return found


def _whole_file() -> tuple[list[bytes], dict[bytes, tuple[Record, ...]]]:
    """Write a small file; give its frames, and the records that each payload stands for."""
    writer = Writer()
    data = b"".join(writer.whole_file(OWNER, Contents()))
    [nothing] = {payload for kind, payload, _ in _frames(data) if kind > NAMES_KIND}
    meaning: dict[bytes, tuple[Record, ...]] = {nothing: ()}
    for batch in BATCHES:
        frames = writer.frames(*batch)
        [records] = {payload for kind, payload, _ in _frames(frames) if kind > NAMES_KIND}
        meaning[records] = batch
        data += frames
    begin, frames_of_file = 0, []
    for _, _, end in _frames(data):
        frames_of_file.append(data[begin:end])
        begin = end
    return frames_of_file, meaning


FRAMES, MEANING = _whole_file()
HEADER, NAMES = (
    {payload for found, payload, _ in _frames(b"".join(FRAMES)) if found == kind}
    for kind in (HEADER_KIND, NAMES_KIND)
)
NEWER = _framed(HEADER_KIND, b"\x02what a later version says")
FOREIGN = b"".join(Writer().whole_file(Owner.of("another", "cluster", "machine"), Contents()))
NONSENSE = _framed(3, b"\x7fno record")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A journal's bytes."""

    data: bytes


def a_journal(mutator: Mutator) -> Mutant:
    frames = list(FRAMES)
    if mutator.once_in(8):
        other = mutator.one_of([NEWER, FOREIGN, NONSENSE])
        frames.insert(mutator.chance.randrange(len(frames)), other)
    return Mutant(b"".join(mutator.pieces(frames)))


def _readable(mutant: Mutant) -> tuple[str, frozenset[int] | None]:
    """Tell what a file is, and which passes wait in it: a set of instants, played again."""
    frames = _frames(mutant.data)
    end = frames[-1][2] if frames else 0
    covered = sum(HEAD.size + len(payload) for _, payload, _ in frames)
    headers = {payload for kind, payload, _ in frames if kind == HEADER_KIND}
    if any(payload[:1] == b"\x02" for payload in headers):
        return "NEWER", None
    if headers - HEADER:
        return "FOREIGN", None
    named = [payload for _, payload, _ in frames if payload in NAMES]
    batches = [MEANING.get(payload) for kind, payload, _ in frames if kind > NAMES_KIND]
    known = [batch for batch in batches if batch is not None and _is_named(batch, named)]
    waiting = _played([record for batch in known for record in batch])
    if not headers or end > covered or len(known) < len(batches):
        return "DAMAGED", waiting
    return ("TORN" if len(mutant.data) > end else "INTACT"), waiting


def _is_named(batch: tuple[Record, ...], named: list[bytes]) -> bool:
    """A frame whose series lost their names can't be read, with all that stands in it."""
    wanted = [MEMORY] if any(isinstance(record, SamplePass) for record in batch) else []
    wanted += [CORES.series] if REPORT in batch else []
    return all(any(series.metric.encode() in names for names in named) for series in wanted)


def _played(records: list[Record]) -> frozenset[int]:
    waiting: set[int] = set()
    for record in records:
        match record:
            case SamplePass():
                waiting.add(record.time_ms)
            case Forgotten(times_ms) | Progress(taken_ms=times_ms):
                waiting.difference_update(times_ms)
            case _:
                pass
    return frozenset(waiting)


def test_a_journal_gives_its_readable_passes_and_says_what_is_wrong_with_it() -> None:
    kind = Kind(
        mutant=a_journal,
        is_outer=lambda mutant: _readable(mutant)[0] in {"INTACT", "TORN", "FOREIGN", "NEWER"},
        reference=_readable,
        documented=(),
    )
    trial = Trial(kind, SEED)

    seen = []
    for mutant in trial.mutants:
        survey, (passes, *_) = read(mutant.data)
        is_read = survey.found not in {Found.FOREIGN, Found.NEWER}
        times = frozenset(each.time_ms for each in passes)
        trial.compare(mutant, (survey.found.name, times if is_read else None))
        assert passes == [a_sample_pass(time_ms) for time_ms in sorted(times)]
        seen.append(survey.found)
    trial.conclude()
    assert {*seen} == {*Found}
    assert len(seen) == MUTANTS
