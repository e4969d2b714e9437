"""The API server of one device, in memory and in fake time."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable

from microshift_telemetry.controller.announcing import PATH as EVENTS_PATH
from microshift_telemetry.controller.cluster import CLUSTER_ID_PATH
from microshift_telemetry.kube.access import ApiAccess
from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeError, KubeNotFoundError, KubeUnreachableError
from microshift_telemetry.sources.node import NODES_PATH
from microshift_telemetry.sources.shared_reads import VERSION_PATH
from tests.support.fakes import CLUSTER_ID, FakeClock

READY_SECONDS = 40.0
"""From a start of MicroShift until its node is Ready."""
APPLIED = (
    b'apiserver_request_total{code="200",component="apiserver",dry_run="",'
    b'group="telemetry.microshift.io",resource="telemetryconfigs",scope="resource",'
    b'subresource="",verb="APPLY",version="v1alpha1"} 1'
)


def a_node() -> Object:
    """Build the one Node of a device."""
    return {
        "metadata": {"name": "edge-1", "labels": {"kubernetes.io/arch": "amd64"}},
        "status": {
            "capacity": {"cpu": "2", "memory": "2007036Ki"},
            "addresses": [{"type": "InternalIP", "address": "192.0.2.7"}],
        },
    }


class FakeKube(KubeClient):
    """The API server of one device, in memory: the same numbers at every pass."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        super().__init__(ApiAccess("http://api.example"))
        self.started = -60.0
        """When MicroShift started, in the loop's time."""
        self._clock = clock or FakeClock()
        self.is_away = False
        self.deleted: list[tuple[float, str, str]] = []
        """(loop time, path, UID) of each deletion."""
        self.errors: dict[str, KubeError] = {}
        """What is answered to requests for a path, while it stands here."""
        self.asked: Counter[str] = Counter()
        """How often each path was asked for."""
        self.metrics_seconds = 0.0
        """How long `/metrics` takes."""
        self.ready_since: float | None = -30.0
        """When the node became Ready, in the loop's time; None: it is not."""
        self.is_applied = True
        """MicroShift has applied its manifests since its start."""
        self.are_pods_ready = True
        self.more_starts: tuple[float, ...] = ()
        """When further API servers started, which answer in turn with the first."""
        self.missing = ""
        """UID of an object that was deleted behind everybody's back."""
        self.applies: list[tuple[float, Object]] = []
        """(loop time, body) of each status write that arrived."""
        self.on_apply: Callable[[Object], None] = lambda _: None
        self.events: list[Object] = []
        """Each write of an event that arrived."""
        self.event_seconds = 0.0
        """How long one takes."""
        self.objects: dict[str, Object] = {
            CLUSTER_ID_PATH: {"metadata": {"uid": CLUSTER_ID}},
            "/api/v1/nodes": {"items": [a_node()]},
        }
        self.set_version("4.21.3")

    def set_version(self, version: str) -> None:
        """Write the ConfigMap that MicroShift writes once it is up."""
        major, minor, patch = version.split(".")
        self.objects[VERSION_PATH] = {"data": {"major": major, "minor": minor, "patch": patch}}

    def start(self) -> None:
        """Begin anew, as MicroShift does; the node is Ready a little later."""
        self.started = asyncio.get_running_loop().time()
        self.ready_since = self.started + READY_SECONDS

    async def get(self, path: str, **_: str) -> Object:
        self._answer(path)
        if path not in self.objects:
            raise KubeNotFoundError(f"{path}: 404: not found")
        if path == NODES_PATH:
            return {"items": [self._dated(node) for node in self.objects[path]["items"]]}
        return self.objects[path]

    def _dated(self, node: Object) -> Object:
        """Give a node as its kubelet says that it is."""
        now, since = self._clock.now(), self.ready_since
        is_ready = since is not None and self._clock.at(since) <= now
        ready = {
            "type": "Ready",
            "status": str(is_ready),
            "lastTransitionTime": (self._clock.at(since or 0.0) if is_ready else now).isoformat(),
            "lastHeartbeatTime": now.isoformat(),
        }
        return {**node, "status": {**node["status"], "conditions": [ready]}}

    async def count(self, path: str) -> int:
        self._answer(path)
        return 7

    async def pages(
        self, path: str, limit: int, **params: str
    ) -> AsyncGenerator[list[Object], None]:
        self._answer(path)
        if "spec.nodeName=edge-1" in params.get("fieldSelector", ""):
            ready = {"type": "Ready", "status": str(self.are_pods_ready)}
            yield [{"metadata": {"uid": "a-pod"}, "status": {"conditions": [ready]}}]
            return
        running: Object = {"state": {"running": {}}}
        pod = {"status": {"phase": "Running", "containerStatuses": [running, running]}}
        yield [pod] * min(3, limit)

    async def lines(self, path: str) -> AsyncGenerator[bytes, None]:
        self._answer(path)
        await asyncio.sleep(self.metrics_seconds)
        starts = (self.started, *self.more_starts)
        started = starts[self.asked[path] % len(starts)]
        yield b'apiserver_resource_objects{group="",resource="pods"} 12'
        if self.is_applied:
            yield APPLIED
        yield b"process_start_time_seconds %.2f" % self._clock.at(started).timestamp()

    async def apply(self, path: str, body: Object, field_manager: str) -> None:
        self._answer(path)
        assert field_manager
        if path.startswith(EVENTS_PATH):
            await asyncio.sleep(self.event_seconds)
            self.events.append(body)
            return
        if body["metadata"]["uid"] == self.missing:
            raise KubeNotFoundError(f"{path}: 404: not found")
        self.applies.append((asyncio.get_running_loop().time(), body))
        self.on_apply(body)

    async def delete(self, path: str, uid: str) -> None:
        self._answer(path)
        self.deleted.append((asyncio.get_running_loop().time(), path, uid))

    def _answer(self, path: str) -> None:
        self.asked[path] += 1
        if path in self.errors:
            raise self.errors[path]
        if self.is_away:
            raise KubeUnreachableError(f"{path}: no answer from the API server: refused")
