"""The process and its objects from start to end: SIGTERM, deletion, addresses, a lost CRD."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import MakeControlPlane
from tests.support.clocks.device_clock import DeviceClock
from tests.support.control_plane import ControlPlane
from tests.support.decoder import decode_request
from tests.support.device import Device
from tests.support.fault_receiver import Fault, FaultReceiver, always
from tests.support.operator_process import OperatorProcess
from tests.support.process import ProcessError
from tests.support.prometheus import Prometheus
from tests.support.surroundings import lay_microshift
from tests.support.tools import Tools


def test_sigterm_ends_the_process_in_time_while_a_post_hangs(device: Device) -> None:
    with FaultReceiver(always(Fault.HANG)) as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        receiver.wait_for_requests(1, 20)

        assert operator.stop() < 10
        assert operator.exit_code == 0
        assert "Traceback" not in operator.log()
        assert "did not exit" not in operator.log()


@pytest.mark.parametrize("is_operator_alive", [True, False], ids=["alive", "dead"])
def test_a_deletion_ends_within_seconds(device: Device, is_operator_alive: bool) -> None:  # noqa: FBT001  # a case of the table
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        assert _finalizers(device) == ["orphan"]
        if not is_operator_alive:
            operator.kill()
        started = time.monotonic()
        device.control_plane.kubectl("delete", "tcfg", "cluster", "--timeout=15s")

        assert time.monotonic() - started < 15
        assert "Traceback" not in operator.log()


def test_an_object_made_anew_is_another_one(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator() as operator:
        for request in ("1", "2"):
            device.apply(endpoint=receiver.url, requested_at=request)
            device.wait_until_handled(request)
            device.control_plane.kubectl("delete", "tcfg", "cluster", "--timeout=15s")
        sent = len(receiver.requests)
        time.sleep(5)

        assert sent == len(receiver.requests) == 2
        assert operator.health() == 200
        assert "Traceback" not in operator.log()


def test_the_operator_changes_nothing_of_an_object_but_finalizer_and_status(
    device: Device,
) -> None:
    with FaultReceiver() as receiver, device.operator():
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")

    found = _object(device)
    owned = {
        entry["operation"]: entry["fieldsV1"]
        for entry in found["metadata"]["managedFields"]
        if entry["manager"] == "microshift-telemetry"
    }
    assert {operation: set(fields) for operation, fields in owned.items()} == {
        "Apply": {"f:status"},
        "Update": {"f:metadata"},
    }
    assert set(owned["Update"]["f:metadata"]) == {"f:finalizers"}
    assert found["metadata"]["generation"] == 1


def test_a_device_with_ipv6_only_reports(
    make_control_plane: MakeControlPlane, tools: Tools, tmp_path: Path
) -> None:
    control_plane = make_control_plane("::1")
    lay_microshift(control_plane)
    device = Device(control_plane, tmp_path, DeviceClock(tmp_path / "clock"))
    with Prometheus(tmp_path / "prometheus", tools, host="::1") as prometheus:
        device.apply(endpoint=prometheus.remote_write_url, requested_at="1")
        with device.operator() as operator:
            device.wait_for("Reporting", "ReportDelivered")
            assert operator.health() == 200

        assert "[::1]" in operator.health_url
        assert len(prometheus.query('{_id!=""}')) >= 16


def test_plain_kubernetes_has_no_routes_and_that_is_no_failure(
    make_control_plane: MakeControlPlane, tmp_path: Path
) -> None:
    control_plane = make_control_plane()
    lay_microshift(control_plane, with_routes=False)
    control_plane.stop_api_server()
    control_plane.start_api_server()  # it counts its objects at its start, later once a minute
    device = Device(control_plane, tmp_path, DeviceClock(tmp_path / "clock"))
    with FaultReceiver() as receiver, device.operator():
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")

    assert device.condition("Sampling")["reason"] == "SamplesCollected"
    resources = {
        dict(series.labels).get("resource")
        for request in receiver.requests
        for series in decode_request(request.body)
    }
    assert "services" in resources
    assert "routes.route.openshift.io" not in resources


def test_without_the_crd_the_process_ends_with_one_clear_line(
    make_control_plane: MakeControlPlane, tmp_path: Path
) -> None:
    control_plane = make_control_plane()
    with _bare_operator(control_plane, tmp_path) as operator:
        assert operator.wait(20) == 1
        (line,) = [line for line in operator.log().splitlines() if "ERROR" in line]
        assert "telemetryconfigs.telemetry.microshift.io is not installed" in line


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"TELEMETRY_LISTEN": "nonsense"}, "TELEMETRY_LISTEN"),
        ({"TELEMETRY_PREVIEW_LISTEN": "192.0.2.1:81"}, "TELEMETRY_PREVIEW_LISTEN"),
        ({"TELEMETRY_LOG_LEVEL": "LOUD"}, "TELEMETRY_LOG_LEVEL"),
        ({"KUBECONFIG": "/nonexistent"}, "/nonexistent"),
        ({"KUBECONFIG": ""}, "KUBERNETES_SERVICE_HOST"),
    ],
    ids=["listen", "preview", "log level", "kubeconfig", "no address"],
)
def test_an_unusable_setting_ends_the_process_with_one_clear_line(
    control_plane: ControlPlane, tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    with _bare_operator(control_plane, tmp_path, **environment) as operator:
        with _asked_all_the_time(operator), pytest.raises(ProcessError):
            operator.wait_until_healthy(5)
        assert operator.wait(10) == 1
        (line,) = operator.log().splitlines()
        assert said in line


def _bare_operator(
    control_plane: ControlPlane, directory: Path, **environment: str
) -> OperatorProcess:
    return OperatorProcess(directory, control_plane.kubeconfig, directory, environment=environment)


@contextmanager
def _asked_all_the_time(operator: OperatorProcess) -> Iterator[None]:
    """Let impatient probes connect, also in the moment of its end."""
    url = urlsplit(operator.health_url)

    def ask() -> None:
        while operator.exit_code is None:
            with suppress(OSError):
                socket.create_connection((url.hostname, url.port), 1).close()

    probes = [Thread(target=ask) for _ in range(4)]
    for probe in probes:
        probe.start()
    yield
    for probe in probes:
        probe.join()


def _object(device: Device) -> dict[str, Any]:
    shown = device.control_plane.kubectl(
        "get", "tcfg", "cluster", "--show-managed-fields", "-o", "json"
    )
    found = json.loads(shown)
    assert isinstance(found, dict)
    return found


def _finalizers(device: Device) -> object:
    return _object(device)["metadata"].get("finalizers")
