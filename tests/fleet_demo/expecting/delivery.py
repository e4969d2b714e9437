"""The truth of the dashboard of what arrives, and when."""

from collections.abc import Iterator

from tests.fleet_demo import recorded
from tests.fleet_demo.device import DAY_MS, MINUTE_MS, Fault
from tests.fleet_demo.expecting.sight import (
    Panels,
    Sight,
    counted,
    listed,
    percent,
    total,
)
from tests.fleet_demo.life import DROPPED, OPERATOR_VERSION, PENDING
from tests.fleet_demo.recorded import Values
from tests.fleet_demo.truth import Known

AHEAD_MS = 5 * MINUTE_MS


def _reports(sight: Sight, at_ms: int) -> Values:
    count = sum(len(each.reports(at_ms, DAY_MS)) for each in sight.truth.known)
    return {(): float(count)} if count else {}


def _expected_samples(sight: Sight, at_ms: int) -> Values:
    return {labels: 24 * value for labels, value in total(recorded.seen)(sight, at_ms).items()}


def seconds_ahead(each: Known, at_ms: int) -> float | None:
    """Tell how far the newest report is in the future; None where none is."""
    future = each.reports(at_ms + AHEAD_MS + DAY_MS, DAY_MS)
    return (future[-1][0] - at_ms) / 1000 if future else None


def _ahead(sight: Sight, at_ms: int) -> Iterator[Known]:
    return (each for each in sight.truth.known if seconds_ahead(each, at_ms) is not None)


def is_behind(each: Known, at_ms: int) -> bool:
    """Tell whether a device reports every day, and its clock is behind."""
    return each.device.fault is Fault.CLOCK_BEHIND and recorded.reported_daily(each, at_ms)


def _behind(sight: Sight, at_ms: int) -> Iterator[Known]:
    return (each for each in sight.truth.known if is_behind(each, at_ms))


def _few_samples(each: Known, at_ms: int) -> float | None:
    count = recorded.samples_of_a_day(each, at_ms)
    return count if count and recorded.is_sparse(each, at_ms) else None


def _operator_versions(sight: Sight, at_ms: int) -> Values:
    count = sum(each.device.reports_itself for each in sight.truth.seen(at_ms))
    return {(("version", OPERATOR_VERSION),): float(count)} if count else {}


def _dropped_ever(sight: Sight, at_ms: int) -> Values:
    values = [each.last(DROPPED, at_ms, each.window_ms) for each in sight.truth.known]
    there = [value for value in values if value is not None]
    return {(): sum(there)} if there else {}


PANELS: Panels = {
    "Reports in a day": {"A": _reports},
    "Devices with few samples": {"A": total(recorded.sparse)},
    "Share of devices with few samples": {
        "A": percent(total(recorded.sparse), total(recorded.seen))
    },
    "Devices whose clock is ahead": {"A": counted(_ahead)},
    "Devices whose clock is behind": {"A": counted(_behind)},
    "Devices that drop samples": {"A": total(recorded.dropping)},
    "Samples received per day": {"A": total(recorded.samples), "B": _expected_samples},
    "Devices with problems over time": {
        "A": total(recorded.silent),
        "B": total(recorded.sparse),
        "C": total(recorded.dropping),
    },
    "Few samples": {"A": listed(_few_samples)},
    "Clock ahead": {"A": listed(seconds_ahead)},
    "Clock behind": {"A": listed(lambda each, at_ms: 1.0 if is_behind(each, at_ms) else None)},
    "Dropped samples": {"A": listed(lambda each, at_ms: recorded.dropped(each, at_ms) or None)},
    "Oldest pending sample": {
        "A": listed(lambda each, at_ms: each.last(PENDING, at_ms, each.window_ms))
    },
    "Operator versions": {"A": _operator_versions},
    "Samples dropped since installation": {"A": _dropped_ever},
}
