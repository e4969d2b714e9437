"""What each panel and each alert should show, computed from the devices' lives alone.

A panel without an entry here fails the check, and so does an entry without a panel.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tests.fleet_demo.truth import Truth
from tests.receivers.store import Labels


@dataclass(frozen=True, slots=True)
class Sight:
    """What a query looks at."""

    truth: Truth
    """Of the devices in sight."""
    range_ms: int
    """Of the dashboard."""
    step_ms: int


Expected = Callable[[Sight, int], Mapping[Labels, float]]
"""A moment → every series that has a point there."""

PANELS: Mapping[tuple[str, str], Mapping[str, Expected]] = {}
"""(dashboard, title) → the truth of each of its queries, by reference."""

ALERTS: Mapping[str, Callable[[Truth], Iterable[Labels]]] = {}
"""Alert → the labels of every series that fires."""
