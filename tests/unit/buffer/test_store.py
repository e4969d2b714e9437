"""The store: what is in memory is on the disk, or said not to be."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from microshift_telemetry.buffer import journal_queue
from microshift_telemetry.buffer.journal import live_bytes
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import (
    Answered,
    Delivered,
    Fate,
    Learned,
    Loss,
    LossReason,
    Lost,
    Moved,
    Offered,
    PassMade,
    Remembered,
    ReportDue,
)
from microshift_telemetry.buffer.store import Store
from tests.unit.buffer.journals import (
    ELSEWHERE,
    FULL,
    HERE,
    OWNER,
    REMEMBERED,
    UID,
    after,
    loaded,
)
from tests.unit.buffer.processes import LATER, SEED, Process, finished, hours_in, made
from tests.unit.factories import HOUR, NOON, a_sample_pass

GOLDEN = Path(__file__).parents[2] / "golden" / "journals" / "v0.1.0"
SAMPLES = 2
"""Of one pass."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_what_is_recorded_is_there_for_the_next_process(path: Path) -> None:
    first = Process(path)
    first.store.record(*made(0, 1), REMEMBERED, ReportDue(NOON))
    first.end()

    second = Process(path)

    assert second.store.is_open
    assert second.store.note == ""
    assert second.store.ledger == first.store.ledger
    assert second.store.ledger == after([*made(0, 1), REMEMBERED, ReportDue(NOON)])


def test_a_start_with_nothing_new_writes_nothing(path: Path) -> None:
    first = Process(path)
    first.store.record(*made(0), replace(REMEMBERED, last_report_ms=SEED.last_report_ms))
    first.end()
    file = (path / f"{UID}.journal").stat()

    Process(path).end()

    again = (path / f"{UID}.journal").stat()
    assert (again.st_ino, again.st_size) == (file.st_ino, file.st_size)


def test_an_offer_that_an_earlier_process_left_open_was_not_answered(path: Path) -> None:
    first = Process(path)
    first.store.record(*made(0, 1), Offered((NOON,), FULL))
    first.end()

    second = Process(path)
    second.end()

    assert second.store.ledger.offered is None
    assert second.store.ledger.backlog.is_maybe_stored(NOON)
    assert loaded(path)[0] == second.store.ledger


def test_what_is_recorded_before_it_is_open_comes_on_top(path: Path) -> None:
    first = Process(path)
    loss = Loss(NOON, 5, NOON, NOON, LossReason.EXPIRED)
    kept = replace(REMEMBERED, dropped_samples=30, loss=loss)
    first.store.record(kept, *made(0, 1, 2), PassMade(a_sample_pass(NOON + 5), is_extra=True))
    first.end()
    second = Process(path, is_open=False)
    second.store.record(
        Moved(HERE, "here"),
        *made(3, 4),
        ReportDue(NOON + 4 * HOUR),
        Offered((NOON + 3 * HOUR,), FULL),
        Answered(Fate.UNANSWERED),
        Lost((NOON + 4 * HOUR,), LossReason.REFUSED, LATER),
        PassMade(a_sample_pass(LATER), is_extra=True),
        Delivered(LATER, "there"),
        Learned(2, LATER, LATER),
        Offered((LATER,), FULL),
    )

    assert second.open()
    second.end()

    ledger = second.store.ledger
    assert hours_in(ledger) == [0, 1, 2, 3, 9]
    assert (ledger.extra_ms, ledger.offered) == (LATER, Offered((LATER,), FULL))
    assert ledger.backlog.is_maybe_stored(NOON + 3 * HOUR)
    assert ledger.remembered == replace(
        kept,
        destination="here",
        report_due_ms=NOON + 4 * HOUR,
        last_report_ms=LATER,
        delivered_to="there",
        learned=Learned(2, LATER, LATER),
        dropped_samples=30 + SAMPLES,
        maybe_stored_samples=0,
        loss=Loss(LATER, SAMPLES, NOON + 4 * HOUR, NOON + 4 * HOUR, LossReason.REFUSED),
    )
    assert loaded(path)[0] == ledger


