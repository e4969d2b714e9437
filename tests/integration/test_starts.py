"""Start reports: one for each start of MicroShift, none for a restart of our own process."""

import time
from datetime import UTC, datetime

import pytest

from microshift_telemetry.clock import SystemClock
from tests.support.device import Device
from tests.support.fault_receiver import FaultReceiver
from tests.support.waiting import wait_for

INTERVAL = "10m"
LONGEST_SPLAY_SECONDS = 60
"""10 % of the interval."""
NEEDED_SECONDS = 180
"""What this test takes; a report that the grid makes due meanwhile would not be its business."""


@pytest.mark.timeout(600)
def test_each_start_of_microshift_has_one_report_and_a_restart_of_ours_has_none(
    own_device: Device,
) -> None:
    device = own_device
    with FaultReceiver() as receiver:
        with device.operator():
            device.apply(endpoint=receiver.url, sendingInterval=INTERVAL, requested_at="1")
            device.wait_until_handled("1")
            _wait_until_the_grid_leaves_room(device)
        before = len(receiver.requests)

        for _ in range(5):
            with device.operator():
                _wait_for_a_look(device)
        assert len(receiver.requests) == before

        with device.operator():
            _wait_for_a_look(device)
            device.control_plane.stop_api_server()
            device.control_plane.start_api_server()
            receiver.wait_for_requests(before + 1, LONGEST_SPLAY_SECONDS + 60)
            time.sleep(15)
            assert len(receiver.requests) == before + 1


def _wait_until_the_grid_leaves_room(device: Device) -> None:
    def left() -> bool:
        due = datetime.fromisoformat(device.status()["nextReportTime"])
        return (due.astimezone(UTC) - SystemClock().now()).total_seconds() > NEEDED_SECONDS

    wait_for("the next report by the grid to be far", left, NEEDED_SECONDS + 30)


def _wait_for_a_look(device: Device) -> None:
    """Wait until a fresh process has read MicroShift's start and drawn its conclusion."""
    before = _looks(device)
    wait_for("a look at MicroShift's start", lambda: _looks(device) > before, 20)
    time.sleep(1)


def _looks(device: Device) -> int:
    """How often the operator has read the API server's `/metrics`."""
    return sum(
        event["requestURI"] == "/metrics"
        and event["user"]["username"].endswith(":microshift-telemetry:microshift-telemetry")
        for event in device.control_plane.audit_events()
    )
