"""What arrived of the starts of MicroShift, and how a test tells the operator of one."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from microshift_telemetry.clock import SystemClock
from microshift_telemetry.spec.shaping import INVOCATION
from tests.support.control_plane import ControlPlane
from tests.support.prometheus import Prometheus
from tests.support.waiting import wait_for

VERSION = "microshift-version"
OWN = frozenset({"__name__", "_id"})
ON = {"status": "Enabled"}


def set_version(control_plane: ControlPlane, version: str) -> None:
    """Write the ConfigMap that MicroShift writes once it is up."""
    major, minor, patch = version.split(".")
    data = {"major": major, "minor": minor, "patch": patch, "version": version}
    metadata = {"name": VERSION, "namespace": "kube-public"}
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    control_plane.kubectl(
        "apply", "--server-side", "--force-conflicts", "-f", "-", stdin=json.dumps(manifest)
    )


def set_ready(control_plane: ControlPlane, node: str, *, is_ready: bool) -> None:
    """Say of a node what its kubelet would say now, for the first time since it started."""
    now = SystemClock().now().astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    condition = {
        "type": "Ready",
        "status": str(is_ready),
        "reason": "KubeletReady" if is_ready else "KubeletNotReady",
        "lastHeartbeatTime": now,
        "lastTransitionTime": now,
    }
    patch = json.dumps({"status": {"conditions": [condition]}})
    control_plane.kubectl("patch", "node", node, "--subresource=status", "-p", patch)


def told(receiver: Prometheus, metric: str, since: datetime) -> list[Mapping[str, str]]:
    """Give the labels of each sample of a metric since then, oldest first."""
    found = [
        (at, dict(pair for pair in labels if pair[0] not in OWN))
        for labels, samples in receiver.samples(metric, since, SystemClock().now()).items()
        for at, value in samples
        if value == 1
    ]
    return [labels for _, labels in sorted(found, key=lambda each: each[0])]


def wait_for_invocation(
    receiver: Prometheus, since: datetime, count: int, seconds: float
) -> Mapping[str, str]:
    """Wait for the sample of the start with this number, from 1.

    Raises:
        TimeoutError: it does not come.
    """

    def found() -> list[Mapping[str, str]]:
        return told(receiver, INVOCATION, since)[count - 1 :]

    return wait_for(f"start {count} to be told", found, seconds)[0]
