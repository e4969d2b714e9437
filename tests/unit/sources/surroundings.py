"""A MicroShift device as its API server and its files show it, and ways to damage what it says."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sources import all_sources
from microshift_telemetry.sources.collection import Wanted
from microshift_telemetry.sources.cpu import CpuUsage
from microshift_telemetry.sources.host import Host
from microshift_telemetry.sources.shared_reads import SharedReads
from microshift_telemetry.sources.source import Source
from tests.unit.sources.canned_api import Answer

HOSTS = Path(__file__).parents[2] / "golden" / "hosts"
NODE_NAME = "edge-1"
CRI_O = {"containerRuntimeVersion": "cri-o://1.33.2"}
CONTAINERD = {"containerRuntimeVersion": "containerd://2.1.4"}
EVERYTHING, DYNAMIC = Wanted(with_static=True), Wanted(with_static=False)

Document = dict[str, Any]


def a_host(name: str = "rhel-rpm") -> Host:
    """Open one of the golden device roots."""
    return Host(HOSTS / name, proc=HOSTS / name / "proc")


def every_source() -> tuple[Source, ...]:
    """Make the sources of a TelemetryConfig that was just created."""
    return all_sources(CpuUsage())


def shared_reads(
    kube: KubeClient, host: str | Host = "rhel-rpm", node_name: str | None = NODE_NAME
) -> SharedReads:
    """Begin a pass on a golden device root."""
    return SharedReads(a_host(host) if isinstance(host, str) else host, kube, node_name)


def a_node(name: str = NODE_NAME, **status: object) -> Document:
    """Build the Node of a MicroShift device."""
    return {
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/arch": "amd64",
                "node.openshift.io/os_id": "he",
                "node.kubernetes.io/instance-type": "rhde",
            },
        },
        "status": {
            "capacity": {"cpu": "2", "memory": "2007036Ki", "pods": "250"},
            "addresses": [
                {"type": "Hostname", "address": name},
                {"type": "InternalIP", "address": "192.0.2.7"},
                {"type": "InternalIP", "address": "2001:db8::7"},
            ],
            "nodeInfo": CRI_O,
            **status,
        },
    }


def a_list(*items: Document, more: int = 0) -> Document:
    """Build a list answer; with `more` objects behind its end."""
    rest = {"continue": "there-is-more", "remainingItemCount": more} if more else {}
    return {"kind": "List", "metadata": {"resourceVersion": "7", **rest}, "items": list(items)}


def a_pod(running: int = 1, *, waiting: int = 0, sidecars: int = 0, debuggers: int = 0) -> Document:
    """Build a pod in phase Running with so many containers of each kind."""
    is_running = {"state": {"running": {"startedAt": "2026-01-20T10:00:00Z"}}}
    is_waiting = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    is_done = {"state": {"terminated": {"exitCode": 0}}}
    return {
        "metadata": {"name": "a-pod", "namespace": "default"},
        "status": {
            "phase": "Running",
            "containerStatuses": [is_running] * running + [is_waiting] * waiting,
            "initContainerStatuses": [is_done] + [is_running] * sidecars,
            "ephemeralContainerStatuses": [is_running] * debuggers,
        },
    }


METRICS = b"""\
# HELP apiserver_resource_objects [STABLE] Number of stored objects
# TYPE apiserver_resource_objects gauge
apiserver_resource_objects{group="",resource="pods"} 12
apiserver_resource_objects{group="apps",resource="deployments"} 5
apiserver_resource_objects{group="",resource="events"} -1
apiserver_storage_objects{resource="pods"} 12
apiserver_storage_objects{resource="deployments.apps"} 5
process_start_time_seconds 1.76891051291e+09
"""


def a_cluster() -> dict[str, Any]:
    """Lay down everything that a pass asks the API server of a MicroShift device for."""
    return {
        f"/api/v1/nodes/{NODE_NAME}": a_node(),
        "/api/v1/nodes": a_list(a_node()),
        "/api/v1/namespaces": a_list({}, more=8),
        "/api/v1/services": a_list({}, more=4),
        "/apis/networking.k8s.io/v1/ingresses": a_list(),
        "/apis/route.openshift.io/v1/routes": a_list({}),
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions": a_list({}, more=10),
        "/api/v1/pods": a_list(a_pod(running=2), a_pod(running=1, sidecars=1)),
        "/api/v1/namespaces/kube-public/configmaps/microshift-version": {
            "data": {
                "major": "4",
                "minor": "20",
                "patch": "3",
                "version": "4.20.3-202601201011.p0.gabcdef0.assembly.4.20.3.el9",
            }
        },
        "/metrics": Answer(METRICS),
    }


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["", "2Gi", "-1", "Infinity", 10**400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@st.composite
def damaged_json(draw: st.DrawFn, document: Document) -> Any:
    """Replace or take out one value, anywhere in the document."""
    root = {"document": copy.deepcopy(document)}
    parent, key = draw(st.sampled_from(_places(root)))
    if draw(st.booleans()):
        del parent[key]
    else:
        parent[key] = draw(json_values)
    return root.get("document")


@st.composite
def damaged_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """Cut, insert or overwrite in a few places."""
    damaged = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(damaged)))
        end = start + draw(st.integers(0, 5))
        damaged[start:end] = draw(st.binary(max_size=5) | st.sampled_from(_TRICKY))
    return bytes(damaged)


_TRICKY = [b"[", b"]", b",", b"{", b"}", b'"', b"\\", b" ", b"1", b"-", b".", b"e", b"\n", b"null"]


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    here = [(value, key) for key in keys]
    return here + [place for key in keys for place in _places(value[key])]


def as_body(document: Mapping[str, Any]) -> bytes:
    """Write a document as the API server sends it."""
    return json.dumps(document).encode()
