import time
import tracemalloc
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from microshift_telemetry.buffer.backlog import MAX_PASSES, Backlog
from microshift_telemetry.buffer.form import Form
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from tests.unit.buffer.journals import FULL, MEAN
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
        self.marks: dict[int, tuple[Form, bool]] = {}

    def _drop(self, times: set[int]) -> int:
        for time_ms in times & self.marks.keys():
            del self.marks[time_ms]
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
    def discard_the_oldest(self, before: int) -> None:
        times = {time_ms for time_ms in self.model if time_ms < before}

        assert self.backlog.discard(times) == self._drop(times)

    @rule(to_ms=st.dictionaries(instants, instants))
    def redate(self, to_ms: dict[int, int]) -> None:
        self.backlog.redate(to_ms)
        model, marks = self.model, self.marks
        self.model, self.marks = {}, {}
        for time_ms in sorted(model, key=lambda each: (to_ms.get(each, each), each)):
            new_ms = to_ms.get(time_ms, time_ms)
            if new_ms not in self.model:
                self.model[new_ms] = model[time_ms]
                if time_ms in marks:
                    self.marks[new_ms] = marks[time_ms]

    @rule(times=st.sets(instants), form=st.sampled_from([FULL, MEAN]), maybe=st.booleans())
    def mark(self, times: set[int], form: Form, maybe: bool) -> None:  # noqa: FBT001  # a rule's
        self.backlog.mark(times, form, is_maybe_stored=maybe)
        for time_ms in times & self.model.keys():
            _, was_maybe = self.marks.get(time_ms, (form, False))
            self.marks[time_ms] = form, was_maybe or maybe

    @invariant()
    def it_knows_the_marks_that_the_dict_knows(self) -> None:
        for time_ms in range(21):
            form, maybe = self.marks.get(time_ms, (None, False))
            assert self.backlog.form_of(time_ms) == form
            assert self.backlog.is_maybe_stored(time_ms) is maybe
        assert self.backlog.marks == len(self.marks)
        told = [
            (time_ms, (mark.form, mark.is_maybe_stored))
            for mark in self.backlog.marked()
            for time_ms in mark.times_ms
        ]
        assert (len(told), dict(told)) == (len(self.marks), self.marks)

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


def test_a_series_that_nobody_waits_for_costs_nothing() -> None:
    backlog = Backlog()
    backlog.add(SamplePass(NOON, (Reading(MEMORY, 1.0, 2.0),)))
    backlog.add(SamplePass(NOON + HOUR, (Reading(PODS, 1.0),)))

    backlog.discard([NOON])

    assert backlog.series() == (PODS,)
    assert len(backlog._columns._values) + len(backlog._columns._totals) == 1


def test_a_fortnight_is_dated_anew_within_two_mebibytes() -> None:
    tracemalloc.start()
    try:
        backlog = Backlog()
        for number in range(MAX_PASSES):
            backlog.add(a_full_pass(number * MINUTE, number / 7))
        before = backlog.times_ms
        to_ms = {time_ms: time_ms + NOON for time_ms in before}
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        backlog.redate(to_ms)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert backlog.times_ms == tuple(time_ms + NOON for time_ms in before)
    assert peak - held < 2 << 20


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


def test_a_form_that_no_pass_has_any_more_makes_room_for_another() -> None:
    backlog = Backlog()
    for number in range(100):
        backlog.add(a_sample_pass(NOON + number))
        backlog.mark(
            [NOON + number],
            Form(replace(FULL.shape, usage_unit=str(number))),
            is_maybe_stored=False,
        )
        backlog.discard([NOON + number])

    assert len(backlog._marks._known_forms) == 1


def test_a_week_that_is_taken_request_by_request_does_not_cost_the_square() -> None:
    backlog = Backlog()
    for number in range(A_WEEK_OF_MINUTES):
        backlog.add(a_full_pass(NOON + number * MINUTE))
    begun = time.process_time()

    while backlog.oldest_ms is not None:
        backlog.discard(backlog.times_ms[:168])

    assert time.process_time() - begun < 1
