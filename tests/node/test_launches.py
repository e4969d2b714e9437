"""The six ways of a start of MicroShift on a real node, and what arrives of each."""

from collections.abc import Callable

import pytest

from microshift_telemetry.clock import SystemClock
from microshift_telemetry.spec.shaping import DURATION, INVOCATION, LIFECYCLE_METRICS
from tests.node.images import NEXT_VERSION
from tests.node.installation import Installation
from tests.support.launches import ON, set_version, told, wait_for_invocation
from tests.support.prometheus import Prometheus

OLDER, NEWER = "4.20.7", "4.21.3"
START_SECONDS = 20
"""In place of ten minutes for the pods, and of an hour for the node."""
TOLD_SECONDS = 240
"""The node's time, six times the pods', and what ticks, splay and report take."""
SPEC = {"sendingInterval": "1m", "samplingInterval": "1m", "aggregation": "None"}
BROKEN = ("broken", "--image=localhost/nowhere", "--image-pull-policy=Never", "--restart=Never")


class Ways:
    """What brings a device to start MicroShift."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._node, self._control_plane = installation.node, installation.control_plane

    def install(self) -> None:
        """Bring the operator onto a node that it knows nothing of, just after a start."""
        installation = self._installation
        installation.stop()
        installation.remove_state()
        self._node.restart_microshift()
        set_version(self._control_plane, OLDER)
        variable = {"name": "TELEMETRY_START_SECONDS", "value": str(START_SECONDS)}
        installation.patch(
            {"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": variable},
            {"op": "replace", "path": "/spec/replicas", "value": 1},
        )

    def restart(self) -> None:
        """Restart MicroShift alone: the operator's container runs on."""
        container = self._installation.container()["containerID"]
        self._node.restart_microshift()
        assert self._installation.container()["containerID"] == container

    def upgrade(self) -> None:
        """Boot into a newer MicroShift and a newer operator."""
        self._installation.lose_power()
        set_version(self._control_plane, NEWER)
        self._installation.roll_out(NEXT_VERSION)

    def roll_back(self) -> None:
        """Boot into what was there before."""
        self._installation.lose_power()
        set_version(self._control_plane, OLDER)
        self._installation.roll_back()

    def restart_without_a_kubelet(self) -> None:
        """Leave the node as the last kubelet has said that it is."""
        self._node.restart_microshift(has_kubelet=False)

    def restart_with_a_broken_pod(self) -> None:
        """Have a pod on the node whose image is nowhere."""
        self._node.start_kubelet()
        self._control_plane.kubectl("run", *BROKEN)
        self._node.restart_microshift()


@pytest.mark.timeout(1500)
def test_each_way_of_a_start_arrives_as_what_it_was(
    installation: Installation, receiver: Prometheus
) -> None:
    began, control_plane = SystemClock().now(), installation.control_plane
    way = Ways(installation)
    same = f"{OLDER} {OLDER}"
    expected: list[tuple[Callable[[], None], str, str, str, str]] = [
        (way.install, "install", f"- {OLDER}", "Success", "2.5"),
        (way.restart, "start", same, "Success", "2.5"),
        (way.upgrade, "upgrade", f"{OLDER} {NEWER}", "Success", "2.5"),
        (way.roll_back, "rollback", f"{NEWER} {OLDER}", "Success", "2.5"),
        (way.restart_without_a_kubelet, "start", same, "NodeNotReady", "60+"),
        (way.restart_with_a_broken_pod, "start", same, "PodsNotReady", "2.5"),
    ]
    try:
        for count, (start, *as_told) in enumerate(expected, start=1):
            start()
            installation.apply(endpoint=receiver.remote_write_url, lifecycle=ON, **SPEC)
            labels = wait_for_invocation(receiver, began, count, TOLD_SECONDS)
            versions = f"{labels.get('from_version', '-')} {labels['version']}"
            found = [labels["command"], versions, labels["result"], labels["duration"]]
            assert found == as_told
    finally:
        control_plane.kubectl("delete", "pod", BROKEN[0], "--force", "--ignore-not-found")

    stages = {each["stage"] for each in told(receiver, DURATION, began)}
    assert stages == {"node_ready", "manifests_applied", "telemetry_ready"}
    assert len(told(receiver, INVOCATION, began)) == len(expected)
    ids = {series["_id"] for metric in LIFECYCLE_METRICS for series in receiver.series(metric)}
    assert ids == {installation.status()["clusterID"]}
