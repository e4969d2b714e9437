"""The readings of the passes that wait, in a column of numbers for each series.

A week of passes at one minute is 10,080 times 12 series; as objects that would be tens of
megabytes, as arrays it is 1.5.
"""

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain
from math import isnan, nan
from typing import TypeVar

from microshift_telemetry.sample.sample import Reading, Series

N = TypeVar("N", int, float)


def reordered(column: "array[N]", order: Sequence[int]) -> "array[N]":
    """Give a column with its rows in another order."""
    return array(column.typecode, map(column.__getitem__, order))


class Columns:
    """Readings by series and row; a row without a reading of a series holds NaN there."""

    def __init__(self) -> None:
        """Start without rows."""
        self._rows = 0
        self._values: dict[Series, array[float]] = {}
        self._totals: dict[Series, array[float]] = {}

    def __eq__(self, other: object) -> bool:
        """Compare every reading."""
        if not isinstance(other, Columns):
            return NotImplemented
        mine = (_bits(self._values), _bits(self._totals))
        return mine == (_bits(other._values), _bits(other._totals))

    @property
    def series(self) -> tuple[Series, ...]:
        """The series that any row has a reading of, in order."""
        return tuple(sorted(self._values))

    def reading(self, series: Series, at: int) -> Reading | None:
        """Give a row's reading of a series; None when it has none."""
        value, totals = self._values[series][at], self._totals.get(series)
        if isnan(value):
            return None
        return Reading(series, value, None if totals is None or isnan(totals[at]) else totals[at])

    def insert(self, at: int, readings: Iterable[Reading]) -> int:
        """Make a row of readings; tell how many they are."""
        for column in chain(self._values.values(), self._totals.values()):
            column.insert(at, nan)
        self._rows += 1
        by_series = {reading.series: reading for reading in readings}
        for series, reading in by_series.items():
            self._column(self._values, series)[at] = reading.value
            if reading.total is not None:
                self._column(self._totals, series)[at] = reading.total
        return len(by_series)

    def reorder(self, order: Sequence[int]) -> None:
        """Put the rows into another order."""
        for columns in (self._values, self._totals):
            for series, column in columns.items():
                columns[series] = reordered(column, order)

    def cut(self, rows: slice) -> int:
        """Forget rows, and series that no row is left of; tell how many readings they had."""
        count = 0
        for columns in (self._values, self._totals):
            for series, column in [*columns.items()]:
                numbers = sum(not isnan(value) for value in column[rows])
                del column[rows]
                if numbers and all(map(isnan, column)):
                    del columns[series]
                if columns is self._values:
                    count += numbers
        self._rows -= len(range(*rows.indices(self._rows)))
        return count

    def _column(self, columns: "dict[Series, array[float]]", series: Series) -> "array[float]":
        column = columns.get(series)
        if column is None:
            column = columns[series] = array("d", [nan]) * self._rows
        return column


def _bits(columns: "dict[Series, array[float]]") -> dict[Series, bytes]:
    """Give what can be compared: no NaN equals itself."""
    return {series: column.tobytes() for series, column in columns.items()}
