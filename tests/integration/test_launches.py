"""Each start of MicroShift as the operator sees it on a real API server, told to real servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from microshift_telemetry.clock import SystemClock
from microshift_telemetry.spec.shaping import DURATION, INVOCATION, LIFECYCLE_METRICS, MODIFICATION
from tests.conftest import MakeControlPlane
from tests.integration.check.asking import ask
from tests.support.device import Device
from tests.support.launches import ON, set_ready, set_version, told, wait_for_invocation
from tests.support.prometheus import Prometheus
from tests.support.pushgateway import Pushgateway
from tests.support.surroundings import MICROSHIFT_VERSION, NODE_NAME, lay_microshift
from tests.support.tools import Tools
from tests.support.waiting import wait_for

START_SECONDS = "10"
"""In place of ten minutes for the pods, and of an hour for the node."""
TOLD_SECONDS = 120
"""A tick until the start is seen, the pods' time, two ticks at most, the splay and a report."""
SPEC = {"sendingInterval": "1m", "samplingInterval": "1m", "aggregation": "None"}
READY = '{"status":{"conditions":[{"type":"Ready","status":"%s"}]}}'
NEWER = "4.22.0"


@pytest.fixture
def receiver(tools: Tools, tmp_path: Path) -> Iterator[Prometheus]:
    with Prometheus(tmp_path / "prometheus", tools, out_of_order_window="30h") as prometheus:
        yield prometheus


@pytest.fixture
def device(make_control_plane: MakeControlPlane, tmp_path: Path) -> Device:
    """One with the machine's clocks: only they agree with the API server's start."""
    control_plane = make_control_plane()
    lay_microshift(control_plane)
    device = Device(control_plane, tmp_path)
    set_pods_ready(device, is_ready=True)
    return device


def set_pods_ready(device: Device, *, is_ready: bool) -> None:
    """Leave one pod, of which the kubelet has said so."""
    kubectl = device.control_plane.kubectl
    kubectl("delete", "pods", "--all", "--namespace=line-control", "--grace-period=0", "--force")
    for pod in ("cart", "mesh", "crashing"):
        kubectl("delete", "pod", pod, "--namespace=shop", "--ignore-not-found", "--force")
    patch = READY % is_ready
    kubectl("patch", "pod", "web", "--namespace=shop", "--subresource=status", "-p", patch)


@contextmanager
def a_start_of_microshift(device: Device) -> Iterator[None]:
    """Restart the API server; in the block it is up, and nothing else has come yet."""
    device.control_plane.stop_api_server()
    device.control_plane.start_api_server()
    yield
    device.apply(endpoint=device.status()["effective"]["endpoint"], lifecycle=ON, **SPEC)


@pytest.mark.timeout(1200)
def test_the_six_ways_of_a_start_are_told_apart(device: Device, receiver: Prometheus) -> None:
    began, control_plane = SystemClock().now(), device.control_plane
    set_ready(control_plane, NODE_NAME, is_ready=True)
    device.apply(endpoint=receiver.remote_write_url, lifecycle=ON, **SPEC)

    def next_told(count: int) -> tuple[str, str, str, str]:
        labels = wait_for_invocation(receiver, began, count, TOLD_SECONDS)
        version = f"{labels.get('from_version', '')} {labels['version']}"
        return labels["command"], version, labels["result"], labels["duration"]

    with device.operator(TELEMETRY_START_SECONDS=START_SECONDS):
        assert next_told(1) == ("install", f" {MICROSHIFT_VERSION}", "Success", "2.5")
        _check_the_first(device, receiver, began)

        with a_start_of_microshift(device):
            set_ready(control_plane, NODE_NAME, is_ready=True)
        same = f"{MICROSHIFT_VERSION} {MICROSHIFT_VERSION}"
        assert next_told(2) == ("start", same, "Success", "2.5")

        with a_start_of_microshift(device):
            set_ready(control_plane, NODE_NAME, is_ready=True)
            set_version(control_plane, NEWER)
        newer = f"{MICROSHIFT_VERSION} {NEWER}"
        assert next_told(3) == ("upgrade", newer, "Success", "2.5")

        with a_start_of_microshift(device):
            set_ready(control_plane, NODE_NAME, is_ready=True)
            set_version(control_plane, MICROSHIFT_VERSION)
        assert next_told(4) == ("rollback", f"{NEWER} {MICROSHIFT_VERSION}", "Success", "2.5")

        with a_start_of_microshift(device):
            set_ready(control_plane, NODE_NAME, is_ready=False)
        assert next_told(5) == ("start", same, "NodeNotReady", "60+")

        with a_start_of_microshift(device):
            set_ready(control_plane, NODE_NAME, is_ready=True)
            set_pods_ready(device, is_ready=False)
        assert next_told(6) == ("start", same, "PodsNotReady", "2.5")
        assert len(told(receiver, INVOCATION, began)) == 6


def _check_the_first(device: Device, receiver: Prometheus, began: datetime) -> None:
    stages = {each["stage"] for each in told(receiver, DURATION, began)}
    assert stages == {"node_ready", "manifests_applied", "telemetry_ready"}
    fields = [each["field"] for each in told(receiver, MODIFICATION, began)]
    assert sorted(fields) == sorted([*SPEC, "endpoint", "lifecycle"])
    ids = {series["_id"] for metric in LIFECYCLE_METRICS for series in receiver.series(metric)}
    assert ids == {device.status()["clusterID"]}


@pytest.mark.timeout(300)
def test_a_real_pushgateway_takes_a_start_that_names_no_device(
    device: Device, receiver: Prometheus, tmp_path: Path
) -> None:
    set_ready(device.control_plane, NODE_NAME, is_ready=True)
    with Pushgateway(tmp_path) as gateway:
        lifecycle = {**ON, "pushgatewayUrl": gateway.url}
        device.apply(
            endpoint=receiver.remote_write_url,
            externalLabels={"site": "north"},
            lifecycle=lifecycle,
            **SPEC,
        )
        with device.operator(TELEMETRY_START_SECONDS=START_SECONDS) as operator:
            wait_for("a push", lambda: gateway.page().series_of("command", "install"), TOLD_SECONDS)
            page, log = gateway.page(), operator.log()
            (hop,) = ask(operator).lines("push gateway")
            assert (hop["verdict"], hop["seen"].split(";")[0]) == (
                "ok",
                f"{gateway.address} answers",
            )
            assert gateway.page() == page
        cluster_id = device.status()["clusterID"]

    key = {"job": "microshift_telemetry", "instance": ""}
    labels = {"command": "install", "version": MICROSHIFT_VERSION, "result": "Success"}
    assert page.value(INVOCATION, duration="2.5", **labels, **key) == 1
    assert page.kinds[INVOCATION] == "counter"
    for stage in ("node_ready", "manifests_applied", "telemetry_ready"):
        assert page.value(DURATION, stage=stage, minutes="2.5", **key) == 1
    fields = page.by_label(MODIFICATION, "field", **key)
    assert set(fields) == {*SPEC, "endpoint", "externalLabels", "lifecycle"}
    assert "start of MicroShift pushed to" in log
    assert not page.series_of("_id", cluster_id)
    assert not page.series_of("site", "north")
    assert receiver.passes() > 0
    assert [receiver.series(metric) for metric in sorted(LIFECYCLE_METRICS)] == [[], [], []]
