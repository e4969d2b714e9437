import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microshift_telemetry.buffer import journal as module
from microshift_telemetry.buffer.frames import MAX_PAYLOAD_BYTES, frame
from microshift_telemetry.buffer.frozen import Progress, Report, Shape
from microshift_telemetry.buffer.journal import (
    Contents,
    Found,
    Owner,
    Replay,
    Writer,
    live_bytes,
)
from microshift_telemetry.buffer.packing import UnreadableError
from microshift_telemetry.buffer.records import (
    Forgotten,
    Names,
    Record,
    Turn,
    decode_names,
    decode_records,
    encode_names,
    encode_records,
)
from microshift_telemetry.buffer.remembered import Remembered
from microshift_telemetry.sample.sample import Reading, SamplePass
from microshift_telemetry.spec.endpoint import Origin
from tests.unit.buffer.journals import OWNER, REMEMBERED, REPORT, plain, read, records
from tests.unit.factories import HOUR, MEMORY, MINUTE, NOON, a_full_pass, a_sample_pass

ELSEWHERE = Remembered(origin=Origin("https", "elsewhere.example", 443))


def an_empty_file() -> bytes:
    return b"".join(Writer().whole_file(OWNER, Contents()))


@settings(max_examples=60)
@given(st.lists(records, max_size=5))
def test_records_come_back_as_they_went(some: list[Record]) -> None:
    names = Names()
    payload = encode_records(some, names)
    known = decode_names(encode_names(names.pop_fresh()))

    assert decode_records(payload, known) == some


@settings(max_examples=60)
@given(st.lists(st.lists(records, max_size=3), max_size=4))
def test_a_file_says_what_its_records_say(batches: list[list[Record]]) -> None:
    writer, replay = Writer(), Replay()
    data = an_empty_file()
    for batch in batches:
        data += writer.frames(*batch)
        for record in sorted(batch, key=lambda record: not isinstance(record, Remembered)):
            replay.play(record)

    survey, found = read(data)

    assert (survey.found, survey.end) == (Found.INTACT, len(data))
    assert found == plain(replay.contents())


@settings(max_examples=60)
@given(st.lists(records, max_size=8))
def test_a_file_written_anew_says_the_same(some: list[Record]) -> None:
    replay = Replay()
    for record in some:
        replay.play(record)
    live = replay.contents()

    _, found = read(b"".join(Writer().whole_file(OWNER, live)))

    before = plain(live)
    assert found == (before if live.report else (*before[:2], None, Progress()))


@given(st.binary(max_size=300))
def test_payloads_that_nobody_wrote_are_unreadable_and_nothing_worse(payload: bytes) -> None:
    with suppress(UnreadableError):
        decode_names(payload)

    with suppress(UnreadableError):
        found = decode_records(payload, {0: MEMORY})
        assert decode_records(encode_records(found, Names({0: MEMORY})), {0: MEMORY}) == found


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        pytest.param(b"\x09", "unknown kind", id="kind"),
        pytest.param(b"\x01\x05\x01\x02" + bytes(8), "name was lost", id="series"),
        pytest.param(b"\x01\x05\x01\x00" + b"\xff" * 8, "not finite", id="value"),
        pytest.param(b"\x01\x05\x01\x01" + bytes(16), "not above 0", id="total"),
        pytest.param(b"\x01\x05\x01\x00", "within a value", id="cut"),
        pytest.param(b"\x02\xff\xff\x03", "fewer values", id="count"),
        pytest.param(b"\x02\x01\x01", "no clock shows", id="before the epoch"),
        pytest.param(b"\x02" + b"\xff" * 12, "without an end", id="number"),
        pytest.param(b"\x03\x01{", "shape", id="shape"),
        pytest.param(b"\x03\x01\xff", "a text that is none", id="text"),
    ],
)
def test_what_makes_no_sense_is_named(record: bytes, complaint: str) -> None:
    with pytest.raises(UnreadableError, match=complaint):
        decode_records(record, {0: MEMORY})


def test_a_shape_of_other_types_is_unreadable() -> None:
    text = json.dumps({"cluster_id": "", "usage_unit": "", "external_labels": 1, "excluded": []})

    with pytest.raises(UnreadableError):
        decode_records(b"\x03" + bytes([len(text)]) + text.encode(), {})


def test_a_frame_that_nobody_could_read_is_not_written() -> None:
    with pytest.raises(ValueError, match="at most"):
        frame(3, bytes(MAX_PAYLOAD_BYTES + 1))


