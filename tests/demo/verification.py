"""A delivered report → what Prometheus holds of it → rows against the ground truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from microshift_telemetry.clock import SystemClock
from tests.demo.comparison import Labels, Row, compare
from tests.demo.stage import Stage

EVERYTHING = '{__name__=~".+"}'
LOOK_BACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewestPass:
    """What Prometheus holds of the newest pass."""

    time_ms: int
    before_ms: int | None
    """When the pass before it was made; `None` when it was the first."""
    values: Mapping[Labels, float]


def newest_pass(samples: Mapping[Labels, list[tuple[int, float]]]) -> NewestPass:
    """Take the newest pass out of all that is stored; a series that is not in it is left out.

    Raises:
        ValueError: nothing is stored.
    """
    times = sorted({time_ms for values in samples.values() for time_ms, _ in values})
    if not times:
        raise ValueError("Prometheus holds no sample")
    before = times[-2] if len(times) > 1 else None
    newest = {labels: dict(values) for labels, values in samples.items()}
    return NewestPass(
        times[-1],
        before,
        {labels: values[times[-1]] for labels, values in newest.items() if times[-1] in values},
    )


def verify_newest(stage: Stage) -> list[Row]:
    """Hold the newest pass in Prometheus against the ground truth."""
    now = SystemClock().now()
    newest = newest_pass(stage.prometheus.samples(EVERYTHING, now - LOOK_BACK, now))
    expected = stage.truth.expected(newest.before_ms, newest.time_ms)
    return compare(newest.values, expected, stage.cluster.id())
