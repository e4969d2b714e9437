"""What a query looks at, and how what is recorded becomes what a panel shows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tests.fleet_demo.recorded import Recorded, Values, added, newest
from tests.fleet_demo.truth import Known, Truth
from tests.receivers.store import Labels


@dataclass(frozen=True, slots=True)
class Sight:
    """What a query looks at."""

    truth: Truth
    """Of the devices in sight."""
    fleet: Truth
    """Of all devices."""


Expected = Callable[[Sight, int], Mapping[Labels, float]]
"""A moment → every series that has a point there."""
Panels = Mapping[str, Mapping[str, Expected]]
"""Title → the truth of each of its queries, by reference."""


def total(record: Recorded) -> Expected:
    """Add up what was recorded."""
    return totals_by(record)


def totals_by(record: Recorded, *names: str) -> Expected:
    """Add up what was recorded, by some of its labels."""

    def expected(sight: Sight, at_ms: int) -> Values:
        return added(
            (tuple(pair for pair in labels if pair[0] in names), value)
            for labels, value in newest(record, sight.truth, at_ms).items()
        )

    return expected


def percent(part: Expected, whole: Expected) -> Expected:
    """Divide two values of the same labels."""

    def expected(sight: Sight, at_ms: int) -> Values:
        parts, wholes = part(sight, at_ms), whole(sight, at_ms)
        return {labels: 100 * parts[labels] / wholes[labels] for labels in parts.keys() & wholes}

    return expected


def counted(devices: Callable[[Sight, int], Iterable[Known]]) -> Expected:
    """Count devices; where there are none, a count has no value at all."""

    def expected(sight: Sight, at_ms: int) -> Values:
        count = len(list(devices(sight, at_ms)))
        return {(): float(count)} if count else {}

    return expected


def listed(of: Callable[[Known, int], float | None], *, most: int = 500) -> Expected:
    """Give every device with a value of its own, the highest ones first."""

    def expected(sight: Sight, at_ms: int) -> Values:
        values = {named(each): of(each, at_ms) for each in sight.truth.known}
        there = {labels: value for labels, value in values.items() if value is not None}
        return dict(sorted(there.items(), key=lambda pair: -pair[1])[:most])

    return expected


def named(each: Known, **more: str) -> Labels:
    """Give the labels that name a device, and more."""
    labels = {"_id": each.device.id, "site": each.device.site, **more}
    return tuple(sorted(labels.items()))
