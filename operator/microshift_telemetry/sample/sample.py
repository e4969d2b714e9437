"""Series, readings and passes: the plain data that runs from the sources to the receiver."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

Labels = tuple[tuple[str, str], ...]
"""(name, value) pairs, sorted by name, no name twice, no name or value empty."""


def labels_from(pairs: Mapping[str, str]) -> Labels:
    """Sort label pairs into the form that a `Series` keeps.

    Raises:
        ValueError: a name or a value is empty; remote write 1.0 forbids both.
    """
    for name, value in pairs.items():
        if not name or not value:
            raise ValueError(f"label {name!r} has the value {value!r}; neither may be empty")
    return tuple(sorted(pairs.items()))


class Series(NamedTuple):
    """A metric with the labels that tell it from others of its name on this device.

    A tuple, since it is looked up for each reading, and a tuple's hash costs a sixth.
    `_id` and the external labels come later, when a report is written.
    """

    metric: str
    labels: Labels = ()

    @classmethod
    def of(cls, metric: str, **labels: str) -> "Series":
        """Make a series from keyword labels."""
        return cls(metric, labels_from(labels))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source read for one series, raw: the units and shares are a report's business."""

    series: Series
    value: float
    total: float | None = None
    """For a usage that can be told as a share: what 100 % would be, in the unit of `value`."""

    def __post_init__(self) -> None:
        """Refuse what no receiver can use.

        Raises:
            ValueError: the value is not finite, or the total is not above 0.
        """
        if not math.isfinite(self.value):
            raise ValueError(f"{self.series.metric}: {self.value} is not a finite number")
        if self.total is not None and not (math.isfinite(self.total) and self.total > 0):
            raise ValueError(f"{self.series.metric}: a total of {self.total} is not above 0")


@dataclass(frozen=True, slots=True)
class SamplePass:
    """All readings of one instant: the moment the pass began, in ms since the epoch."""

    time_ms: int
    dynamic: tuple[Reading, ...] = ()
    """Kept for every pass until a receiver confirmed it."""
    static: tuple[Reading, ...] = ()
    """Read only for a pass that a report is made of."""
