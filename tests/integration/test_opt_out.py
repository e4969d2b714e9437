"""`status: Disabled` stops everything within two seconds, whatever is under way."""

import time

import pytest

from tests.support.device import Device
from tests.support.fault_receiver import Answer, Fault, FaultReceiver, always
from tests.support.waiting import wait_for

QUIET_SECONDS = 8.0
"""Longer than the longest retry after the few failures that a test makes."""


def disable(device: Device) -> float:
    device.control_plane.kubectl(
        *("patch", "tcfg", "cluster", "--type=merge", "--patch", '{"spec":{"status":"Disabled"}}')
    )
    return time.monotonic()


def assert_quiet_since(receiver: FaultReceiver, disabled_at: float) -> None:
    time.sleep(QUIET_SECONDS)
    assert [at for at in receiver.connections if at > disabled_at + 2] == []


def assert_says_so(device: Device) -> None:
    assert device.condition("Ready")["status"] == "True"
    assert {device.condition(each)["reason"] for each in ("Ready", "Sampling", "Reporting")} == {
        "Disabled"
    }
    assert device.status()["pendingSamples"] == 0
    assert device.status()["effective"] == {"status": "Disabled"}


def test_disabling_cuts_a_post_that_hangs(device: Device) -> None:
    with FaultReceiver(always(Fault.HANG)) as receiver, device.operator():
        device.apply(endpoint=receiver.url, requested_at="1")
        (request,) = receiver.wait_for_requests(1, 20)
        disabled_at = disable(device)
        cut_at = wait_for("the POST to be cut", lambda: request.cut_at, 5)
        device.wait_for("Ready", "Disabled", seconds=2)

        assert cut_at - disabled_at < 2
        assert_quiet_since(receiver, disabled_at)
        assert_says_so(device)


def test_disabling_ends_the_retries(device: Device) -> None:
    with FaultReceiver(always(Answer(503))) as receiver, device.operator():
        device.apply(endpoint=receiver.url, requested_at="1")
        receiver.wait_for_requests(2, 20)
        disabled_at = disable(device)
        device.wait_for("Ready", "Disabled", seconds=2)

        assert_quiet_since(receiver, disabled_at)
        assert_says_so(device)


def test_disabling_before_a_due_pass_lets_nothing_be_read_or_sent(device: Device) -> None:
    """The start report is due within seconds of the creation at this interval."""
    with FaultReceiver() as receiver, device.operator():
        device.apply(endpoint=receiver.url, sendingInterval="1m", samplingInterval="1m")
        device.wait_for("Sampling", "SamplesPending")
        disabled_at = disable(device)
        device.wait_for("Ready", "Disabled", seconds=2)
        asked = len(_pod_lists(device))
        time.sleep(15)

        assert receiver.connections == []
        assert len(_pod_lists(device)) == asked
        assert_quiet_since(receiver, disabled_at)
        assert_says_so(device)


def test_enabling_again_reports_only_after_the_spec_has_stood(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator():
        device.apply(endpoint=receiver.url, status="Disabled", sendingInterval="1m")
        device.wait_for("Ready", "Disabled")
        device.apply(endpoint=receiver.url, status="Enabled", sendingInterval="1m")
        enabled_at = time.monotonic()
        device.wait_for("Reporting", "ReportPending")
        receiver.wait_for_requests(1, 75)

        assert receiver.requests[0].at - enabled_at > 5


@pytest.mark.parametrize("how_often", [5])
def test_two_manifest_directories_that_disagree_send_nothing(
    device: Device, how_often: int
) -> None:
    """MicroShift applies both at every start, the default object first, an own one after it."""
    with FaultReceiver() as receiver, device.operator():
        for _ in range(how_often):
            device.apply(endpoint=receiver.url, sendingInterval="1m")
            time.sleep(2)
            device.apply(endpoint=receiver.url, sendingInterval="1m", status="Disabled")
            time.sleep(1)

        assert receiver.connections == []


def _pod_lists(device: Device) -> list[str]:
    return [
        event["requestURI"]
        for event in device.control_plane.audit_events()
        if event["requestURI"].startswith("/api/v1/pods")
        and event["user"]["username"].endswith(":microshift-telemetry:microshift-telemetry")
    ]
