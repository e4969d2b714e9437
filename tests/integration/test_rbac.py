"""The operator's permissions, asked of the API server: what it needs, and nothing else."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest
from kubernetes.client import (
    AuthorizationV1Api,
    V1NonResourceAttributes,
    V1ResourceAttributes,
    V1SubjectAccessReview,
    V1SubjectAccessReviewSpec,
)

from tests.conftest import MakeControlPlane
from tests.crd.telemetry_configs import installed_on
from tests.support.control_plane import ControlPlane
from tests.support.device import NAMESPACE, SERVICE_ACCOUNT
from tests.support.go_toolchain import REPOSITORY
from tests.support.security_context_constraints import lay_security_context_constraints
from tests.support.surroundings import lay_microshift
from tests.support.waiting import wait_for

ON_MICROSHIFT = REPOSITORY / "deploy" / "overlays" / "microshift"
SCC = "securitycontextconstraints.security.openshift.io"
OWN_SCC = "microshift-telemetry"
SECONDS = 30
NAMESPACES = (NAMESPACE, "default", "kube-public", "kube-system")
READS = ("get", "list", "watch")
WRITES = ("create", "update", "patch", "delete", "deletecollection")
POWERS = ("bind", "escalate", "impersonate", "approve", "sign", "attest", "use")
VERBS = (*READS, *WRITES, *POWERS)
MAY_LIST = {
    *("list services", "list pods"),
    *("list ingresses.networking.k8s.io", "list routes.route.openshift.io"),
}
MAY_IN_THE_CLUSTER = {
    *("get nodes", "list nodes", "list namespaces"),
    "list customresourcedefinitions.apiextensions.k8s.io",
    "list telemetryconfigs.telemetry.microshift.io",
    "watch telemetryconfigs.telemetry.microshift.io",
    "patch telemetryconfigs.telemetry.microshift.io",
    "patch telemetryconfigs.telemetry.microshift.io/status",
}
MAY_IN = {
    NAMESPACE: {"get secrets", "get configmaps", "delete pods"},
    "default": {"create events", "patch events"},
}
EVERYBODY_MAY = {
    "create selfsubjectaccessreviews.authorization.k8s.io",
    "create selfsubjectreviews.authentication.k8s.io",
    "create selfsubjectrulesreviews.authorization.k8s.io",
}
"""Kubernetes lets every identity ask about itself."""


@dataclass(frozen=True)
class Resource:
    """A kind of object, or a subresource of one, that the API server serves."""

    group: str
    name: str
    subresource: str
    is_namespaced: bool

    def __str__(self) -> str:
        kind = ".".join(filter(None, (self.name, self.group)))
        return "/".join(filter(None, (kind, self.subresource)))


class Permissions:
    """What the operator's ServiceAccount may do, as the API server sees it."""

    def __init__(self, control_plane: ControlPlane) -> None:
        self._reviews = AuthorizationV1Api(control_plane.api)

    def allow(self, verb: str, resource: Resource, namespace: str = "", name: str = "") -> bool:
        attributes = V1ResourceAttributes(
            verb=verb,
            group=resource.group,
            resource=resource.name,
            subresource=resource.subresource,
            namespace=namespace,
            name=name,
        )
        return self._review(V1SubjectAccessReviewSpec(resource_attributes=attributes))

    def allow_path(self, verb: str, path: str) -> bool:
        attributes = V1NonResourceAttributes(verb=verb, path=path)
        return self._review(V1SubjectAccessReviewSpec(non_resource_attributes=attributes))

    def allowed(
        self, verbs: Iterable[str], resources: Iterable[Resource], namespace: str = ""
    ) -> set[str]:
        """Ask about every pair, without a namespace about all at once: `patch nodes/status`."""
        return {
            f"{verb} {resource}"
            for resource in resources
            for verb in verbs
            if self.allow(verb, resource, namespace)
        }

    def _review(self, spec: V1SubjectAccessReviewSpec) -> bool:
        spec.user = f"system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}"
        spec.groups = [
            *("system:serviceaccounts", f"system:serviceaccounts:{NAMESPACE}"),
            "system:authenticated",
        ]
        review = self._reviews.create_subject_access_review(V1SubjectAccessReview(spec=spec))
        return bool(review.status and review.status.allowed)


@pytest.fixture(scope="module")
def permissions(control_plane: ControlPlane) -> Permissions:
    installed_on(control_plane)
    return Permissions(control_plane)


@pytest.fixture(scope="module")
def resources(control_plane: ControlPlane, permissions: Permissions) -> list[Resource]:
    """Everything that the API server serves, subresources included."""
    del permissions
    served = list(served_resources(control_plane))
    assert {"pods/exec", "nodes/proxy", "secrets", "serviceaccounts/token"} <= {*map(str, served)}
    return served


