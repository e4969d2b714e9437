import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from microshift_telemetry.buffer import backlog as module
from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from tests.unit.factories import (
    COUNTS,
    HOUR,
    MEMORY,
    MINUTE,
    NOON,
    PODS,
    USAGES,
    a_full_pass,
    a_sample_pass,
)

A_WEEK_OF_MINUTES = 10_080
SERIES = [Series.of(name) for name in "abcd"]

instants = st.integers(0, 20)
readings = st.builds(
    Reading,
    st.sampled_from(SERIES),
    st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.floats(1.0, 1e12),
)
passes = st.builds(
    SamplePass,
    instants,
    st.lists(readings, max_size=4, unique_by=lambda reading: reading.series).map(tuple),
)


class BacklogAgainstADict(RuleBasedStateMachine):
    """Whatever is done to it, a backlog holds what a plain dict of passes would hold."""

    def __init__(self) -> None:
        super().__init__()
        self.backlog = Backlog()
        self.model: dict[int, dict[Series, Reading]] = {}

    def _drop(self, times: set[int]) -> int:
        return sum(len(self.model.pop(time_ms)) for time_ms in times & self.model.keys())

    @rule(sample_pass=passes)
    def add(self, sample_pass: SamplePass) -> None:
        self.backlog.add(sample_pass)
        if sample_pass.dynamic:
            self.model.setdefault(
                sample_pass.time_ms, {reading.series: reading for reading in sample_pass.dynamic}
            )

    @rule(times=st.sets(instants))
    def discard(self, times: set[int]) -> None:
        assert self.backlog.discard(times) == self._drop(times)

    @rule(before=instants)
    def expire(self, before: int) -> None:
        too_old = {time_ms for time_ms in self.model if time_ms < before}

        assert self.backlog.expire(before) == tuple(sorted(too_old))
        self._drop(too_old)

    @rule()
    def clear(self) -> None:
        assert self.backlog.clear() == self._drop(set(self.model))

    @invariant()
    def it_holds_what_the_dict_holds(self) -> None:
        held: dict[int, dict[Series, Reading]] = {time_ms: {} for time_ms in self.backlog.times_ms}
        for series in self.backlog.series():
            for time_ms, reading in self.backlog.readings(series, range(21)):
                held[time_ms][series] = reading
        assert held == self.model

    @invariant()
    def it_counts_and_sorts_as_the_dict_does(self) -> None:
        assert self.backlog.times_ms == tuple(sorted(self.model))
        assert self.backlog.oldest_ms == min(self.model, default=None)
        assert self.backlog.samples == sum(len(dynamic) for dynamic in self.model.values())
        assert self.backlog.series() == tuple(sorted({s for d in self.model.values() for s in d}))


TestBacklogAgainstADict = BacklogAgainstADict.TestCase


def test_of_two_passes_at_one_instant_the_first_stays() -> None:
    backlog = Backlog()

    backlog.add(SamplePass(NOON, (Reading(MEMORY, 1.0),)))
    backlog.add(SamplePass(NOON, (Reading(MEMORY, 2.0), Reading(PODS, 3.0))))

    assert list(backlog.readings(MEMORY, [NOON])) == [(NOON, Reading(MEMORY, 1.0))]
    assert backlog.series() == (MEMORY,)


def test_a_pass_without_dynamic_readings_leaves_nothing() -> None:
    backlog = Backlog()

    backlog.add(SamplePass(NOON, static=(Reading(MEMORY, 1.0),)))

    assert (backlog.times_ms, backlog.oldest_ms, backlog.samples) == ((), None, 0)


@given(st.permutations(range(6)))
def test_passes_stand_in_the_order_of_time_however_they_came(order: list[int]) -> None:
    backlog = Backlog()

    for number in order:
        backlog.add(a_sample_pass(NOON + number * MINUTE))

    assert backlog.times_ms == tuple(NOON + number * MINUTE for number in range(6))


def test_readings_come_in_the_order_that_was_asked_for() -> None:
    backlog = Backlog()
    for hour in range(3):
        backlog.add(a_sample_pass(NOON + hour * HOUR))

    given_ = backlog.readings(PODS, [NOON + 2 * HOUR, NOON, NOON + MINUTE])

    assert [time_ms for time_ms, _ in given_] == [NOON + 2 * HOUR, NOON]


def test_a_backlog_without_an_end_forgets_its_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PASSES", 3)
    backlog = Backlog()
    for hour in range(5):
        backlog.add(a_sample_pass(NOON + hour * HOUR))

    expired = backlog.expire(0)

    assert expired == (NOON, NOON + HOUR)
    assert backlog.times_ms == tuple(NOON + hour * HOUR for hour in (2, 3, 4))


def test_a_series_that_nobody_waits_for_costs_nothing() -> None:
    backlog = Backlog()
    backlog.add(SamplePass(NOON, (Reading(MEMORY, 1.0, 2.0),)))
    backlog.add(SamplePass(NOON + HOUR, (Reading(PODS, 1.0),)))

    backlog.discard([NOON])

    assert backlog.series() == (PODS,)
    assert len(backlog._values) + len(backlog._totals) == 1


def test_a_week_at_one_minute_costs_less_than_three_mebibytes() -> None:
    tracemalloc.start()
    try:
        backlog = Backlog()
        for number in range(A_WEEK_OF_MINUTES):
            backlog.add(a_full_pass(NOON + number * MINUTE, number / 7))
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert backlog.samples == A_WEEK_OF_MINUTES * len(USAGES + COUNTS)
    assert held < 3 * 2**20
    assert peak < 4 * 2**20


def test_passes_that_come_in_the_wrong_order_do_not_cost_the_square() -> None:
    """A pass costs 0.05 ms; were columns rebuilt at each insert, it would be some milliseconds."""
    backlog = Backlog()
    begun = time.process_time()

    for number in reversed(range(A_WEEK_OF_MINUTES)):
        backlog.add(a_full_pass(NOON + number * MINUTE))

    assert time.process_time() - begun < 10
