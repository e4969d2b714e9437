"""Pods as a kubelet would have left them: a phase, and a state for each container."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["running", "waiting", "terminated"]
Phase = Literal["Pending", "Running", "Succeeded", "Failed"]

IMAGE = "registry.example.com/app@sha256:" + "0" * 64
MOMENT = "2026-01-01T00:00:00Z"
STATES: Mapping[State, Mapping[str, Any]] = {
    "running": {"running": {"startedAt": MOMENT}},
    "waiting": {"waiting": {"reason": "CrashLoopBackOff"}},
    "terminated": {"terminated": {"exitCode": 0, "finishedAt": MOMENT}},
}


@dataclass(frozen=True, slots=True)
class Pod:
    """What matters of a pod to one who counts."""

    namespace: str
    name: str
    phase: Phase = "Running"
    containers: tuple[State, ...] = ("running",)
    sidecars: tuple[State, ...] = ()
    """Init containers that live as long as the pod."""

    @property
    def running_containers(self) -> int:
        return [*self.containers, *self.sidecars].count("running")


def pod_with_status(pod: Pod, node_name: str) -> Mapping[str, Any]:
    """Build the object as a kubelet left it.

    It has no grace period: a deletion would wait for the kubelet's word.
    """
    containers = _named("container", pod.containers)
    sidecars = _named("sidecar", pod.sidecars)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": pod.name, "namespace": pod.namespace},
        "spec": {
            "nodeName": node_name,
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": name, "image": IMAGE} for name in containers],
            "initContainers": [
                {"name": name, "image": IMAGE, "restartPolicy": "Always"} for name in sidecars
            ],
        },
        "status": {
            "phase": pod.phase,
            "containerStatuses": _statuses(containers),
            "initContainerStatuses": _statuses(sidecars),
        },
    }


def _named(prefix: str, states: tuple[State, ...]) -> Mapping[str, State]:
    return {f"{prefix}-{number}": state for number, state in enumerate(states)}


def _statuses(states: Mapping[str, State]) -> list[Mapping[str, Any]]:
    return [
        {
            "name": name,
            "image": IMAGE,
            "imageID": IMAGE,
            "ready": state == "running",
            "started": state == "running",
            "restartCount": 0,
            "state": STATES[state],
        }
        for name, state in states.items()
    ]
