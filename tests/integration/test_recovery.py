"""The operator recovers by itself, with few restarts, from what its cluster does to it."""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest

from microshift_telemetry.clock import milliseconds
from tests.integration.loose_crd import NONSENSE, without_validation
from tests.support.clocks.device_clock import DeviceClock
from tests.support.decoder import decode_request
from tests.support.device import NAMESPACE, SERVICE_ACCOUNT, Device
from tests.support.fault_receiver import FaultReceiver
from tests.support.operator_process import OperatorProcess
from tests.support.waiting import wait_for

FACTOR = 30
TEN_MINUTES = timedelta(minutes=10)
MOST_RESTARTS = 3
A_MINUTE_MS = 60_000
SECONDS = 90.0

MEMORY = "cluster:memory_usage_bytes:sum"
CONTAINERS = "cluster:usage:containers:sum"
"""Counted by the API server."""


class Supervisor:
    """Starts the operator again when it has ended, as the kubelet does, and counts that."""

    def __init__(self, device: Device, clock: DeviceClock) -> None:
        self.restarts = 0
        self._device = device
        self._clock = clock
        self._kubeconfig = self.rotate_token()
        self._operator = self._start()

    def rotate_token(self) -> Path:
        """Put a new token in the place of the old one."""
        control_plane = self._device.control_plane
        return control_plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT)

    def wait_for(self, what: str, check: Callable[[], bool]) -> None:
        """Wait for something, and keep the operator running meanwhile.

        Raises:
            TimeoutError: it did not come.
        """

        def look() -> bool:
            if self._operator.exit_code is not None:
                self.restarts += 1
                self._operator = self._start()
            return check()

        wait_for(what, look, SECONDS)

    def _start(self) -> OperatorProcess:
        environment = {"TELEMETRY_NAMESPACE": NAMESPACE, **self._clock.environment()}
        directory, host_root = self._device.directory, self._device.host_root
        return OperatorProcess(directory, self._kubeconfig, host_root, environment=environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._operator.stop()


def _passes(receiver: FaultReceiver, metric: str, since_ms: int) -> set[int]:
    """Give the instants at or after a moment for which a metric has arrived."""
    return {
        time_ms
        for request in tuple(receiver.requests)
        for series in decode_request(request.body)
        if ("__name__", metric) in series.labels
        for time_ms, _ in series.samples
        if time_ms >= since_ms
    }


@pytest.mark.timeout(600)
def test_ten_minutes_without_an_api_server_and_a_new_token_cost_only_its_own_series(
    own_device: Device, clock: DeviceClock, tmp_path: Path
) -> None:
    """The old token is worthless in the end, as when the API server's key was rotated with it."""
    device, control_plane = own_device, own_device.control_plane
    clock.speed = FACTOR
    with FaultReceiver() as receiver, Supervisor(device, clock) as supervisor:
        device.apply(endpoint=receiver.url, samplingInterval="1m", sendingInterval="2m")
        supervisor.wait_for("a report", lambda: bool(_passes(receiver, CONTAINERS, 0)))

        control_plane.stop_api_server()
        gone = clock.true_time()
        supervisor.wait_for("ten minutes", lambda: clock.true_time() - gone > TEN_MINUTES)
        control_plane.start_api_server()
        back = clock.true_time()
        for verb in ("delete", "create"):
            control_plane.kubectl(verb, "sa", SERVICE_ACCOUNT, f"--namespace={NAMESPACE}")
        supervisor.rotate_token()
        supervisor.wait_for(
            "a pass with what the API server counts",
            lambda: bool(_passes(receiver, CONTAINERS, milliseconds(back))),
        )
        device.request_report("after all")
        supervisor.wait_for(
            "an answer", lambda: device.status().get("lastHandledRequestedAt") == "after all"
        )

    meanwhile = range(milliseconds(gone) + A_MINUTE_MS, milliseconds(gone + TEN_MINUTES))
    assert len(_passes(receiver, MEMORY, 0).intersection(meanwhile)) >= 8
    assert not _passes(receiver, CONTAINERS, 0).intersection(meanwhile)
    assert supervisor.restarts <= MOST_RESTARTS
    assert "Traceback" not in (tmp_path / "operator.log").read_text()


def test_a_new_authority_of_the_api_server_needs_no_restart(own_device: Device) -> None:
    """kopf sees the request for a report, so its watch is back under the new authority as well."""
    device, control_plane = own_device, own_device.control_plane
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="before")
        device.wait_until_handled("before")

        control_plane.stop_api_server()
        control_plane.change_authority()
        control_plane.start_api_server()
        device.request_report("after")
        device.wait_until_handled("after")

        assert device.condition("Reporting")["reason"] == "ReportDelivered"
        assert operator.exit_code is None
        assert "reloaded the CA or the client certificate" in operator.log()
        assert "Traceback" not in operator.log()


def test_who_was_deleted_while_nobody_watched_reports_no_more(own_device: Device) -> None:
    """The watch that begins anew tells only of who is there."""
    device, control_plane = own_device, own_device.control_plane
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_until_handled("1")
        os.kill(operator.pid, signal.SIGSTOP)
        try:
            control_plane.stop_api_server()
            control_plane.start_api_server()
            control_plane.kubectl("delete", "tcfg", "cluster", "--timeout=60s")
        finally:
            os.kill(operator.pid, signal.SIGCONT)
        journals = device.directory / "state"
        wait_for("it is forgotten", lambda: not any(journals.glob("*.journal")), SECONDS)
        device.apply("successor", endpoint=receiver.url, requested_at="2")
        device.wait_until_handled("2", "successor")

        assert device.condition("Reporting", "successor")["reason"] == "ReportDelivered"
        assert "Traceback" not in operator.log()


def test_an_object_that_became_invalid_is_named_by_each_process_until_it_is_mended(
    own_device: Device,
) -> None:
    device = own_device
    with FaultReceiver() as receiver:
        with device.operator() as first:
            device.apply(endpoint=receiver.url, requested_at="1")
            device.wait_for("Reporting", "ReportDelivered")
            with without_validation(device):
                device.apply(endpoint=NONSENSE)
            found = device.wait_for("Reporting", "InvalidSpec")
            assert "Traceback" not in first.log()
        device.control_plane.kubectl("annotate", "tcfg", "cluster", "note=still-there")
        with device.operator() as second:
            wait_for("the second process' word", lambda: str(found["message"]) in second.log(), 20)
            assert device.wait_for("Reporting", "InvalidSpec") == found
            device.apply(endpoint=receiver.url, requested_at="2")
            device.wait_until_handled("2")
            assert device.condition("Reporting")["reason"] == "ReportDelivered"
            assert "Traceback" not in second.log()
