"""Journals that version 0.1.0 has written are taken over whole."""

from dataclasses import replace
from pathlib import Path

import pytest

from microshift_telemetry.buffer.first_version import FirstRemembered, translated
from microshift_telemetry.buffer.form import Form
from microshift_telemetry.buffer.records import (
    Learned,
    LossReason,
    Lost,
    PassMade,
    Remembered,
)
from microshift_telemetry.sources.host import CpuTimes
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from tests.unit.buffer.journals import (
    BOOT,
    ELSEWHERE,
    FULL,
    HERE,
    MEAN,
    REMEMBERED,
    SHAPE,
    UID,
    keep,
    loaded,
    opened,
    record,
    waiting,
)
from tests.unit.factories import HOUR, NOON, a_full_pass

GOLDEN = Path(__file__).parents[2] / "golden" / "journals" / "v0.1.0"
KEPT = Remembered(
    cpu=CpuTimes(12.5, 400.25, 4, BOOT),
    origin=HERE,
    answered_start=MicroshiftStart(BOOT, 31.25),
    last_report_ms=NOON - HOUR,
    learned=Learned(1, NOON - HOUR),
    dropped_samples=26,
)
OPEN = replace(KEPT, report_due_ms=NOON + 5 * HOUR, is_report_open=True)
CONCLUDED = replace(
    OPEN,
    is_report_open=False,
    last_report_ms=NOON + 5 * HOUR,
    learned=Learned(2, NOON + 5 * HOUR),
    dropped_samples=50,
)
ALL = (0, 1, 2, 3, 4, 5)
AS_FROZEN = dict.fromkeys(ALL, FULL)
FIRST_SHAPE = Form(replace(SHAPE, anonymized=frozenset()))


def take_over(name: str, path: Path) -> None:
    (path / f"{UID}.journal").write_bytes((GOLDEN / f"{name}.journal").read_bytes())


@pytest.mark.parametrize(
    ("name", "remembered", "hours", "marks"),
    [
        ("passes", KEPT, ALL, {}),
        ("forgotten", replace(KEPT, dropped_samples=50), (0, 3, 4, 5), {}),
        ("frozen", OPEN, ALL, AS_FROZEN),
        ("progress", OPEN, (2, 3, 4, 5), AS_FROZEN),
        ("restarted", OPEN, (2, 3, 4, 5), AS_FROZEN),
        ("compacted", OPEN, (2, 3, 4, 5), AS_FROZEN),
        ("averaged", OPEN, ALL, {5: MEAN}),
        ("concluded", CONCLUDED, (), {}),
        (
            "moved",
            replace(OPEN, is_report_open=False, origin=ELSEWHERE, dropped_samples=98),
            (6,),
            {},
        ),
        ("torn", KEPT, ALL, {}),
        ("first-shape", OPEN, ALL, dict.fromkeys(ALL, FIRST_SHAPE)),
    ],
)
def test_a_journal_of_0_1_0_is_taken_over_whole(
    name: str,
    remembered: Remembered,
    hours: tuple[int, ...],
    marks: dict[int, Form],
    tmp_path: Path,
) -> None:
    take_over(name, tmp_path)

    ledger, said = loaded(tmp_path)

    assert said is None
    assert ledger.remembered == remembered
    assert ledger.backlog.times_ms == tuple(NOON + hour * HOUR for hour in hours)
    for hour, found in zip(hours, waiting(ledger), strict=True):
        assert set(found.dynamic) == set(a_full_pass(found.time_ms, hour / 7).dynamic)
        assert ledger.backlog.form_of(found.time_ms) == marks.get(hour)
        assert ledger.backlog.is_maybe_stored(found.time_ms) is (hour in marks)
    assert (ledger.offered, ledger.extra_ms) == (None, None)


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.journal")))
def test_the_next_write_makes_it_a_journal_of_today_that_says_the_same(
    name: str, tmp_path: Path
) -> None:
    take_over(name, tmp_path)
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        keep(journal, live, a_full_pass(NOON + 9 * HOUR))

    assert loaded(tmp_path) == (live, None)
    data = (tmp_path / f"{UID}.journal").read_bytes()
    assert data[13] == 2
    assert [path.name for path in tmp_path.glob(f"{UID}*")] == [f"{UID}.journal"]


def test_its_passes_are_lost_as_they_are_known(tmp_path: Path) -> None:
    """What its frozen report had may be stored; what came later is dropped and counted."""
    take_over("progress", tmp_path)
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        later = a_full_pass(NOON + 9 * HOUR)
        record(journal, live, PassMade(later))
        record(journal, live, Lost(live.backlog.times_ms, LossReason.EXPIRED, NOON))

    assert live.remembered.dropped_samples == 26 + 12
    assert live.remembered.maybe_stored_samples == 4 * 12


def test_what_0_1_0_did_not_know_stays_as_a_newer_version_has_left_it(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        newer = journal.load().ledger
        record(journal, newer, REMEMBERED, PassMade(a_full_pass(NOON - 9 * HOUR)))
    (tmp_path / f"{UID}.journal").rename(tmp_path / f"{UID}.v2")
    take_over("forgotten", tmp_path)

    with opened(tmp_path) as journal:
        live = journal.load().ledger
        keep(journal, live, a_full_pass(NOON + 9 * HOUR))

    hours = (-9, 0, 3, 4, 5, 9)
    assert live.backlog.times_ms == tuple(NOON + hour * HOUR for hour in hours)
    assert live.remembered == replace(
        REMEMBERED,
        answered_start=KEPT.answered_start,
        last_report_ms=NOON - HOUR,
        delivered_to="",
        dropped_samples=50,
    )
    assert loaded(tmp_path) == (live, None)
    assert [path.name for path in tmp_path.glob(f"{UID}*")] == [f"{UID}.journal"]


def test_a_file_that_waited_is_not_taken_back_for_another_origin(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        newer = journal.load().ledger
        record(journal, newer, replace(REMEMBERED, origin=ELSEWHERE))
        keep(journal, newer, a_full_pass(NOON - 9 * HOUR))
    (tmp_path / f"{UID}.journal").rename(tmp_path / f"{UID}.v2")
    take_over("passes", tmp_path)

    found, _ = loaded(tmp_path)

    assert NOON - 9 * HOUR not in found.backlog.times_ms
    assert len(found.backlog.times_ms) == 6
    assert (found.remembered.origin, found.remembered.is_report_open) == (HERE, False)


def test_what_it_did_not_know_yet_is_no_news() -> None:
    remembered = translated(FirstRemembered(), REMEMBERED)

    assert remembered == replace(REMEMBERED, answered_start=None, learned=Learned(0, None, NOON))


def test_the_same_delivery_went_where_it_went() -> None:
    first = FirstRemembered(last_report_ms=REMEMBERED.last_report_ms)

    assert translated(first, REMEMBERED).delivered_to == REMEMBERED.delivered_to
