"""Whatever happens to a journal's bytes, no record is lost but the one that was hit."""

import random
import struct
from pathlib import Path

import pytest

from microshift_telemetry.buffer.frames import MARKER, Frame, Gap, frame, scan
from microshift_telemetry.buffer.journal import Found, Writer
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import (
    Answered,
    Fate,
    Offered,
    PassMade,
    Record,
    ReportDue,
)
from tests.unit.buffer.journals import (
    FULL,
    OWNER,
    REMEMBERED,
    after,
    keep,
    loaded,
    opened,
    pieces,
    read,
    waiting,
)
from tests.unit.factories import HOUR, NOON, a_sample_pass

BATCHES: list[tuple[Record, ...]] = [
    (REMEMBERED, PassMade(a_sample_pass(NOON))),
    (PassMade(a_sample_pass(NOON + HOUR)),),
    (PassMade(a_sample_pass(NOON + 2 * HOUR)), ReportDue(NOON + 2 * HOUR)),
    (Offered((NOON, NOON + HOUR), FULL),),
    (Answered(Fate.PARTLY, NOON + HOUR),),
    (PassMade(a_sample_pass(NOON + 3 * HOUR), is_extra=True), REMEMBERED),
]


def a_journal() -> tuple[bytes, list[tuple[int, int]]]:
    """Write a small file; tell where each of the batches lies."""
    writer = Writer()
    data = b"".join(writer.whole_file(OWNER, Ledger()))
    spans = []
    for batch in BATCHES:
        frames = writer.frames(*batch)
        ends = [len(data) + piece.end for piece in pieces(frames) if isinstance(piece, Frame)]
        # A batch that names series or a form stands between two copies of those names.
        spans.append((ends[0], ends[1]) if len(ends) > 1 else (len(data), ends[0]))
        data += frames
    return data, spans


def said_by(batches: list[tuple[Record, ...]]) -> Ledger:
    return after(record for batch in batches for record in batch)


JOURNAL, SPANS = a_journal()


def test_cut_anywhere_it_keeps_every_whole_record_before() -> None:
    for cut in range(len(JOURNAL)):
        survey, found = read(JOURNAL[:cut])

        whole = [batch for batch, (_, end) in zip(BATCHES, SPANS, strict=True) if end <= cut]
        assert found == said_by(whole), cut
        assert survey.end <= cut


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_with_any_byte_flipped_it_loses_only_the_record_that_was_hit(mask: int) -> None:
    for at in range(len(JOURNAL)):
        data = bytearray(JOURNAL)
        data[at] ^= mask

        survey, found = read(bytes(data))

        spared = [
            batch
            for batch, (begin, end) in zip(BATCHES, SPANS, strict=True)
            if not begin <= at < end
        ]
        assert found == said_by(spared), at
        is_last = at >= SPANS[-1][0]
        assert survey.found is (Found.TORN if is_last else Found.DAMAGED)


@pytest.mark.parametrize("noise", [b"\x00" * 5000, b"noise", MARKER, MARKER * 100, MARKER[:3]])
def test_noise_between_records_costs_none_of_them(noise: bytes) -> None:
    begin, _ = SPANS[3]

    survey, found = read(JOURNAL[:begin] + noise + JOURNAL[begin:])

    assert (survey.found, survey.lost_bytes) == (Found.DAMAGED, len(noise))
    assert found == said_by(BATCHES)


def test_a_record_is_found_wherever_the_reads_behind_damage_happen_to_end() -> None:
    begin, _ = SPANS[3]
    for end in ((64 << 10), (128 << 10)):
        for noise in range(end - begin - 20, end - begin + 5):
            data = JOURNAL[:begin] + bytes(noise) + JOURNAL[begin:]
            assert read(data)[1] == said_by(BATCHES), noise


def test_a_record_that_claims_100_megabytes_is_damage_and_nothing_is_allocated_for_it() -> None:
    begin, _ = SPANS[2]
    asked: list[int] = []
    data = JOURNAL[:begin] + struct.pack("<4sBII", MARKER, 3, 100 << 20, 0) + JOURNAL[begin:]
    source = memoryview(data)

    def read_some(size: int) -> bytes:
        nonlocal source
        asked.append(size)
        given, source = bytes(source[:size]), source[size:]
        return given

    assert [piece.size_bytes for piece in scan(read_some) if isinstance(piece, Gap)] == [13]
    assert max(asked) <= 1 << 20
    assert read(data)[1] == said_by(BATCHES)


