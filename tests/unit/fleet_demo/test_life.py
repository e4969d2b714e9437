"""What arrives of a device, and when, as its fault has it."""

from itertools import pairwise

import pytest

from tests.fleet_demo.device import DAY_MS, HOUR_MS, Device, Fault, Span
from tests.fleet_demo.life import CPU, DISK, DROPPED, MAX_AGE_MS, MEMORY, PENDING, RETRY_MS
from tests.unit.fleet_demo.factories import BEGIN, NOW, PHASE, a_life, a_span

HOURS = 10 * 24


def test_a_sound_device_has_a_pass_an_hour_and_a_report_a_day() -> None:
    life = a_life()

    first, last = BEGIN + HOUR_MS // 2, NOW - DAY_MS + PHASE
    assert list(life.times_ms) == list(range(first, last + 1, HOUR_MS))
    assert [each.at_ms for each in life.reports] == [
        BEGIN + PHASE + day * DAY_MS for day in range(10)
    ]
    assert [(each.first, each.last) for each in life.reports[:3]] == [(0, 1), (2, 25), (26, 49)]


def test_a_slow_device_has_a_pass_an_hour_and_a_report_a_week() -> None:
    life = a_life(every_days=7)

    assert {later.at_ms - earlier.at_ms for earlier, later in pairwise(life.reports)} == {
        7 * DAY_MS
    }
    assert {later - earlier for earlier, later in pairwise(life.times_ms)} == {HOUR_MS}


def test_every_series_has_a_value_at_every_pass() -> None:
    life = a_life(reports_itself=True)

    assert {len(column) for column in life.columns.values()} == {len(life.times_ms)}
    for key in (CPU, MEMORY, DISK):
        assert 0 < min(life.columns[key]) <= max(life.columns[key]) < 100


def test_the_same_device_lives_the_same_life() -> None:
    assert a_life() == a_life()
    assert a_life() != a_life(id="another-id")


def test_an_outage_delays_passes_and_loses_none() -> None:
    outage = a_span(6, 3)

    life = a_life(unlinked=(outage,))

    back_ms = outage.end_ms + RETRY_MS
    assert set(a_life().times_ms) | {back_ms} == set(life.times_ms)
    [late] = [each for each in life.reports if each.at_ms == back_ms]
    assert late.last - late.first > 3 * 24
    assert not [each for each in life.reports if each.at_ms in outage]


def test_what_waits_for_longer_than_a_week_is_dropped_and_counted() -> None:
    outage = a_span(9, 1.2)

    life = a_life(unlinked=(outage,), reports_itself=True)

    back_ms = outage.end_ms + RETRY_MS
    lost = {each for each in a_life().times_ms if outage.begin_ms - DAY_MS < each}
    lost = {each for each in lost if each < back_ms - MAX_AGE_MS} - set(life.times_ms)
    assert lost
    assert set(a_life().times_ms) - set(life.times_ms) == lost
    assert life.columns[DROPPED][0] == 0
    assert life.columns[DROPPED][-1] == 12 * len(lost)
    assert max(life.columns[PENDING]) == pytest.approx(MAX_AGE_MS / 1000, abs=3600)


def test_nothing_comes_while_there_is_no_power() -> None:
    off = a_span(5, 4)

    life = a_life(off=(off,))

    assert not [each for each in life.times_ms if each in off]
    assert off.end_ms in life.times_ms
    assert off.end_ms in {each.at_ms for each in life.reports}


def test_a_device_begins_when_it_joins() -> None:
    joined_ms = NOW - 3 * DAY_MS + 7

    life = a_life(versions=((joined_ms, "4.20.8"),))

    assert life.times_ms[0] == life.reports[0].at_ms == joined_ms


def test_a_wrong_clock_dates_passes_and_not_reports() -> None:
    life, right = a_life(clock_ahead_ms=HOUR_MS), a_life()

    assert list(life.times_ms) == [each + HOUR_MS for each in right.times_ms]
    assert life.reports == right.reports


def test_an_update_is_reported_at_once_and_has_the_new_version_from_then_on() -> None:
    updated_ms = NOW - 4 * DAY_MS + 7

    life = a_life(versions=((BEGIN - DAY_MS, "4.20.8"), (updated_ms, "4.21.2")))

    assert {each.version for each in life.reports if each.at_ms < updated_ms} == {"4.20.8"}
    newer = [each for each in life.reports if each.version == "4.21.2"]
    assert newer[0].at_ms == updated_ms
    assert len(newer) == 1 + 4


def test_a_disk_that_fills_grows_six_percent_a_day_and_memory_that_is_short_has_run_out() -> None:
    disk = a_life(fault=Fault.DISK_FILLS).columns[DISK]
    memory = a_life(fault=Fault.MEMORY_SHORT).columns[MEMORY]

    assert disk[-1] - disk[-49] == pytest.approx(12, abs=0.5)
    assert disk[-1] > 80
    assert min(memory[-24:]) > 95
    assert max(memory[:24]) < 80


def test_of_a_device_whose_older_samples_are_refused_one_sample_a_day_is_left() -> None:
    life = a_life(fault=Fault.SPARSE)

    assert len(life.times_ms) == len(life.reports) == 10
    assert min(a_life(fault=Fault.DISK_FULL).columns[DISK]) > 92


def test_a_span_has_its_beginning_and_not_its_end() -> None:
    span = Span(1, 3)

    assert [moment in span for moment in range(5)] == [False, True, True, False, False]


def test_the_version_at_a_moment_is_the_newest_before_it() -> None:
    device: Device = a_life(versions=((1, "a"), (5, "b"))).device

    assert [device.version_at(at) for at in (1, 4, 5, 9)] == ["a", "a", "b", "b"]
