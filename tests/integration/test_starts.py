"""Start reports: one for each start of MicroShift, none for a restart of our own process."""

import time
from datetime import datetime, timedelta

from tests.support.device import Device
from tests.support.fault_receiver import FaultReceiver
from tests.support.waiting import wait_for

LONGEST_SPLAY_SECONDS = 5 * 60 / 10
"""10 % of the sending interval of these tests."""


def test_each_start_of_microshift_has_one_report_and_a_restart_of_ours_has_none(
    own_device: Device,
) -> None:
    device, interval = own_device, "5m"
    with FaultReceiver() as receiver:
        with device.operator():
            device.apply(endpoint=receiver.url, sendingInterval=interval, requested_at="1")
            status = device.wait_until_handled("1")
            next_report = datetime.fromisoformat(status["nextReportTime"])
            receiver.wait_for_requests(1, 5)
        _leave_room(next_report, timedelta(seconds=150))

        for _ in range(5):
            with device.operator():
                wait_for("the operator to look", lambda: _has_looked(device), 20)
                time.sleep(1)
        assert len(receiver.requests) == 1

        with device.operator():
            time.sleep(2)
            device.control_plane.stop_api_server()
            device.control_plane.start_api_server()
            restarted_at = time.monotonic()
            receiver.wait_for_requests(2, LONGEST_SPLAY_SECONDS + 60)
            assert device.wait_for("Reporting", "ReportDelivered")
            time.sleep(5)
            assert len(receiver.requests) == 2
            assert receiver.requests[1].at > restarted_at


def _leave_room(next_report: datetime, room: timedelta) -> None:
    """Wait until no report is due by the grid for a while: this test is about the others."""
    left = next_report.timestamp() - time.monotonic() - _wall_offset()
    if left < room.total_seconds():
        raise_at = left + 2
        time.sleep(max(0.0, raise_at))


def _wall_offset() -> float:
    return time.clock_gettime(time.CLOCK_REALTIME) - time.monotonic()


def _has_looked(device: Device) -> bool:
    return any(
        event["requestURI"] == "/metrics"
        and event["user"]["username"].endswith(":microshift-telemetry:microshift-telemetry")
        for event in device.control_plane.audit_events()
    )
