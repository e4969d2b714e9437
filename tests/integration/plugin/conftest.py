"""A device, and `kubectl telemetry` as its admin has it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.clocks.device_clock import DeviceClock
from tests.support.control_plane import ControlPlane
from tests.support.device import NAMESPACE, Device
from tests.support.operator_process import OperatorProcess
from tests.support.plugin import Plugin
from tests.support.tools import Tools

READY_POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "stands-for-the-operator",
        "namespace": NAMESPACE,
        "labels": {"app.kubernetes.io/name": "microshift-telemetry"},
    },
    "spec": {"containers": [{"name": "operator", "image": "none"}]},
}
READY = {
    "status": {
        "phase": "Running",
        "conditions": [
            {"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-20T12:00:00Z"}
        ],
    }
}


@pytest.fixture(scope="module")
def shared(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Device:
    """One device for all tests, each of which has objects of its own there."""
    directory = tmp_path_factory.mktemp("device")
    return Device(control_plane, directory, DeviceClock(directory / "clock"))


@pytest.fixture(scope="module")
def operator(shared: Device) -> Iterator[OperatorProcess]:
    """Runs, and a pod stands for it, since the API server knows of no process."""
    kubectl = shared.control_plane.kubectl
    kubectl("apply", "-f", "-", stdin=json.dumps(READY_POD))
    name = READY_POD["metadata"]["name"]
    kubectl(
        *("patch", "pod", name, f"--namespace={NAMESPACE}", "--subresource=status"),
        f"--patch={json.dumps(READY)}",
    )
    with shared.operator() as operator:
        yield operator
    kubectl("delete", "pod", name, f"--namespace={NAMESPACE}", "--ignore-not-found", "--wait=false")


@pytest.fixture
def device(shared: Device) -> Iterator[Device]:
    """Without objects of another test."""
    shared.clean_up()
    yield shared
    shared.clean_up()


@pytest.fixture
def plugin(operator: OperatorProcess, device: Device, tools: Tools, tmp_path: Path) -> Plugin:
    port = operator.preview_url.rpartition(":")[2].partition("/")[0]
    kubeconfig = device.control_plane.kubeconfig
    return Plugin(tmp_path / "bin", tools.kubectl, kubeconfig, port, device.directory)
