"""What a query has answered against what the simulation knows: every series, every moment."""

import math
from collections.abc import Iterator, Mapping

from microshift_telemetry.clock import moment
from tests.fleet_demo.asking import Answer
from tests.receivers.store import Labels

RELATIVE, ABSOLUTE = 1e-9, 1e-6
"""How far two floats may be apart that were added up in another order."""


def differences(found: Answer, expected: Mapping[int, Mapping[Labels, float]]) -> Iterator[str]:
    """Tell where an answer is not what it should be.

    `expected` has for every moment, in ms, the series that are to have a point there.
    """
    for time_ms, series in expected.items():
        there = {labels: points[time_ms] for labels, points in found.items() if time_ms in points}
        at = f"{moment(time_ms):%Y-%m-%d %H:%M}"
        for labels in sorted(series.keys() - there.keys()):
            yield f"{at}: {shown(labels)} is missing; it should be {series[labels]:g}"
        for labels in sorted(there.keys() - series.keys()):
            yield f"{at}: {shown(labels)} is {there[labels]:g}, but should not be there"
        for labels in sorted(series.keys() & there.keys()):
            if not _is_equal(there[labels], series[labels]):
                is_at = f"{at}: {shown(labels)} is {there[labels]:.12g}"
                yield f"{is_at}, but should be {series[labels]:.12g}"
    beyond = {time_ms for points in found.values() for time_ms in points} - expected.keys()
    if beyond:
        yield f"{moment(min(beyond)):%Y-%m-%d %H:%M}: a point for which nobody has asked"


def shown(labels: Labels) -> str:
    """Write labels as PromQL does."""
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels) + "}"


def _is_equal(one: float, other: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
