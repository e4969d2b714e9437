import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microshift_telemetry.buffer import journal as module
from microshift_telemetry.buffer.codec import decode_records, encode_records
from microshift_telemetry.buffer.first_version import FirstRemembered
from microshift_telemetry.buffer.frames import MAX_PAYLOAD_BYTES, frame
from microshift_telemetry.buffer.journal import Found, Writer, live_bytes
from microshift_telemetry.buffer.ledger import Ledger, snapshot
from microshift_telemetry.buffer.names import (
    Named,
    Names,
    decode_forms,
    decode_series,
    encode_forms,
    encode_series,
)
from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.packing import UnreadableError
from microshift_telemetry.buffer.records import Forgotten, Marked, Moved, PassMade, Record
from tests.unit.buffer.journals import (
    ELSEWHERE,
    FULL,
    HERE,
    OWNER,
    REMEMBERED,
    after,
    near_records,
    read,
    records,
    waiting,
)
from tests.unit.factories import HOUR, MEMORY, MINUTE, NOON, a_full_pass, a_sample_pass

NAMED = Named({0: MEMORY}, {0: FULL})


def an_empty_file() -> bytes:
    return b"".join(Writer().whole_file(OWNER, Ledger()))


def named_in(names: Names) -> Named:
    """Write down what is named, and read it back."""
    return Named(
        decode_series(encode_series(names.series.pop_fresh())),
        decode_forms(encode_forms(names.forms.pop_fresh())),
    )


@settings(max_examples=60)
@given(st.lists(records, max_size=5))
def test_records_come_back_as_they_went(some: list[Record]) -> None:
    names = Names()
    payload = encode_records(some, names)

    assert decode_records(payload, named_in(names)) == some


@settings(max_examples=60)
@given(st.lists(st.lists(records | near_records, max_size=3), max_size=4))
def test_a_file_says_what_its_records_say(batches: list[list[Record]]) -> None:
    writer = Writer()
    data = an_empty_file()
    for batch in batches:
        data += writer.frames(*batch)

    survey, found = read(data)

    assert (survey.found, survey.end) == (Found.INTACT, len(data))
    assert found == after(record for batch in batches for record in batch)


@settings(max_examples=200)
@given(st.lists(near_records, max_size=12))
def test_a_file_written_anew_says_the_same(some: list[Record]) -> None:
    live = after(some)

    _, found = read(b"".join(Writer().whole_file(OWNER, live)))

    assert found == live
    assert after(snapshot(live)) == live


@given(st.binary(max_size=300))
def test_payloads_that_nobody_wrote_are_unreadable_and_nothing_worse(payload: bytes) -> None:
    for decode in (decode_series, decode_forms):
        with suppress(UnreadableError):
            decode(payload)

    with suppress(UnreadableError):
        found = [
            each for each in decode_records(payload, NAMED) if not isinstance(each, FirstRemembered)
        ]
        names = Names()
        again = encode_records(found, names)
        assert decode_records(again, named_in(names)) == found


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        pytest.param(b"\x7f", "unknown kind", id="kind"),
        pytest.param(b"\x08\x05\x01\x02" + bytes(8), "without its name", id="series"),
        pytest.param(b"\x08\x05\x01\x00" + b"\xff" * 8, "not finite", id="value"),
        pytest.param(b"\x08\x05\x01\x01" + bytes(16), "not above 0", id="total"),
        pytest.param(b"\x08\x05\x01\x00", "within a value", id="cut"),
        pytest.param(b"\x02\xff\xff\x03", "fewer values", id="count"),
        pytest.param(b"\x02\x01\x01", "a time out of range", id="before the epoch"),
        pytest.param(b"\x02" + b"\xff" * 12, "an unterminated number", id="number"),
        pytest.param(b"\x09\x00\x05", "a form without its name", id="form"),
        pytest.param(b"\x0a\x09\x00", "9 is not a valid Fate", id="fate"),
        pytest.param(b"\x11\x01\xff", "an invalid string", id="text"),
        pytest.param(b"\x03\x01{", "shape", id="shape of the first version"),
        pytest.param(b"\x01\x05\x01\x02" + bytes(8), "without its name", id="first version"),
    ],
)
def test_what_makes_no_sense_is_named(record: bytes, complaint: str) -> None:
    with pytest.raises(UnreadableError, match=complaint):
        decode_records(record, NAMED)


