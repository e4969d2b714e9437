"""What MicroShift and its users have put into a cluster, laid on a bare control plane."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.control_plane import ControlPlane, prepare_for_pods
from tests.support.pods import Pod, pod_with_status
from tests.support.waiting import wait_for

Object = Mapping[str, Any]

NODE_NAME = "edge-1"
NODE_ADDRESS = "192.168.122.17"
NODE_CPU_CORES = 4
NODE_MEMORY_BYTES = 8_039_912 * 1024
MACHINE_ID = "7d2f4b0c9a1e4c55b3f86a0d1e2c3b4a"
MICROSHIFT_VERSION = "4.21.3"
COUNTED_SECONDS = 180
"""An API server counts its objects two minutes after its start, at the latest."""
APPLICATION_NAMESPACES = ("shop", "line-control", "openshift-ingress")

PODS = (
    Pod("shop", "web", containers=("running",)),
    Pod("shop", "cart", containers=("running", "running", "waiting")),
    Pod("shop", "mesh", containers=("running",), sidecars=("running",)),
    Pod("shop", "crashing", containers=("waiting", "terminated")),
    Pod("line-control", "plc", containers=("running", "terminated")),
    Pod("line-control", "pulling", phase="Pending", containers=("waiting",)),
    Pod("line-control", "backup", phase="Succeeded", containers=("terminated",)),
    Pod("line-control", "broken", phase="Failed", containers=("terminated", "terminated")),
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a count of the cluster gave just after it was laid."""

    cluster_id: str
    namespaces: int
    services: int
    ingresses: int
    routes: int | None
    """`None` when the cluster has no such kind."""
    custom_resource_definitions: int
    running_pods: int
    running_containers: int


def lay_microshift(control_plane: ControlPlane, *, with_routes: bool = True) -> Surroundings:
    """Lay MicroShift's own objects and a user's workload; without Routes as on plain Kubernetes."""
    lay_namespaces(control_plane, APPLICATION_NAMESPACES)
    _apply(control_plane, [_version(), _node(), *_network()])
    _apply(control_plane, [_node()], "--subresource=status")
    lay_pods(control_plane, PODS)
    if with_routes:
        _lay_routes(control_plane)
    return Surroundings(
        cluster_id=control_plane.kubectl(
            "get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"
        ),
        namespaces=count(control_plane, "namespaces"),
        services=count(control_plane, "services"),
        ingresses=count(control_plane, "ingresses.networking.k8s.io"),
        routes=count(control_plane, "routes.route.openshift.io") if with_routes else None,
        custom_resource_definitions=count(control_plane, "customresourcedefinitions"),
        running_pods=sum(pod.phase == "Running" for pod in PODS),
        running_containers=sum(pod.running_containers for pod in PODS),
    )


def lay_namespaces(control_plane: ControlPlane, names: Iterable[str]) -> None:
    """Make namespaces and wait until pods may be made in them."""
    for name in names:
        _apply(control_plane, [_object("v1", "Namespace", name)])
        prepare_for_pods(control_plane, name)


def lay_services(control_plane: ControlPlane, namespace: str, how_many: int) -> None:
    """Make many services, some 100 a second."""
    names = (f"service-{number}" for number in range(how_many))
    _apply(control_plane, [_service(namespace, name) for name in names])


def lay_pods(control_plane: ControlPlane, pods: Sequence[Pod]) -> None:
    """Make pods and say of each what a kubelet would."""
    objects = [pod_with_status(pod, NODE_NAME) for pod in pods]
    _apply(control_plane, objects)
    _apply(control_plane, objects, "--subresource=status")


def count(control_plane: ControlPlane, resource: str, *arguments: str) -> int:
    """Count objects as an admin would: kubectl lists them all, over all namespaces."""
    listed = control_plane.kubectl(
        "get", resource, "--all-namespaces", "--output=name", "--ignore-not-found", *arguments
    )
    return len(listed.splitlines())


