"""In what the next report differs from the last one that was sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from microshift_telemetry_cli.reports import (
    Point,
    Points,
    points_of,
    sent_at,
    sent_reports,
    why_there_is_none,
)
from microshift_telemetry_cli.words import timestamp


class Change(NamedTuple):
    """A series before and now."""

    before: Point
    after: Point


@dataclass(frozen=True)
class Difference:
    """What is new, gone and changed; each by name."""

    last: Mapping[str, Any] | None
    """The report that was sent last; None where there is none to compare with."""
    why_none: str
    """Why there is none."""
    is_dry_run: bool
    before: Points
    after: Points
    added: Sequence[Point] = ()
    removed: Sequence[Point] = ()
    changed: Sequence[Change] = ()

    @property
    def equal(self) -> int:
        """How many series have the value that was sent last."""
        return len(self.after) - len(self.added) - len(self.changed)


def compared(history: object, upcoming: Any) -> Difference:
    """Compare the next report with the last one of the history."""
    reports = sent_reports(history)
    is_dry_run = isinstance(upcoming, Mapping) and upcoming.get("dryRun") is True
    if not reports:
        why, after = why_there_is_none(history), points_of(upcoming)
        return Difference(None, why, is_dry_run, {}, after, added=_sorted(after.values()))
    before, after = points_of(reports[-1]), points_of(upcoming)
    # A report in which nothing waits yet has not lost its series.
    gone = [point for labels, point in before.items() if after and labels not in after]
    new = [point for labels, point in after.items() if labels not in before]
    renamed = _renamed(gone, new)
    both = [Change(before[labels], point) for labels, point in after.items() if labels in before]
    changed = [each for each in both if number(each.before.value) != number(each.after.value)]
    return Difference(
        *(reports[-1], "", is_dry_run, before, after),
        added=_sorted(each for each in new if each.name not in renamed),
        removed=_sorted(each for each in gone if each.name not in renamed),
        changed=sorted([*changed, *renamed.values()], key=lambda each: _order(each.after)),
    )


def document(found: Difference) -> dict[str, Any]:
    """Lay out a difference for a program."""
    at = sent_at(found.last)
    return {
        "comparedWith": None if at is None else timestamp(at),
        "added": [_laid_out(each) for each in found.added],
        "removed": [_laid_out(each) for each in found.removed],
        "changed": [
            {"before": _laid_out(each.before), "after": _laid_out(each.after)}
            for each in found.changed
        ],
    }


def number(value: float) -> str:
    """Write a value as the operator's pages do."""
    text = {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}.get(repr(value), repr(value))
    return text[:-2] if text.endswith(".0") else text


def _renamed(gone: Iterable[Point], new: Iterable[Point]) -> dict[str, Change]:
    """Find where labels have changed: one series of a name is gone, and one is new."""
    by_name: dict[str, tuple[list[Point], list[Point]]] = {}
    for place, points in enumerate((gone, new)):
        for each in points:
            by_name.setdefault(each.name, ([], []))[place].append(each)
    return {
        name: Change(before[0], after[0])
        for name, (before, after) in by_name.items()
        if len(before) == len(after) == 1
    }


def _sorted(points: Iterable[Point]) -> list[Point]:
    return sorted(points, key=_order)


def _order(point: Point) -> tuple[str, list[tuple[str, str]]]:
    return point.name, sorted(point.labels.items())


def _laid_out(point: Point) -> dict[str, Any]:
    return {"labels": dict(point.labels), "timeMs": point.time_ms, "value": point.value}
