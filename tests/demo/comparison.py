"""What Prometheus holds against what it should hold: one row for each series, and a verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

SERIES = 17
"""So many the operator promises; a check of fewer would prove less than it says."""

Labels = tuple[tuple[str, str], ...]
"""(name, value), sorted by name, without `__name__` and `_id`."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a value may be off, in the unit of the value, and how to say so."""

    amount: float
    text: str


EXACT = Tolerance(0.0, "equal")


@dataclass(frozen=True, slots=True)
class Expected:
    """One series as it should be, computed without the operator."""

    metric: str
    labels: Labels
    value: float
    source: str
    """What the value was computed from, in few words."""
    tolerance: Tolerance = EXACT


class Problem(StrEnum):
    """Why a series does not agree."""

    OFF = "OFF"
    MISSING = "MISSING"
    UNEXPECTED = "UNEXPECTED"


@dataclass(frozen=True, slots=True)
class Row:
    """One series: what is there, what should be there, and where the two differ."""

    metric: str
    labels: Labels
    found: float | None
    expected: Expected | None
    problem: Problem | None

    @property
    def verdict(self) -> str:
        if self.problem is None and self.expected is not None:
            return self.expected.tolerance.text
        return str(self.problem)

    def __str__(self) -> str:
        labels = ",".join(f'{name}="{value}"' for name, value in self.labels)
        series = f"{self.metric}{{{labels}}}" if labels else self.metric
        match self.problem:
            case Problem.OFF if self.expected is not None:
                should = f"{shown(self.expected.value)} by {self.expected.source}"
                return f"{series} is {shown(self.found)}, but should be {should}"
            case Problem.MISSING:
                return f"{series} is missing"
            case Problem.UNEXPECTED:
                return f"{series} should not be there"
            case _:
                return f"{series} agrees"


def compare(
    found: Mapping[Labels, float], expected: Sequence[Expected], cluster_id: str
) -> list[Row]:
    """Lay series beside each other, in the order of `expected`.

    `found` has the labels as Prometheus has them, `__name__` and `_id` included: a series of
    another cluster, or without an id, is unexpected.
    """
    left = {_key(labels, cluster_id): value for labels, value in found.items()}
    rows = []
    for each in expected:
        value = left.pop((each.metric, each.labels), None)
        rows.append(Row(each.metric, each.labels, value, each, _problem(value, each)))
    return rows + [
        Row(metric, labels, value, None, Problem.UNEXPECTED)
        for (metric, labels), value in left.items()
    ]


def is_proven(rows: Sequence[Row]) -> bool:
    """Tell whether all series are there, no other is, and each agrees."""
    return len(rows) == SERIES and all(row.problem is None for row in rows)


def shown(value: float | None) -> str:
    """Write a value with two decimals, a whole number with none; `-` where there is none."""
    return "-" if value is None else f"{value:.2f}".removesuffix(".00")


def _key(labels: Labels, cluster_id: str) -> tuple[str, Labels]:
    rest = tuple(pair for pair in labels if pair[0] != "__name__" and pair != ("_id", cluster_id))
    return dict(labels).get("__name__", ""), rest


def _problem(found: float | None, expected: Expected) -> Problem | None:
    if found is None:
        return Problem.MISSING
    is_close = abs(found - expected.value) <= expected.tolerance.amount
    return None if is_close else Problem.OFF
