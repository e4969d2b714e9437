"""The overlay as it is shipped: the pod comes up and reports the node that it runs on."""

import ctypes
import json
import os
import platform
import secrets
from typing import Any

import pytest

from tests.node.installation import Installation
from tests.node.kubelet import INSTANCE_TYPE, NODE_NAME
from tests.node.node import NODE_ADDRESS
from tests.support.prometheus import Prometheus
from tests.support.surroundings import count, wait_until_counted

RUNNING = "--field-selector=status.phase=Running"


def newest(receiver: Prometheus, metric: str) -> tuple[dict[str, str], float]:
    """Give labels and value of the one series of a metric."""
    [series] = receiver.query(metric)
    return series["metric"], float(series["value"][1])


def node_status(installation: Installation) -> dict[str, Any]:
    said = installation.control_plane.kubectl("get", "node", NODE_NAME, "--output=json")
    status = json.loads(said)["status"]
    assert isinstance(status, dict)
    return status


def test_the_report_has_the_values_of_the_node(
    installation: Installation, receiver: Prometheus
) -> None:
    wait_until_counted(installation.control_plane)
    installation.apply(endpoint=receiver.remote_write_url, requested_at="1")

    installation.wait_for("Reporting", "ReportDelivered")

    capacity = node_status(installation)["capacity"]
    inventory, cores = newest(receiver, "cluster:capacity_cpu_cores:sum")
    assert cores == float(capacity["cpu"]) == os.cpu_count()
    assert inventory["label_node_openshift_io_os_id"] == platform.freedesktop_os_release()["ID"]
    assert inventory["label_beta_kubernetes_io_instance_type"] == INSTANCE_TYPE
    _, memory = newest(receiver, "cluster:capacity_memory_bytes:sum")
    assert memory == float(capacity["memory"].removesuffix("Ki")) * 1024
    disk = os.statvfs(installation.node.machine.disk)
    assert newest(receiver, "cluster:capacity_disk_bytes:sum")[1] == disk.f_blocks * disk.f_frsize
    for usage in ("cpu_usage_cores", "memory_usage_bytes", "disk_usage_bytes"):
        assert 0 < newest(receiver, f"cluster:{usage}:sum")[1] <= 100
    etcd, objects = newest(receiver, "instance:etcd_object_counts:sum")
    assert etcd["instance"] == NODE_ADDRESS
    assert objects > 0


def test_the_report_counts_what_runs_on_the_node(
    installation: Installation, receiver: Prometheus
) -> None:
    installation.apply(endpoint=receiver.remote_write_url, requested_at="1")

    installation.wait_for("Reporting", "ReportDelivered")

    counts = {
        series["metric"]["resource"]: float(series["value"][1])
        for series in receiver.query("cluster:usage:resources:sum")
    }
    control_plane = installation.control_plane
    definitions = "customresourcedefinitions.apiextensions.k8s.io"
    assert counts == {
        "pods": count(control_plane, "pods", RUNNING),
        "namespaces": count(control_plane, "namespaces"),
        "services": count(control_plane, "services"),
        "ingresses.networking.k8s.io": 0,
        definitions: count(control_plane, definitions),
    }
    assert newest(receiver, "cluster:usage:containers:sum")[1] == 1


@pytest.mark.parametrize("user", ["as shipped", "random"])
def test_it_runs_without_any_right_on_a_root_that_it_cannot_write(
    installation: Installation, receiver: Prometheus, user: str
) -> None:
    uid, gid = 65532, 65532
    if user == "random":
        uid, gid = (1_000_000 + secrets.randbelow(1_000_000_000) for _ in range(2))
        installation.stop()
        installation.remove_state()
        at = "/spec/template/spec/securityContext"
        installation.patch(
            {"op": "replace", "path": f"{at}/runAsUser", "value": uid},
            {"op": "replace", "path": f"{at}/runAsGroup", "value": gid},
            {"op": "replace", "path": "/spec/replicas", "value": 1},
        )
    installation.apply(endpoint=receiver.remote_write_url, requested_at="1")

    installation.wait_for("Reporting", "ReportDelivered")

    lines = installation.execute("cat", "/proc/1/status").splitlines()
    process = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    assert process["Uid"].split() == [str(uid)] * 4
    assert process["Gid"].split() == [str(gid)] * 4
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(process[capabilities], 16) == 0
    assert process["NoNewPrivs"] == "1"
    assert process["Seccomp"] == "2"  # filtered
    mounts = installation.execute("cat", "/proc/1/mounts").splitlines()
    [root] = [mount.split()[3] for mount in mounts if mount.split()[1] == "/"]
    assert root.split(",")[0] == "ro"
    assert "samples are kept in memory only" not in installation.log()
    assert installation.container()["restartCount"] == 0


def test_the_kernel_tells_it_whether_the_clock_is_synchronized(installation: Installation) -> None:
    """The runtime's default seccomp profile lets adjtimex through."""
    ask = "import ctypes; print(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(1024)))"

    said = installation.execute("python3", "-c", ask)

    assert int(said) == ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(1024)) >= 0
