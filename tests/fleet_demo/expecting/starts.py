"""What devices tell of the starts of MicroShift."""

from tests.fleet_demo import recorded
from tests.fleet_demo.device import DAY_MS, HOUR_MS
from tests.fleet_demo.expecting.sight import Expected, Sight, named
from tests.fleet_demo.recorded import Values, added, newest
from tests.fleet_demo.truth import Known

WINDOW_MS = 26 * HOUR_MS
"""For so long a start counts."""
SLOW_MINUTES = 15.0


def by_command(each: Known, at_ms: int) -> Values:
    """Count the starts of a day by what they were."""
    return added(((("command", start.command),), 1.0) for start in each.starts(at_ms, DAY_MS))


def by_all(each: Known, at_ms: int) -> Values:
    """Count the starts of a week by everything that is told of them."""
    week = each.starts(at_ms, 7 * DAY_MS)
    return added((tuple(sorted(start.labels.items())), 1.0) for start in week)


def failed() -> Expected:
    """Count the starts of a day that did not end well."""

    def expected(sight: Sight, at_ms: int) -> Values:
        return added(
            (tuple(pair for pair in labels if pair[0] == "result"), value)
            for labels, value in newest(recorded.starts, sight.truth, at_ms).items()
            if ("result", "Success") not in labels
        )

    return expected


def slow_table(sight: Sight, at_ms: int) -> Values:
    """Give the devices whose start took long, with how long."""
    return {
        named(each, duration=start.duration): 1.0
        for each in sight.truth.known
        for start in each.starts(at_ms, WINDOW_MS)
        if start.duration == "60+" or float(start.duration) > SLOW_MINUTES
    }
