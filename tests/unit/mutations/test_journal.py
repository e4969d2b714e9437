"""The journal on the disk."""

import struct
import zlib
from dataclasses import dataclass

from microshift_telemetry.buffer.journal import Found, Writer
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.records import (
    Answered,
    Fate,
    Forgotten,
    Offered,
    PassMade,
    Record,
)
from tests.unit.buffer.journals import FULL, OWNER, REMEMBERED, read, waiting
from tests.unit.factories import CLUSTER_ID, HOUR, MEMORY, NOON, a_sample_pass
from tests.unit.mutations.engine import Mutator
from tests.unit.mutations.trial import MUTANTS, Kind, Trial

SEED = 20_261_121

BATCHES: tuple[tuple[Record, ...], ...] = (
    (PassMade(a_sample_pass(NOON)), REMEMBERED),
    (PassMade(a_sample_pass(NOON + HOUR)),),
    (PassMade(a_sample_pass(NOON + 2 * HOUR)), REMEMBERED),
    (Offered((NOON,), FULL),),
    (Answered(Fate.TAKEN),),
    (Forgotten((NOON + HOUR,)),),
    (PassMade(a_sample_pass(NOON + 3 * HOUR)), REMEMBERED),
    (Offered((NOON + 2 * HOUR, NOON + 3 * HOUR), FULL),),
)
MARKER = b"\x1e\xc5mj"
HEAD = struct.Struct("<4sBII")
HEADER_KIND, SERIES_KIND, RECORDS_KIND, FORMS_KIND = 1, 2, 3, 4


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
    data = b"".join(writer.whole_file(OWNER, Ledger()))
    [nothing] = {payload for kind, payload, _ in _frames(data) if kind == RECORDS_KIND}
    meaning: dict[bytes, tuple[Record, ...]] = {nothing: ()}
    for batch in BATCHES:
        frames = writer.frames(*batch)
        [records] = {payload for kind, payload, _ in _frames(frames) if kind == RECORDS_KIND}
        meaning[records] = batch
        data += frames
    begin, frames_of_file = 0, []
    for _, _, end in _frames(data):
        frames_of_file.append(data[begin:end])
        begin = end
    return frames_of_file, meaning


FRAMES, MEANING = _whole_file()
HEADER, SERIES, FORMS = (
    {payload for found, payload, _ in _frames(b"".join(FRAMES)) if found == kind}
    for kind in (HEADER_KIND, SERIES_KIND, FORMS_KIND)
)
NEWER = _framed(HEADER_KIND, b"\x03what a later version says")
FOREIGN = b"".join(Writer().whole_file(Owner.of("another", "cluster", "machine"), Ledger()))
NONSENSE = _framed(RECORDS_KIND, b"\x7fno record")


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


Waiting = tuple[frozenset[int], frozenset[int]]
"""The passes that wait, and those of the request that nobody has answered."""


def _readable(mutant: Mutant) -> tuple[str, Waiting | None]:
    """Tell what a file is, and what its records come to when they are played again."""
    frames = _frames(mutant.data)
    end = frames[-1][2] if frames else 0
    covered = sum(HEAD.size + len(payload) for _, payload, _ in frames)
    headers = {payload for kind, payload, _ in frames if kind == HEADER_KIND}
    if any(payload[:1] == b"\x03" for payload in headers):
        return "NEWER", None
    if headers - HEADER:
        return "FOREIGN", None
    names = [payload for _, payload, _ in frames if payload in SERIES | FORMS]
    batches = [MEANING.get(payload) for kind, payload, _ in frames if kind == RECORDS_KIND]
    known = [batch for batch in batches if batch is not None and _is_named(batch, names)]
    waiting = _played([record for batch in known for record in batch])
    if not headers or end > covered or len(known) < len(batches):
        return "DAMAGED", waiting
    return ("TORN" if len(mutant.data) > end else "INTACT"), waiting


def _is_named(batch: tuple[Record, ...], names: list[bytes]) -> bool:
    """A frame that uses a name which was lost can't be read, with all that stands in it."""
    wanted = [MEMORY.metric] if any(isinstance(record, PassMade) for record in batch) else []
    wanted += [CLUSTER_ID] if any(isinstance(record, Offered) for record in batch) else []
    return all(any(name.encode() in payload for payload in names) for name in wanted)


def _played(records: list[Record]) -> Waiting:
    waiting: set[int] = set()
    offered: frozenset[int] = frozenset()
    for record in records:
        match record:
            case PassMade():
                waiting.add(record.sample_pass.time_ms)
            case Forgotten(times_ms):
                waiting.difference_update(times_ms)
            case Offered(times_ms):
                offered = frozenset(times_ms)
            case Answered(Fate.TAKEN):
                waiting -= offered
                offered = frozenset()
            case _:
                pass
    return frozenset(waiting), offered


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
        survey, ledger = read(mutant.data)
        passes, offered = waiting(ledger), ledger.offered
        is_read = survey.found not in {Found.FOREIGN, Found.NEWER}
        times = frozenset(each.time_ms for each in passes)
        found = (times, frozenset(offered.times_ms if offered else ()))
        trial.compare(mutant, (survey.found.name, found if is_read else None))
        assert passes == [a_sample_pass(time_ms) for time_ms in sorted(times)]
        seen.append(survey.found)
    trial.conclude()
    assert {*seen} == {*Found}
    assert len(seen) == MUTANTS
