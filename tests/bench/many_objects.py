"""Very many objects of the counted kinds, made as fast as an API server takes them."""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from tests.support.certificates import client_context
from tests.support.control_plane import ControlPlane

KINDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "services": (
        "/api/v1/namespaces/{}/services",
        {"apiVersion": "v1", "kind": "Service", "spec": {"clusterIP": "None"}},
    ),
    "ingresses": (
        "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
        },
    ),
    "routes": (
        "/apis/route.openshift.io/v1/namespaces/{}/routes",
        {"apiVersion": "route.openshift.io/v1", "kind": "Route", "spec": {"host": "a.example"}},
    ),
}
AT_A_TIME = 8


def lay_many(control_plane: ControlPlane, namespace: str, numbers: Iterable[int]) -> None:
    """Make an object of each kind for each number."""
    tls = client_context(control_plane.ca_file, control_plane.layout.admin)
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=tls))

    def make(number: int) -> None:
        for path, form in KINDS.values():
            url = control_plane.server + path.format(namespace)
            content = {**form, "metadata": {"name": f"object-{number}"}}
            body, kind = json.dumps(content).encode(), {"Content-Type": "application/json"}
            request = Request(url, body, kind)  # noqa: S310  # our own API server
            opener.open(request, timeout=60).close()

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for _ in pool.map(make, numbers):
            pass
