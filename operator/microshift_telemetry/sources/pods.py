"""Running pods and running containers."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeExpiredError
from microshift_telemetry.kube.own_pod import OwnPod
from microshift_telemetry.sample.metrics import RESOURCE_COUNT, RUNNING_CONTAINERS, Kind
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.outcome import Readings, SourceError
from microshift_telemetry.sources.shared_reads import SharedReads

PODS_PATH = "/api/v1/pods"
PAGE_SIZE = 50
"""A pod has 5 to 20 KB: a page stays under 1 MB."""

_STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
"""A running init container is a sidecar, or one that the pod restarted for."""


_LIVING = "status.phase!=Succeeded,status.phase!=Failed"
"""Pods of Jobs that have ended are never Ready again."""


class RunningPods:
    """Pods in phase Running, and the containers that run in them."""

    name = "pods"
    kind = Kind.DYNAMIC
    series = (Series.of(RESOURCE_COUNT.name, resource="pods"), Series(RUNNING_CONTAINERS.name))

    async def collect(self, shared: SharedReads) -> Readings:
        """Count both in one paged list; a list that expires between two pages is begun anew once.

        Raises:
            SourceError: a pod makes no sense.
            KubeError: the API server did not give the pods.
        """
        try:
            pods, containers = await _count_running(shared.kube)
        except KubeExpiredError:
            pods, containers = await _count_running(shared.kube)
        return Readings(
            (
                Reading(Series.of(RESOURCE_COUNT.name, resource="pods"), float(pods)),
                Reading(Series.of(RUNNING_CONTAINERS.name), float(containers)),
            )
        )


async def are_pods_ready(kube: KubeClient, node: str, own: OwnPod | None) -> bool:
    """Tell whether every pod of a node is Ready, but for those that have ended or are ending.

    Args:
        kube: to read from.
        node: its name.
        own: the operator's own pod, which does not count; None where it runs in none.

    Raises:
        KubeError: the API server did not give the pods.
    """
    selector = f"spec.nodeName={node},{_LIVING}"
    pages = kube.pages(PODS_PATH, limit=PAGE_SIZE, fieldSelector=selector)
    async with aclosing(pages):
        async for page in pages:
            if not all(is_ready(pod) or _is(pod, own) for pod in page):
                return False
    return True


def is_ready(pod: Object) -> bool:
    """Tell whether a pod is Ready, or is ending."""
    metadata, status = pod.get("metadata"), pod.get("status")
    if isinstance(metadata, dict) and metadata.get("deletionTimestamp"):
        return True
    conditions = status.get("conditions") if isinstance(status, dict) else None
    return any(
        isinstance(each, dict) and each.get("type") == "Ready" and each.get("status") == "True"
        for each in (conditions if isinstance(conditions, list) else ())
    )


def running_containers(pod: Object) -> int:
    """Count the containers of a pod that run now.

    Raises:
        SourceError: the pod's status has not the shape of one.
    """
    status = pod.get("status") or {}
    if not isinstance(status, dict):
        raise SourceError(f"{PODS_PATH}: a pod's status is not an object")
    return sum(_is_running(each) for key in _STATUSES for each in _statuses(status, key))


async def _count_running(kube: KubeClient) -> tuple[int, int]:
    pods = containers = 0
    pages = kube.pages(PODS_PATH, limit=PAGE_SIZE, fieldSelector="status.phase=Running")
    async with aclosing(pages):
        async for page in pages:
            pods += len(page)
            containers += sum(map(running_containers, page))
    return pods, containers


def _is(pod: Object, own: OwnPod | None) -> bool:
    metadata = pod.get("metadata")
    return own is not None and isinstance(metadata, dict) and metadata.get("uid") == own.uid


def _statuses(status: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    statuses = status.get(key) or []
    if not isinstance(statuses, list) or not all(isinstance(each, dict) for each in statuses):
        raise SourceError(f"{PODS_PATH}: a pod's {key} is not a list of objects")
    return statuses


def _is_running(container_status: Mapping[str, Any]) -> bool:
    state = container_status.get("state")
    return isinstance(state, dict) and state.get("running") is not None