def served_resources(control_plane: ControlPlane) -> Iterator[Resource]:
    groups = json.loads(control_plane.kubectl("get", "--raw", "/apis"))["groups"]
    paths = {"": "/api/v1"} | {
        group["name"]: f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups
    }
    for group, path in paths.items():
        for served in json.loads(control_plane.kubectl("get", "--raw", path))["resources"]:
            name, _, subresource = served["name"].partition("/")
            yield Resource(group, name, subresource, served["namespaced"])


def resource(text: str) -> Resource:
    kind, _, subresource = text.partition("/")
    name, _, group = kind.partition(".")
    return Resource(group, name, subresource, is_namespaced=False)


def test_of_everything_in_the_cluster_it_may_do_only_this(
    permissions: Permissions, resources: list[Resource]
) -> None:
    allowed = permissions.allowed(VERBS, resources)

    assert allowed - EVERYBODY_MAY == MAY_LIST | MAY_IN_THE_CLUSTER


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_of_everything_in_a_namespace_it_may_do_only_this(
    permissions: Permissions, resources: list[Resource], namespace: str
) -> None:
    namespaced = [resource for resource in resources if resource.is_namespaced]

    allowed = permissions.allowed(VERBS, namespaced, namespace)

    assert allowed == MAY_LIST | MAY_IN.get(namespace, set())


def test_on_microshift_it_may_use_its_own_scc_too_and_nothing_else(
    make_control_plane: MakeControlPlane,
) -> None:
    control_plane = make_control_plane()
    lay_microshift(control_plane)
    lay_security_context_constraints(control_plane)
    installed_on(control_plane)
    control_plane.kubectl("apply", "--server-side", f"--kustomize={ON_MICROSHIFT}")
    permissions, scc = Permissions(control_plane), resource(SCC)
    wait_for("the role", lambda: permissions.allow("use", scc, NAMESPACE, OWN_SCC), SECONDS)

    for namespace in ("", *NAMESPACES):
        assert not permissions.allow("use", scc, namespace)
        assert not permissions.allow("use", scc, namespace, "privileged")
    allowed = permissions.allowed(VERBS, served_resources(control_plane))
    assert allowed - EVERYBODY_MAY == MAY_LIST | MAY_IN_THE_CLUSTER


@pytest.mark.parametrize(
    ("verb", "what", "namespace", "name"),
    [
        ("get", "namespaces", "", "kube-system"),
        ("get", "configmaps", "kube-public", "microshift-version"),
        ("get", "secrets", NAMESPACE, "site-token"),
        ("get", "configmaps", NAMESPACE, "site-ca"),
        ("get", "nodes", "", "edge-1"),
        ("patch", "telemetryconfigs.telemetry.microshift.io", "", "cluster"),
        ("patch", "telemetryconfigs.telemetry.microshift.io/status", "", "cluster"),
    ],
)
def test_it_may(permissions: Permissions, verb: str, what: str, namespace: str, name: str) -> None:
    assert permissions.allow(verb, resource(what), namespace, name)


@pytest.mark.parametrize(
    ("verb", "what", "namespace", "name"),
    [
        ("get", "secrets", "kube-system", "bootstrap-token"),
        ("get", "secrets", "", ""),
        ("create", "events", NAMESPACE, ""),
        ("patch", "events", "kube-system", "etcd.18"),
        ("list", "secrets", NAMESPACE, ""),
        ("watch", "secrets", NAMESPACE, ""),
        ("get", "configmaps", "kube-public", "cluster-info"),
        ("get", "configmaps", "kube-system", "extension-apiserver-authentication"),
        ("get", "namespaces", "", "shop"),
        ("delete", "pods", "shop", "web"),
        ("deletecollection", "pods", NAMESPACE, ""),
        ("create", "pods/exec", NAMESPACE, "web"),
        ("get", "pods/exec", "shop", "web"),
        ("get", "pods/log", "shop", "web"),
        ("get", "nodes/proxy", "", "edge-1"),
        ("get", "nodes/metrics", "", "edge-1"),
        ("get", "nodes/stats", "", "edge-1"),
        ("create", "serviceaccounts/token", NAMESPACE, SERVICE_ACCOUNT),
        ("create", "telemetryconfigs.telemetry.microshift.io", "", "another"),
        ("delete", "telemetryconfigs.telemetry.microshift.io", "", "cluster"),
        ("update", "telemetryconfigs.telemetry.microshift.io", "", "cluster"),
        ("use", SCC, "", "privileged"),
        ("*", "*.*", "", ""),
    ],
)
def test_it_may_not(
    permissions: Permissions, verb: str, what: str, namespace: str, name: str
) -> None:
    assert not permissions.allow(verb, resource(what), namespace, name)


def test_it_may_read_the_metrics_of_the_api_server(permissions: Permissions) -> None:
    assert permissions.allow_path("get", "/metrics")


@pytest.mark.parametrize(
    ("verb", "path"),
    [("get", "/metrics/cadvisor"), ("get", "/logs"), ("get", "/debug/pprof"), ("post", "/metrics")],
)
def test_it_may_use_no_other_path(permissions: Permissions, verb: str, path: str) -> None:
    assert not permissions.allow_path(verb, path)
