"""Where on a picture a graph's points go."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tests.fleet_demo.asking import Points

MOST_POINTS = 240
"""Of a line in the picture: a dashboard of a thousand points a line would be megabytes."""
ROUND = (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10)
"""Highest numbers of an axis; half of each is short to write, too."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the picture."""

    x: float
    y: float
    width: float
    height: float

    def below(self, height: float) -> "Box":
        """Give what is left below a strip of some height."""
        return Box(self.x, self.y + height, self.width, self.height - height)


@dataclass(frozen=True, slots=True)
class Scale:
    """From times and values to places."""

    plot: Box
    begin_ms: int
    end_ms: int
    low: float
    high: float

    def x(self, time_ms: int) -> float:
        """Place a time."""
        share = (time_ms - self.begin_ms) / max(1, self.end_ms - self.begin_ms)
        return self.plot.x + share * self.plot.width

    def y(self, value: float) -> float:
        """Place a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.plot.y + self.plot.height * (1 - share)


def scale_of(lines: Sequence[Points], plot: Box) -> Scale:
    """Fit lines into a plot; its axis of values has 0 on it."""
    values = [value for points in lines for value in points.values()]
    times_ms = [time_ms for points in lines for time_ms in points]
    low, high = min(0.0, *values), max(0.0, *values)
    high = _rounded_up(high) if high > low else low + 1
    return Scale(plot, min(times_ms), max(times_ms), low, high)


def thinned(points: Points) -> list[tuple[int, float]]:
    """Leave points out where there are too many; the newest one stays."""
    ordered = sorted(points.items())
    every = -(-len(ordered) // MOST_POINTS)
    return [*ordered[:-1:every], ordered[-1]]


def _rounded_up(value: float) -> float:
    if value <= 0:
        return value
    unit = 10.0 ** math.floor(math.log10(value))
    return next(unit * each for each in ROUND if unit * each >= value)
