"""The passes that no receiver has confirmed yet, oldest first, in columns of numbers.

A week of passes at one minute is 10,080 times 12 series; as objects that would be tens of
megabytes, as arrays it is 1.5.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from math import isnan, nan

from microshift_telemetry.sample.sample import Reading, SamplePass, Series

MAX_PASSES = 20_160
"""A fortnight at one minute; beyond it the oldest go."""


class Backlog:
    """Dynamic readings by pass and series; a pass without a reading of a series holds NaN there."""

    def __init__(self) -> None:
        """Start empty."""
        self._times = array("q")
        self._values: dict[Series, array[float]] = {}
        self._totals: dict[Series, array[float]] = {}
        self.samples = 0
        """How many (series, timestamp) pairs wait."""

    @property
    def times_ms(self) -> tuple[int, ...]:
        """The instants of the passes, oldest first."""
        return tuple(self._times)

    @property
    def oldest_ms(self) -> int | None:
        """The instant of the oldest pass; None when empty."""
        return self._times[0] if self._times else None

    def add(self, sample_pass: SamplePass) -> None:
        """Keep a pass' dynamic readings, in their place in time.

        Of two passes with one timestamp the first stays: receivers refuse a second value for an
        instant. A pass without dynamic readings leaves nothing.
        """
        time_ms = sample_pass.time_ms
        at = bisect_left(self._times, time_ms)
        if not sample_pass.dynamic or (at < len(self._times) and self._times[at] == time_ms):
            return
        for reading in sample_pass.dynamic:
            self._column(self._values, reading.series)
            if reading.total is not None:
                self._column(self._totals, reading.series)
        self._times.insert(at, time_ms)
        values = {reading.series: reading.value for reading in sample_pass.dynamic}
        self.samples += len(values)
        totals = {reading.series: reading.total for reading in sample_pass.dynamic}
        for series, column in self._values.items():
            column.insert(at, values.get(series, nan))
        for series, column in self._totals.items():
            total = totals.get(series)
            column.insert(at, nan if total is None else total)

    def take_over(self, other: "Backlog") -> None:
        """Add every pass of another backlog."""
        for time_ms in other.times_ms:
            readings = (other.readings(series, (time_ms,)) for series in other.series())
            dynamic = tuple(reading for each in readings for _, reading in each)
            self.add(SamplePass(time_ms, dynamic))

    def readings(self, series: Series, times_ms: Iterable[int]) -> Iterator[tuple[int, Reading]]:
        """Give one series' readings at the given instants, leaving out those it has none for."""
        values, totals = self._values[series], self._totals.get(series)
        for time_ms in times_ms:
            at = bisect_left(self._times, time_ms)
            if at == len(self._times) or self._times[at] != time_ms or isnan(values[at]):
                continue
            total = None if totals is None or isnan(totals[at]) else totals[at]
            yield time_ms, Reading(series, values[at], total)

    def series(self) -> tuple[Series, ...]:
        """Give the series that any waiting pass may have a reading of, in order."""
        return tuple(sorted(self._values))

    def discard(self, times_ms: Iterable[int]) -> int:
        """Forget passes, since they were confirmed or given up; tell how many samples they had."""
        unwanted = frozenset(times_ms)
        kept = [at for at, time_ms in enumerate(self._times) if time_ms not in unwanted]
        if len(kept) == len(self._times):
            return 0
        self._times = array("q", (self._times[at] for at in kept))
        self._values = _thinned(self._values, kept)
        self._totals = {
            series: column
            for series, column in _thinned(self._totals, kept).items()
            if series in self._values
        }
        before = self.samples
        self.samples = sum(not isnan(value) for column in self._values.values() for value in column)
        return before - self.samples

    def expire(self, before_ms: int) -> tuple[int, ...]:
        """Forget passes older than an instant, and the oldest beyond `MAX_PASSES`.

        Returns:
            Their instants.
        """
        too_old = bisect_left(self._times, before_ms)
        expired = self._times[: max(too_old, len(self._times) - MAX_PASSES)]
        self.discard(expired)
        return tuple(expired)

    def clear(self) -> int:
        """Forget everything; tell how many samples were dropped."""
        return self.discard(self._times)

    def _column(self, columns: "dict[Series, array[float]]", series: Series) -> None:
        if series not in columns:
            columns[series] = array("d", [nan]) * len(self._times)


def _thinned(
    columns: "dict[Series, array[float]]", kept: list[int]
) -> "dict[Series, array[float]]":
    """Keep the given rows, and only columns that still hold a number."""
    thinned = {
        series: array("d", (column[at] for at in kept)) for series, column in columns.items()
    }
    return {
        series: column
        for series, column in thinned.items()
        if not all(isnan(value) for value in column)
    }