def test_a_pass_costs_as_many_bytes_as_its_numbers() -> None:
    writer = Writer()
    first = writer.frames(a_full_pass(NOON))

    further = writer.frames(a_full_pass(NOON + MINUTE))

    assert len(first) > 1000
    assert len(further) < 160


def test_a_taken_pass_leaves_the_backlog_and_a_refused_one_stays() -> None:
    replay = Replay()
    for hour in range(3):
        replay.play(a_sample_pass(NOON + hour * HOUR))
    replay.play(REPORT)

    replay.play(Progress(taken_ms=(NOON,), refused_ms=(NOON + HOUR,), refused_alone_ms=NOON + HOUR))
    replay.play(Progress(taken_ms=(NOON + 2 * HOUR,)))

    live = replay.contents()
    assert live.backlog.times_ms == (NOON + HOUR,)
    assert live.progress == Progress((NOON, NOON + 2 * HOUR), (NOON + HOUR,), NOON + HOUR)


def test_a_restarted_report_forgets_its_refusals_only() -> None:
    replay = Replay()

    for record in (REPORT, Progress((NOON,), (NOON + HOUR,), NOON + HOUR), Turn.RESTARTED):
        replay.play(record)

    assert plain(replay.contents())[2:] == (REPORT, Progress((NOON,)))


@pytest.mark.parametrize("record", [Turn.CONCLUDED, Report(Shape("", ""), (), None)])
def test_the_progress_of_a_report_ends_with_it(record: Record) -> None:
    replay = Replay()

    for played in (REPORT, Progress((NOON,)), record):
        replay.play(played)

    assert replay.contents().progress == Progress()


def test_a_pass_that_is_kept_again_after_it_was_forgotten_stays() -> None:
    replay = Replay()

    for record in (a_sample_pass(), Forgotten((NOON,)), SamplePass(NOON, (Reading(MEMORY, 7.0),))):
        replay.play(record)

    assert plain(replay.contents())[0] == [SamplePass(NOON, (Reading(MEMORY, 7.0),))]


def test_nothing_that_was_collected_for_another_origin_is_left() -> None:
    replay = Replay()
    for record in (a_sample_pass(), REPORT, REMEMBERED, a_sample_pass(NOON + HOUR)):
        replay.play(record)

    replay.play(ELSEWHERE)

    assert plain(replay.contents()) == ([], ELSEWHERE, None, Progress())


def test_a_pass_that_is_kept_together_with_a_new_origin_belongs_to_it() -> None:
    writer = Writer()
    data = an_empty_file() + writer.frames(a_sample_pass(), REMEMBERED)

    _, found = read(data + writer.frames(a_sample_pass(NOON + HOUR), ELSEWHERE))

    assert found == ([a_sample_pass(NOON + HOUR)], ELSEWHERE, None, Progress())


def test_a_long_journal_is_replayed_in_a_time_that_grows_with_its_length() -> None:
    """Each pass is forgotten on its own; were the backlog built anew each time: minutes."""
    replay = Replay()

    for number in range(20_000):
        replay.play(a_sample_pass(NOON + number * MINUTE))
        if number >= 10_000:
            replay.play(Forgotten((NOON + (number - 10_000) * MINUTE,)))

    assert len(replay.contents().backlog.times_ms) == 10_000


@pytest.mark.parametrize(
    "other",
    [
        Owner.of("another", OWNER.cluster_id, "a machine id"),
        Owner.of(OWNER.uid, "another", "a machine id"),
        Owner.of(OWNER.uid, OWNER.cluster_id, "another"),
    ],
    ids=["object", "cluster", "machine"],
)
def test_nothing_of_another_owner_is_read(other: Owner) -> None:
    live = Contents(remembered=REMEMBERED, report=REPORT)
    live.backlog.add(a_sample_pass())

    survey, found = read(b"".join(Writer().whole_file(OWNER, live)), other)

    assert survey.found is Found.FOREIGN
    assert found == plain(Contents())


def test_nothing_of_a_newer_version_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(module, "FORMAT_VERSION", 7)
        data = an_empty_file()

    survey, _ = read(data + Writer().frames(a_sample_pass()))

    assert (survey.found, survey.version) == (Found.NEWER, 7)


def test_the_estimate_of_what_is_live_is_near_to_it() -> None:
    live = Contents(report=REPORT)
    for number in range(1000):
        live.backlog.add(a_full_pass(NOON + number * MINUTE))

    size = sum(map(len, Writer().whole_file(OWNER, live)))

    assert 0.9 < live_bytes(live) / size < 1.1
