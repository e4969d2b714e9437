"""The passes that no receiver has confirmed yet, oldest first, in columns of numbers.

A week of passes at one minute is 10,080 times 12 series; as objects that would be tens of
megabytes, as arrays it is 1.5.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import chain, groupby
from math import isnan, nan
from operator import itemgetter

from microshift_telemetry.buffer.form import Form
from microshift_telemetry.buffer.marks import Marks
from microshift_telemetry.buffer.records import Marked
from microshift_telemetry.sample.sample import Reading, SamplePass, Series

MAX_PASSES = 20_160
"""A fortnight at one minute; beyond it the oldest go."""


class Backlog:
    """Dynamic readings by pass and series; a pass without a reading of a series holds NaN there.

    Only the ledger changes it.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._times = array("q")
        self._values: dict[Series, array[float]] = {}
        self._totals: dict[Series, array[float]] = {}
        self._marks = Marks()
        self.samples = 0
        """How many (series, timestamp) pairs wait."""

    def __eq__(self, other: object) -> bool:
        """Compare what waits and what is known of it."""
        if not isinstance(other, Backlog):
            return NotImplemented
        return (
            self._times == other._times
            and _bits(self._values) == _bits(other._values)
            and _bits(self._totals) == _bits(other._totals)
            and self._marks == other._marks
        )

    __hash__ = None  # type: ignore[assignment]  # it changes

    @property
    def times_ms(self) -> tuple[int, ...]:
        """The instants of the passes, oldest first."""
        return tuple(self._times)

    @property
    def oldest_ms(self) -> int | None:
        """The instant of the oldest pass; None when empty."""
        return self._times[0] if self._times else None

    def among(self, times_ms: Iterable[int]) -> tuple[int, ...]:
        """Give those of the instants that have a pass here, oldest first."""
        return tuple(sorted(each for each in set(times_ms) if self._place(each) is not None))

    def readings(self, series: Series, times_ms: Iterable[int]) -> Iterator[tuple[int, Reading]]:
        """Give one series' readings at the given instants, leaving out those it has none for."""
        values, totals = self._values[series], self._totals.get(series)
        for time_ms in times_ms:
            at = self._place(time_ms)
            if at is None or isnan(values[at]):
                continue
            total = None if totals is None or isnan(totals[at]) else totals[at]
            yield time_ms, Reading(series, values[at], total)

    def series(self) -> tuple[Series, ...]:
        """Give the series that any waiting pass may have a reading of, in order."""
        return tuple(sorted(self._values))

    def passes(self, times_ms: Iterable[int] | None = None) -> Iterator[SamplePass]:
        """Give passes, all or those of the given instants, oldest first, one at a time."""
        wanted = self._times if times_ms is None else tuple(times_ms)
        columns = (self.readings(series, wanted) for series in self.series())
        for time_ms, readings in groupby(merge(*columns, key=itemgetter(0)), key=itemgetter(0)):
            yield SamplePass(time_ms, tuple(reading for _, reading in readings))

    def form_of(self, time_ms: int) -> Form | None:
        """Give the form in which a receiver may have a pass; None when it has none of it."""
        at = self._place(time_ms)
        return None if at is None else self._marks.form(at)

    def is_maybe_stored(self, time_ms: int) -> bool:
        """Tell whether a pass counts as perhaps stored."""
        at = self._place(time_ms)
        return at is not None and self._marks.is_maybe_stored(at)

    @property
    def marks(self) -> int:
        """How many passes a receiver may have."""
        return self._marks.count

    def marked(self) -> Iterator[Marked]:
        """Give every mark, passes with the same one together."""
        return self._marks.told(self._times)

    def mark(self, times_ms: Iterable[int], form: Form, *, is_maybe_stored: bool) -> None:
        """Note in which form a receiver may have passes; one that counts as stored goes on to."""
        places = [at for at in map(self._place, times_ms) if at is not None]
        self._marks.set(places, form, is_maybe_stored=is_maybe_stored)

    def add(self, sample_pass: SamplePass) -> bool:
        """Keep a pass' dynamic readings, in their place in time; tell whether they are kept.

        Of two passes with one timestamp the first stays: receivers refuse a second value for an
        instant. A pass without dynamic readings leaves nothing.
        """
        time_ms = sample_pass.time_ms
        at = bisect_left(self._times, time_ms)
        if not sample_pass.dynamic or self._place(time_ms) is not None:
            return False
        self._times.insert(at, time_ms)
        self._marks.insert(at)
        for column in chain(self._values.values(), self._totals.values()):
            column.insert(at, nan)
        readings = {reading.series: reading for reading in sample_pass.dynamic}
        self.samples += len(readings)
        for series, reading in readings.items():
            self._column(self._values, series)[at] = reading.value
            if reading.total is not None:
                self._column(self._totals, series)[at] = reading.total
        return True

    def discard(self, times_ms: Iterable[int]) -> int:
        """Forget passes; tell how many samples they had."""
        places = {at for at in map(self._place, times_ms) if at is not None}
        before = self.samples
        for run in _runs(places):
            self._cut(run)
        return before - self.samples

    def _cut(self, rows: slice) -> None:
        del self._times[rows]
        self._marks.cut(rows)
        for columns in (self._values, self._totals):
            for series, column in [*columns.items()]:
                numbers = sum(not isnan(value) for value in column[rows])
                del column[rows]
                if numbers and all(map(isnan, column)):
                    del columns[series]
                if columns is self._values:
                    self.samples -= numbers

    def _place(self, time_ms: int) -> int | None:
        at = bisect_left(self._times, time_ms)
        return at if at < len(self._times) and self._times[at] == time_ms else None

    def _column(self, columns: "dict[Series, array[float]]", series: Series) -> "array[float]":
        column = columns.get(series)
        if column is None:
            column = columns[series] = array("d", [nan]) * len(self._times)
        return column


def _bits(columns: "dict[Series, array[float]]") -> dict[Series, bytes]:
    """Give what can be compared: no NaN equals itself."""
    return {series: column.tobytes() for series, column in columns.items()}


def _runs(places: Iterable[int]) -> Iterator[slice]:
    """Join places that are neighbours, the last ones first, so that earlier ones stay in place."""
    end = begin = -1
    for place in sorted(places, reverse=True):
        if place != begin - 1:
            if end >= 0:
                yield slice(begin, end)
            end = place + 1
        begin = place
    if end >= 0:
        yield slice(begin, end)