def etcd_objects(control_plane: ControlPlane) -> int:
    """Add up how many objects the API server says that etcd has; 0 before it knows."""
    metrics = control_plane.kubectl("get", "--raw=/metrics")
    counts = re.findall(r"^apiserver_resource_objects\{.*\} (\d+)$", metrics, re.M)
    return sum(map(int, counts))


def wait_until_counted(control_plane: ControlPlane) -> None:
    """Wait until the API server knows how many objects etcd has.

    Raises:
        TimeoutError: it does not.
    """
    wait_for("the API server's counts", lambda: etcd_objects(control_plane), COUNTED_SECONDS)


def _lay_routes(control_plane: ControlPlane) -> None:
    _apply(control_plane, [_route_definition()])
    control_plane.kubectl(
        "wait", "customresourcedefinition/routes.route.openshift.io", "--for=condition=Established"
    )
    to_web = {"host": "shop.example.com", "to": {"kind": "Service", "name": "web"}}
    _apply(
        control_plane,
        [
            _object("route.openshift.io/v1", "Route", name, "shop", spec=to_web)
            for name in ("web", "cart")
        ],
    )


def _version() -> Object:
    major, minor, patch = MICROSHIFT_VERSION.split(".")
    version = f"{MICROSHIFT_VERSION}-202610121034.p0-g1f0e5b7"
    data = {"major": major, "minor": minor, "patch": patch, "version": version}
    return _object("v1", "ConfigMap", "microshift-version", "kube-public", data=data)


def _node() -> Object:
    labels = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": NODE_NAME,
        "kubernetes.io/os": "linux",
        "node-role.kubernetes.io/control-plane": "",
        "node.kubernetes.io/instance-type": "rhde",
        "node.openshift.io/os_id": "rhel",
    }
    status = {
        "addresses": [
            {"type": "Hostname", "address": NODE_NAME},
            {"type": "InternalIP", "address": NODE_ADDRESS},
        ],
        "capacity": {
            "cpu": str(NODE_CPU_CORES),
            "memory": f"{NODE_MEMORY_BYTES // 1024}Ki",
            "pods": "250",
        },
        "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
        "nodeInfo": _node_info(),
    }
    node = _object("v1", "Node", NODE_NAME, status=status)
    return {**node, "metadata": {**node["metadata"], "labels": labels}}


def _node_info() -> Object:
    return {
        "machineID": MACHINE_ID,
        "systemUUID": "7d2f4b0c-9a1e-4c55-b3f8-6a0d1e2c3b4a",
        "bootID": "0b6f0a52-3c57-4a0e-9f56-2f6d9b1f7c11",
        "kernelVersion": "5.14.0-570.el9.x86_64",
        "osImage": "Red Hat Enterprise Linux 9.6 (Plow)",
        "containerRuntimeVersion": "cri-o://1.34.1",
        "kubeletVersion": "v1.34.1",
        "kubeProxyVersion": "",
        "operatingSystem": "linux",
        "architecture": "amd64",
    }


def _network() -> list[Object]:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    return [
        _service("shop", "web"),
        _service("shop", "cart"),
        _service("openshift-ingress", "router-default"),
        _object("networking.k8s.io/v1", "Ingress", "web", "shop", spec={"defaultBackend": backend}),
    ]


def _service(namespace: str, name: str) -> Object:
    return _object("v1", "Service", name, namespace, spec={"ports": [{"port": 80}]})


def _route_definition() -> Object:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": anything, "status": anything}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    names = {"kind": "Route", "listKind": "RouteList", "plural": "routes", "singular": "route"}
    return _object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "routes.route.openshift.io",
        spec={
            "group": "route.openshift.io",
            "names": names,
            "scope": "Namespaced",
            "versions": [version],
        },
    )


def _object(
    version: str, kind: str, name: str, namespace: str | None = None, **content: Any
) -> Object:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **content}


def _apply(control_plane: ControlPlane, objects: Sequence[Object], *arguments: str) -> None:
    items = {"apiVersion": "v1", "kind": "List", "items": objects}
    control_plane.kubectl(
        "apply", "--server-side", "--filename=-", *arguments, stdin=json.dumps(items)
    )
