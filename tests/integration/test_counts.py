"""Counts in Prometheus against what kubectl counts, on a crowded cluster."""

import json

from tests.support.device import Device
from tests.support.pods import Pod
from tests.support.prometheus import Prometheus
from tests.support.surroundings import count, lay_namespaces, lay_pods, lay_services


def test_a_crowded_namespace_is_counted_as_kubectl_counts_it(
    own_device: Device, prometheus: Prometheus
) -> None:
    device, control_plane = own_device, own_device.control_plane
    lay_namespaces(control_plane, ["x"])
    lay_services(control_plane, "x", 500)
    running = [Pod("x", f"up-{n}", containers=("running", "waiting")) for n in range(120)]
    waiting = [Pod("x", f"no-{n}", phase="Pending", containers=("waiting",)) for n in range(180)]
    lay_pods(control_plane, [*running, *waiting])

    device.apply(endpoint=prometheus.remote_write_url, requested_at="1")
    with device.operator():
        device.wait_for("Reporting", "ReportDelivered")
    for name in ("services", "namespaces", "ingresses", "routes", "customresourcedefinitions"):
        assert _reported(prometheus, name) == count(control_plane, name)
    pods = json.loads(
        control_plane.kubectl(
            "get", "pods", "-A", "--field-selector=status.phase=Running", "-o", "json"
        )
    )["items"]
    assert _reported(prometheus, "pods") == len(pods)
    (containers,) = prometheus.query("cluster:usage:containers:sum")
    assert float(containers["value"][1]) == sum(
        "running" in status["state"]
        for pod in pods
        for kind in ("containerStatuses", "initContainerStatuses")
        for status in pod["status"].get(kind, ())
    )


def _reported(prometheus: Prometheus, resource: str) -> int:
    (series,) = prometheus.query(f'cluster:usage:resources:sum{{resource=~"{resource}(\\\\..*)?"}}')
    return int(series["value"][1])
