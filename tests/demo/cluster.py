"""The cluster's own word on what is in it, by the official client's lists and by etcd itself."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from kubernetes import client
from kubernetes.utils.quantity import parse_quantity

from tests.support.control_plane import ControlPlane

BOOKKEEPING = ("/registry/masterleases/", "/registry/peerserverleases/", "/registry/ranges/")
"""Keys that hold no object: the API server's notes on itself and on free ports."""


class Cluster:
    """Lists whole objects with the admin's identity, as the operator never does."""

    def __init__(self, control_plane: ControlPlane) -> None:
        """Connect to the API server."""
        api = control_plane.api
        # The client's types make every field optional, also those that every object has.
        self._core: Any = client.CoreV1Api(api)
        self._networking: Any = client.NetworkingV1Api(api)
        self._extensions: Any = client.ApiextensionsV1Api(api)
        self._custom: Any = client.CustomObjectsApi(api)
        self._etcd_url = control_plane.layout.etcd_url

    def id(self) -> str:
        """Read the UID of `kube-system`."""
        return str(self._core.read_namespace("kube-system").metadata.uid)

    def telemetry_config(self) -> Mapping[str, Any]:
        """Read the TelemetryConfig `cluster`."""
        found: Mapping[str, Any] = self._custom.get_cluster_custom_object(
            "telemetry.microshift.io", "v1alpha1", "telemetryconfigs", "cluster"
        )
        return found

    def node(self) -> Any:
        """Read the only Node."""
        (node,) = self._core.list_node().items
        return node

    def capacity(self, resource: str) -> float:
        """Tell the Node's cores or bytes."""
        quantity = self.node().status.capacity[resource]
        return float(parse_quantity(quantity))  # type: ignore[no-untyped-call]

    def microshift_version(self) -> str:
        """Read `major.minor.patch` from MicroShift's ConfigMap."""
        data = self._core.read_namespaced_config_map("microshift-version", "kube-public").data
        return f"{data['major']}.{data['minor']}.{data['patch']}"

    def objects(self) -> Mapping[str, int]:
        """Count what the metric of resources counts, but for pods and images."""
        definitions = self._extensions.list_custom_resource_definition()
        ingresses = self._networking.list_ingress_for_all_namespaces()
        routes = self._custom.list_cluster_custom_object("route.openshift.io", "v1", "routes")
        return {
            "namespaces": len(self._core.list_namespace().items),
            "services": len(self._core.list_service_for_all_namespaces().items),
            "ingresses.networking.k8s.io": len(ingresses.items),
            "routes.route.openshift.io": len(routes["items"]),
            "customresourcedefinitions.apiextensions.k8s.io": len(definitions.items),
        }

    def running(self) -> tuple[int, int]:
        """Count running pods, and the running containers in them."""
        pods = self._core.list_pod_for_all_namespaces().items
        statuses = [pod.status for pod in pods if pod.status.phase == "Running"]
        containers = [
            container
            for status in statuses
            for some in (
                status.container_statuses,
                status.init_container_statuses,
                status.ephemeral_container_statuses,
            )
            for container in some or ()
        ]
        return len(statuses), sum(each.state.running is not None for each in containers)

    def stored_objects(self) -> int:
        """Count the keys in etcd that hold an object."""
        return sum(not key.startswith(BOOKKEEPING) for key in self._keys())

    def _keys(self) -> list[str]:
        """Ask etcd for every key of Kubernetes, by its JSON gateway."""
        asked = {
            "key": _base64("/registry/"),
            "range_end": _base64("/registry0"),
            "keys_only": True,
        }
        request = Request(f"{self._etcd_url}/v3/kv/range", json.dumps(asked).encode())  # noqa: S310  # etcd's own http address
        with build_opener(ProxyHandler({})).open(request, timeout=10) as response:
            return [base64.b64decode(each["key"]).decode() for each in json.load(response)["kvs"]]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
