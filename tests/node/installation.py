"""The operator as its overlay installs it on the node: its one pod, seen from outside."""

import json
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.node.images import OPERATOR_IMAGE
from tests.node.machine import container_cgroup
from tests.node.node import Node
from tests.support.device import NAMESPACE, Admin
from tests.support.go_toolchain import REPOSITORY
from tests.support.waiting import wait_for

OVERLAY = str(REPOSITORY / "deploy" / "overlays" / "kubernetes")
DEPLOYMENT = "deployment/microshift-telemetry"
STATE = "/var/lib/microshift-telemetry"
CONTAINER = "operator"
READY_SECONDS = 90

Object = Mapping[str, Any]


class Installation(Admin):
    """What an admin does with the Deployment and sees of its pod."""

    def __init__(self, node: Node) -> None:
        """Install nothing yet."""
        super().__init__(node.control_plane)
        self.node = node

    def install(self, overlay: str = OVERLAY) -> None:
        """Apply the overlay as it is shipped, or another version's, and wait for the pod."""
        self.control_plane.kubectl("apply", "--server-side", "--force-conflicts", "-k", overlay)
        self.wait_until_rolled_out()

    def uninstall(self, seconds: int = 90) -> None:
        """Delete what the overlay brought, the TelemetryConfigs with their kind.

        Just after an installation it may take half a minute: the garbage collector, which lifts
        the finalizer, looks for new kinds every 30 seconds.

        Raises:
            KubectlError: something is still there after the given time.
        """
        self.control_plane.kubectl(
            "delete", "--ignore-not-found", f"--timeout={seconds}s", "-k", OVERLAY
        )

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl in the operator's namespace."""
        return self.control_plane.kubectl(f"--namespace={NAMESPACE}", *arguments)

    def pods(self) -> Sequence[Object]:
        """List the operator's pods, those included that are about to go."""
        listed = json.loads(self.kubectl("get", "pods", "--output=json"))["items"]
        assert isinstance(listed, list)
        return listed

    def container(self) -> Object:
        """Give the status of the operator's container; empty while there is none."""
        statuses = [
            status
            for pod in self.pods()
            for status in pod.get("status", {}).get("containerStatuses", ())
        ]
        return statuses[0] if len(statuses) == 1 else {}

    def log(self) -> str:
        """What the container has logged since it started."""
        return self.kubectl("logs", DEPLOYMENT, f"--container={CONTAINER}")

    def execute(self, *command: str) -> str:
        """Run a command in the container, as its user."""
        return self.kubectl("exec", DEPLOYMENT, f"--container={CONTAINER}", "--", *command)

    def patch(self, *operations: Object) -> None:
        """Change the Deployment by JSON patch and wait for the new pod."""
        self.kubectl("patch", DEPLOYMENT, "--type=json", f"--patch={json.dumps(operations)}")
        self.wait_until_rolled_out()

    def restart(self) -> None:
        """Replace the pod by another like it."""
        self.kubectl("rollout", "restart", DEPLOYMENT)
        self.wait_until_rolled_out()

    def stop(self) -> None:
        """End the pod and have no other."""
        self.kubectl("scale", DEPLOYMENT, "--replicas=0")
        wait_for("the end of the pod", lambda: not self.pods(), READY_SECONDS)

    def start(self) -> None:
        """Have the pod again."""
        self.kubectl("scale", DEPLOYMENT, "--replicas=1")
        self.wait_until_rolled_out()

    def remove_state(self) -> None:
        """Remove what the operator keeps on the node, while it does not run."""
        self.node.machine.run("rm", "-rf", STATE)

    def roll_out(self, version: str) -> None:
        """Give every container of the Deployment the image of a version."""
        self.kubectl("set", "image", DEPLOYMENT, f"*={OPERATOR_IMAGE}:{version}")
        self.wait_until_rolled_out()

    def roll_back(self) -> None:
        """Return to what the Deployment was before."""
        self.kubectl("rollout", "undo", DEPLOYMENT)
        self.wait_until_rolled_out()

    def kill_container(self) -> None:
        """End every process of the container at once, and wait until the kubelet has a new one."""
        before = self.container()
        for process in self.cgroup().joinpath("cgroup.procs").read_text().split():
            os.kill(int(process), signal.SIGKILL)
        self.wait_until_restarted(before)

    def lose_power(self) -> None:
        """Cut the node's power, boot it again, and wait for the container that comes up with it."""
        before = self.container()
        self.node.cut_power()
        self.node.boot()
        self.wait_until_restarted(before)

    def wait_until_restarted(self, before: Object) -> None:
        """Wait for a ready container that is not the one of before."""

        def is_new() -> bool:
            now = self.container()
            return bool(now.get("ready")) and now["containerID"] != before["containerID"]

        wait_for("a new container", is_new, READY_SECONDS)

    def wait_until_rolled_out(self) -> None:
        """Wait for the pod of the newest Deployment, which must be the only one."""
        self.kubectl("rollout", "status", DEPLOYMENT, f"--timeout={READY_SECONDS}s")
        wait_for("a single ready pod", lambda: self.container().get("ready"), READY_SECONDS)

    def cgroup(self) -> Path:
        """Give the memory cgroup of the running container."""
        return container_cgroup(self.container()["containerID"].removeprefix("containerd://"))

    def watch_until_handled(self, value: str) -> None:
        """Wait as `wait_until_handled`, with one kubectl that watches: for many in a row."""
        handled = f"jsonpath={{.status.lastHandledRequestedAt}}={value}"
        self.control_plane.kubectl("wait", "tcfg/cluster", f"--for={handled}", "--timeout=60s")


def peak_memory_bytes(cgroup: Path) -> int:
    """Read the most that a memory cgroup has ever held, page cache included."""
    v2, v1 = cgroup / "memory.peak", cgroup / "memory.max_usage_in_bytes"
    return int((v2 if v2.exists() else v1).read_text())


def memory_limit_bytes(cgroup: Path) -> int:
    """Read the most that a memory cgroup may hold."""
    v2, v1 = cgroup / "memory.max", cgroup / "memory.limit_in_bytes"
    return int((v2 if v2.exists() else v1).read_text())
