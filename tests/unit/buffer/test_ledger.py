"""What follows from each record."""

from dataclasses import replace

import pytest

from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import (
    Answered,
    Delivered,
    Fate,
    Forgotten,
    Learned,
    Loss,
    LossReason,
    Lost,
    Moved,
    Offered,
    PassMade,
    Record,
    Remembered,
    ReportClosed,
    ReportDue,
)
from microshift_telemetry.sources.host import CpuTimes
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from tests.unit.buffer.journals import BOOT, ELSEWHERE, FULL, HERE, MEAN, REMEMBERED, after
from tests.unit.factories import HOUR, NOON, a_sample_pass

CPU = CpuTimes(1.0, 2.0, 4, BOOT)
START = MicroshiftStart(BOOT, 7.5)
SAMPLES = 2
"""Of one pass."""


def at(*hours: int) -> tuple[int, ...]:
    return tuple(NOON + hour * HOUR for hour in hours)


def made(*hours: int) -> list[Record]:
    return [PassMade(a_sample_pass(time_ms)) for time_ms in at(*hours)]


def marks(ledger: Ledger) -> list[tuple[int, object, bool]]:
    backlog = ledger.backlog
    return [
        (time_ms, backlog.form_of(time_ms), backlog.is_maybe_stored(time_ms))
        for time_ms in backlog.times_ms
        if backlog.form_of(time_ms) is not None
    ]


def test_a_pass_of_the_grid_stays_and_one_off_the_grid_makes_room_for_the_next() -> None:
    ledger = after([*made(0), PassMade(a_sample_pass(NOON + 5), is_extra=True)])
    assert (ledger.backlog.times_ms, ledger.extra_ms) == ((NOON, NOON + 5), NOON + 5)

    ledger.apply(PassMade(a_sample_pass(NOON + 9), is_extra=True))
    assert (ledger.backlog.times_ms, ledger.extra_ms) == ((NOON, NOON + 9), NOON + 9)

    ledger.apply(PassMade(a_sample_pass(NOON + HOUR), cpu=CPU))
    assert (ledger.backlog.times_ms, ledger.extra_ms) == (at(0, 1), None)
    assert ledger.remembered == Remembered(cpu=CPU)


@pytest.mark.parametrize(
    ("fate", "form", "left", "marked"),
    [
        pytest.param(Fate.TAKEN, FULL, at(3), [], id="taken"),
        pytest.param(Fate.UNTAKEN, FULL, at(0, 1, 2, 3), [], id="untaken"),
        pytest.param(
            Fate.PARTLY,
            FULL,
            at(0, 1, 2, 3),
            [(NOON, FULL, False), *((time_ms, FULL, True) for time_ms in at(1, 2))],
            id="a part",
        ),
        pytest.param(
            Fate.UNANSWERED,
            FULL,
            at(0, 1, 2, 3),
            [(time_ms, FULL, True) for time_ms in at(0, 1, 2)],
            id="unanswered",
        ),
        pytest.param(Fate.TAKEN, MEAN, at(3), [], id="mean taken"),
        pytest.param(
            Fate.UNANSWERED, MEAN, at(0, 1, 2, 3), [(NOON + 2 * HOUR, MEAN, True)], id="mean"
        ),
    ],
)
def test_what_becomes_of_an_offer(
    fate: Fate, form: object, left: tuple[int, ...], marked: list[tuple[int, object, bool]]
) -> None:
    offered = Offered(at(0, 1, 2), FULL if form is FULL else MEAN)
    ledger = after([*made(0, 1, 2, 3), offered])

    ledger.apply(Answered(fate, young_ms=NOON + 1))

    assert ledger.offered is None
    assert ledger.backlog.times_ms == left
    assert marks(ledger) == marked


def test_an_offer_that_another_follows_was_not_answered() -> None:
    ledger = after([*made(0, 1), Offered(at(0), FULL), Offered(at(1), FULL)])

    assert marks(ledger) == [(NOON, FULL, True)]
    assert ledger.offered == Offered(at(1), FULL)