def test_what_waits_for_another_origin_is_dropped_and_counted(path: Path) -> None:
    first = Process(path)
    first.store.record(Moved(HERE, "here"), *made(0, 1, 2), ReportDue(NOON))
    first.end()
    second = Process(path, is_open=False)
    second.store.record(Moved(ELSEWHERE, "elsewhere"), *made(4))

    assert second.open()
    second.end()

    ledger = second.store.ledger
    assert hours_in(ledger) == [4]
    assert ledger.remembered == Remembered(
        origin=ELSEWHERE,
        destination="elsewhere",
        report_due_ms=NOON,
        last_report_ms=SEED.last_report_ms,
        dropped_samples=26 + 3 * SAMPLES,
        loss=Loss(LATER, 3 * SAMPLES, NOON, NOON + 2 * HOUR, LossReason.MOVED),
    )
    assert loaded(path)[0] == ledger


def test_what_the_status_says_was_delivered_counts_for_a_journal_of_0_1_0(path: Path) -> None:
    """It kept no destination; an admin must not see Ready fall with the update."""
    path.mkdir()
    (path / f"{UID}.journal").write_bytes((GOLDEN / "passes.journal").read_bytes())
    seed = replace(SEED, destination="here", delivered_to="here")

    first = Process(path, seed)
    first.end()
    second = Process(path, replace(SEED, destination="elsewhere", delivered_to="elsewhere"))
    second.end()

    for each in (first, second):
        remembered = each.store.ledger.remembered
        assert (remembered.destination, remembered.delivered_to) == ("here", "here")


def test_counters_of_the_status_count_where_the_disk_has_lost_them(path: Path) -> None:
    assert Process(path).store.ledger.remembered == SEED


def test_without_a_directory_it_is_memory() -> None:
    store = Store("cluster", UID, None, SEED)
    store.record(*made(0))

    assert store.is_open
    assert not finished(store.open(OWNER, LATER))
    assert hours_in(store.ledger) == [0]
    store.delete()
    finished(store.delete_what_is_left())
    assert store.ledger == Ledger(SEED)
    assert store.note == ""


def test_what_can_t_be_read_yet_is_said_once_and_taken_over_later(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first = Process(path)
    first.store.record(*made(0))
    first.end()
    hidden = path.rename(path.with_name("hidden"))
    path.touch()
    second = Process(path, is_open=False)
    for hour in (1, 2):
        assert not second.open()
        second.store.record(*made(hour))
    assert second.store.note.startswith(f"samples are kept in memory only: {path}: ")
    path.unlink()
    hidden.rename(path)

    assert second.open()
    assert not second.open()
    second.end()

    assert hours_in(second.store.ledger) == [0, 1, 2]
    assert loaded(path)[0] == second.store.ledger
    assert second.store.note == ""
    assert [record.message.split(": ")[0] for record in caplog.records] == [
        "samples are kept in memory only",
        "samples are kept on the disk again",
    ]


def test_damage_is_told_until_the_process_ends(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = Process(path)
    first.store.record(*made(0))
    first.end()
    file = path / f"{UID}.journal"
    file.write_bytes(b"noise" + file.read_bytes())

    second = Process(path)
    second.end()

    assert "5 bytes are unreadable" in second.store.note
    assert [record.message for record in caplog.records] == [second.store.note]
    assert loaded(path) == (second.store.ledger, None)


def test_what_is_live_is_counted_only_where_the_file_has_grown(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, counted = Process(path), list[Ledger]()

    def count(ledger: Ledger) -> int:
        counted.append(ledger)
        return live_bytes(ledger)

    monkeypatch.setattr(journal_queue, "live_bytes", count)
    for hour in range(100):
        process.store.record(*made(hour))
    assert counted == []

    for _ in range(20):
        process.store.record(*1000 * [Learned()])
    assert 0 < len(counted) < 20