@pytest.mark.parametrize(
    "shape",
    [{"cluster_id": "", "usage_unit": "", "external_labels": 1, "excluded": []}, [], 7, None, "{"],
)
def test_a_form_whose_shape_is_none_is_unreadable(shape: object) -> None:
    text = json.dumps(shape)

    with pytest.raises(UnreadableError, match="shape"):
        decode_forms(b"\x00" + bytes([len(text)]) + text.encode() + b"\x00")


def test_a_frame_that_nobody_could_read_is_not_written() -> None:
    with pytest.raises(ValueError, match="at most"):
        frame(3, bytes(MAX_PAYLOAD_BYTES + 1))


def test_a_pass_costs_as_many_bytes_as_its_numbers() -> None:
    writer = Writer()
    first = writer.frames(PassMade(a_full_pass(NOON)))

    further = writer.frames(PassMade(a_full_pass(NOON + MINUTE)))

    assert len(first) > 1000
    assert len(further) < 160


def test_a_pass_that_is_kept_together_with_a_new_origin_belongs_to_it() -> None:
    writer = Writer()
    data = an_empty_file() + writer.frames(Moved(HERE, "here"), PassMade(a_sample_pass()))
    data += writer.frames(Moved(ELSEWHERE, "elsewhere"), PassMade(a_sample_pass(NOON + HOUR)))

    _, found = read(data)

    assert waiting(found) == [a_sample_pass(NOON + HOUR)]
    assert found.remembered.origin == ELSEWHERE


def test_a_long_journal_is_replayed_in_a_time_that_grows_with_its_length() -> None:
    """Each pass is forgotten on its own; were the backlog built anew each time: minutes."""
    ledger = Ledger()

    for number in range(20_000):
        ledger.apply(PassMade(a_sample_pass(NOON + number * MINUTE)))
        if number >= 10_000:
            ledger.apply(Forgotten((NOON + (number - 10_000) * MINUTE,)))

    assert len(ledger.backlog.times_ms) == 10_000


@pytest.mark.parametrize(
    "other",
    [
        Owner.of("another", OWNER.cluster_id, "a machine id"),
        Owner.of(OWNER.uid, "another", "a machine id"),
        Owner.of(OWNER.uid, OWNER.cluster_id, "another"),
        Owner.of(OWNER.uid, OWNER.cluster_id, "a machine id", opt_out=7),
    ],
    ids=["object", "cluster", "machine", "opt-out"],
)
def test_nothing_of_another_owner_is_read(other: Owner) -> None:
    live = after([REMEMBERED, PassMade(a_sample_pass())])

    survey, found = read(b"".join(Writer().whole_file(OWNER, live)), other)

    assert survey.found is Found.FOREIGN
    assert found == Ledger()


def test_nothing_of_a_newer_version_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(module, "FORMAT_VERSION", 7)
        data = an_empty_file()

    survey, found = read(data + Writer().frames(PassMade(a_sample_pass())))

    assert (survey.found, survey.version) == (Found.NEWER, 7)
    assert found == Ledger()


def test_a_file_that_was_emptied_has_nothing_and_is_no_damage() -> None:
    survey, found = read(b"")

    assert (survey.found, survey.version, survey.lost_bytes) == (Found.TORN, 0, 0)
    assert found == Ledger()


def test_the_estimate_of_what_is_live_is_near_to_it() -> None:
    live = Ledger()
    for number in range(1000):
        live.apply(PassMade(a_full_pass(NOON + number * MINUTE)))
    live.apply(Marked(live.backlog.times_ms[::2], FULL, is_maybe_stored=True))

    size = sum(map(len, Writer().whole_file(OWNER, live)))

    assert 0.9 < live_bytes(live) / size < 1.1