def test_an_answer_to_nothing_says_nothing() -> None:
    assert after([*made(0), Answered(Fate.TAKEN)]) == after(made(0))


def test_what_is_lost_is_counted_and_what_may_be_stored_apart_from_it() -> None:
    ledger = after([*made(0, 1, 2, 3), Offered(at(0, 1), FULL), Answered(Fate.UNANSWERED)])

    ledger.apply(Lost(at(0, 1, 2, 9), LossReason.EXPIRED, NOON))

    assert ledger.backlog.times_ms == at(3)
    assert ledger.remembered == Remembered(
        dropped_samples=SAMPLES,
        maybe_stored_samples=2 * SAMPLES,
        loss=Loss(NOON, SAMPLES, NOON + 2 * HOUR, NOON + 2 * HOUR, LossReason.EXPIRED),
    )


def test_a_loss_of_what_may_be_stored_is_no_loss_to_tell() -> None:
    ledger = after([*made(0), Offered(at(0), FULL)])
    ledger.apply(Answered(Fate.UNANSWERED))
    ledger.apply(Lost(at(0, 5), LossReason.REFUSED, NOON))

    assert ledger.remembered == Remembered(maybe_stored_samples=SAMPLES)


def test_what_is_forgotten_is_counted_nowhere() -> None:
    ledger = after([*made(0), PassMade(a_sample_pass(NOON + 1), is_extra=True)])

    ledger.apply(Forgotten((NOON, NOON + 1)))

    assert ledger == Ledger()


def test_a_report_is_open_until_it_is_closed() -> None:
    ledger = Ledger(Remembered(maybe_stored_samples=3, answered_start=START))
    ledger.apply(ReportDue(NOON))
    assert ledger.remembered == Remembered(
        report_due_ms=NOON, is_report_open=True, answered_start=START, maybe_stored_samples=3
    )

    ledger.apply(Delivered(NOON + 1, "there"))
    ledger.apply(ReportClosed())

    assert ledger.remembered == Remembered(
        report_due_ms=NOON, answered_start=START, last_report_ms=NOON + 1, delivered_to="there"
    )


def test_a_report_answers_the_start_that_it_tells_of() -> None:
    ledger = after([ReportDue(NOON, START), Learned(1, NOON, NOON)])

    assert ledger.remembered.answered_start == START
    assert ledger.remembered.learned == Learned(1, NOON, NOON)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param(
            Moved(ELSEWHERE, "elsewhere"),
            replace(
                REMEMBERED,
                origin=ELSEWHERE,
                destination="elsewhere",
                delivered_to="",
                is_report_open=False,
            ),
            id="moved",
        ),
        pytest.param(
            replace(REMEMBERED, origin=ELSEWHERE),
            replace(REMEMBERED, origin=ELSEWHERE),
            id="remembered",
        ),
    ],
)
def test_nothing_that_was_collected_for_another_origin_is_left(
    record: Record, expected: Remembered
) -> None:
    ledger = after([REMEMBERED, *made(0), Offered(at(0), FULL)])
    ledger.apply(PassMade(a_sample_pass(NOON + 1), is_extra=True))

    ledger.apply(record)

    assert ledger == Ledger(expected)


def test_what_was_delivered_elsewhere_on_a_server_was_not_delivered_here() -> None:
    ledger = after([REMEMBERED, *made(0)])

    ledger.apply(Moved(HERE, "here, by another path"))

    assert ledger.backlog.times_ms == at(0)
    assert ledger.remembered == replace(
        REMEMBERED, destination="here, by another path", delivered_to=""
    )


def test_a_journal_that_names_no_destination_keeps_what_was_delivered() -> None:
    """Version 0.1.0 kept none: what the status says of it counts."""
    ledger = after([replace(REMEMBERED, destination=""), Moved(HERE, "here")])

    assert ledger.remembered == REMEMBERED


def test_the_first_origin_is_whom_everything_before_was_collected_for() -> None:
    ledger = after([*made(0), Moved(HERE, "here"), *made(1), Moved(HERE, "here")])

    assert ledger.backlog.times_ms == at(0, 1)