def test_mutated_journals_are_read_as_far_as_they_are_whole() -> None:
    chance = random.Random(4)  # noqa: S311  # repeats
    everything = {time_ms for batch in BATCHES for time_ms in _times(batch)}
    for _ in range(1000):
        data = bytearray(JOURNAL)
        for _ in range(chance.randint(1, 4)):
            begin = chance.randrange(len(data))
            end = min(len(data), begin + chance.randint(1, 60))
            move = chance.choice(["cut", "copy", "swap", "zero"])
            piece = data[begin:end]
            if move == "cut":
                del data[begin:end]
            elif move == "copy":
                data[begin:begin] = piece
            elif move == "swap":
                data[begin:end] = piece[::-1]
            else:
                data[begin:end] = bytes(len(piece))

        survey, found = read(bytes(data))

        assert {sample_pass.time_ms for sample_pass in waiting(found)} <= everything
        assert all(
            sample_pass == a_sample_pass(sample_pass.time_ms) for sample_pass in waiting(found)
        )
        assert survey.found in set(Found) - {Found.FOREIGN, Found.NEWER}


def test_records_that_are_whole_but_make_no_sense_are_damage_and_nothing_worse() -> None:
    """The checksums are right: somebody's edit, or a version with a mistake in it."""
    chance = random.Random(5)  # noqa: S311  # repeats
    frames = [piece for piece in pieces(JOURNAL) if isinstance(piece, Frame)]
    seen = []
    for _ in range(2000):
        hit = chance.randrange(len(frames))
        payload = bytearray(frames[hit].payload)
        for _ in range(chance.randint(1, 3)):
            payload[chance.randrange(len(payload))] = chance.randrange(256)
        data = [frame(piece.kind, piece.payload) for piece in frames]
        data[hit] = frame(frames[hit].kind, bytes(payload))

        survey, _ = read(b"".join(data))

        seen.append(survey.found)
    assert {*seen} == {Found.INTACT, Found.DAMAGED, Found.FOREIGN, Found.NEWER}
    assert seen.count(Found.INTACT) > 400


def test_a_torn_file_goes_on_where_its_last_whole_record_ends(tmp_path: Path) -> None:
    path = tmp_path / f"{OWNER.uid}.journal"
    for cut in range(1, SPANS[-1][1] - SPANS[-1][0], 7):
        path.write_bytes(JOURNAL[:-cut])
        with opened(tmp_path) as journal:
            live = journal.load().ledger
            keep(journal, live, a_sample_pass(NOON + 9 * HOUR))

        found, said = loaded(tmp_path)

        assert said is None
        assert found == said_by([*BATCHES[:-1], (PassMade(a_sample_pass(NOON + 9 * HOUR)),)])
    assert not list(tmp_path.glob("*.damaged"))


def test_nothing_is_left_of_a_torn_tail_that_is_longer_than_what_follows(tmp_path: Path) -> None:
    path = tmp_path / f"{OWNER.uid}.journal"
    path.write_bytes(JOURNAL + b"noise" * 1000)
    with opened(tmp_path) as journal:
        keep(journal, journal.load().ledger, a_sample_pass(NOON + 9 * HOUR))

    assert path.read_bytes().startswith(JOURNAL)
    assert b"noise" not in path.read_bytes()


def test_a_damaged_file_is_set_aside_once_and_what_is_readable_goes_on(tmp_path: Path) -> None:
    path = tmp_path / f"{OWNER.uid}.journal"
    aside = tmp_path / f"{OWNER.uid}.damaged"
    aside.write_bytes(b"an older one")
    damaged = bytearray(JOURNAL)
    damaged[SPANS[1][0] + 20] ^= 1
    path.write_bytes(damaged)
    spared = [BATCHES[0], *BATCHES[2:]]

    with opened(tmp_path) as journal:
        first = journal.load()
        keep(journal, first.ledger, a_sample_pass(NOON + 9 * HOUR))

    assert first.said is not None
    assert first.said.startswith(f"{path}: ")
    assert aside.name in first.said
    assert aside.read_bytes() == damaged
    assert loaded(tmp_path) == (
        said_by([*spared, (PassMade(a_sample_pass(NOON + 9 * HOUR)),)]),
        None,
    )


def test_a_damaged_file_stays_where_it_is_until_a_fresh_one_can_take_over(tmp_path: Path) -> None:
    path = tmp_path / f"{OWNER.uid}.journal"
    path.write_bytes(b"noise" + JOURNAL)

    for _ in range(3):
        found, said = loaded(tmp_path)

        assert found == said_by(BATCHES)
        assert said is not None
    assert path.read_bytes() == b"noise" + JOURNAL


def _times(batch: tuple[Record, ...]) -> list[int]:
    return [record.sample_pass.time_ms for record in batch if isinstance(record, PassMade)]
