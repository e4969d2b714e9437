"""The grid: passes and reports a minute apart, and what they cost the API server's storage."""

import time
from datetime import timedelta
from itertools import pairwise

import pytest

from microshift_telemetry.clock import SystemClock
from tests.support.device import Device
from tests.support.prometheus import Prometheus

MINUTES = 5
MINUTE_MS = 60_000
LATE_MS = 1_500
ALWAYS_THERE = "cluster:memory_usage_bytes:sum"


@pytest.mark.timeout(600)
def test_five_minutes_at_one_minute_leave_no_gap_no_double_and_few_writes(
    own_device: Device, prometheus: Prometheus
) -> None:
    device, started_at = own_device, SystemClock().now()
    with device.operator():
        device.apply(
            endpoint=prometheus.remote_write_url, sendingInterval="1m", samplingInterval="1m"
        )
        device.wait_for("Reporting", "ReportDelivered")
        time.sleep(90)  # the start report may lie anywhere before the first point of the grid
        status_writes, reports = _status_writes(device), prometheus.passes()
        time.sleep(60 * MINUTES - 90)
    written = _status_writes(device) - status_writes
    made = prometheus.passes() - reports

    (samples,) = prometheus.samples(
        ALWAYS_THERE, started_at, SystemClock().now() + timedelta(seconds=1)
    ).values()
    times = [time_ms for time_ms, _ in samples]
    grid = [each for each in times if _distance(each, times[-1]) < LATE_MS]
    steps = [after - before for before, after in pairwise(grid)]
    assert len(grid) in {MINUTES, MINUTES + 1}
    assert all(abs(step - MINUTE_MS) < LATE_MS for step in steps), steps
    # What the object's first sight and the start report have asked for.
    others = [each for each in times if each not in grid]
    assert len(others) <= 2
    assert all(each < grid[1] for each in others)
    # A pass and a report each; all of them coincide at these intervals.
    assert 1 <= written <= 2 * made


def _distance(time_ms: int, point_ms: int) -> int:
    """Give how far a time lies from the next of the points a minute apart, in milliseconds."""
    after = (time_ms - point_ms) % MINUTE_MS
    return min(after, MINUTE_MS - after)


def _status_writes(device: Device) -> int:
    return sum(
        event["verb"] == "patch" and event["requestURI"].partition("?")[0].endswith("/status")
        for event in device.control_plane.audit_events()
        if event.get("objectRef", {}).get("resource") == "telemetryconfigs"
    )
