"""The rules of the operator's roles: what each is for, and how the operator is without it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tests.support.certificates import Authority
from tests.support.control_plane import ControlPlane
from tests.support.device import NAMESPACE, NOBODY_LISTENS, SERVICE_ACCOUNT, Admin
from tests.support.go_toolchain import REPOSITORY
from tests.support.waiting import wait_for

BASE = REPOSITORY / "deploy" / "base"
SECONDS = 30

LOST: Mapping[str, tuple[str, str]] = {
    "nodes": ("Sampling", "cpu_capacity: /api/v1/nodes: 403"),
    "namespaces/kube-system": ("Sampling", "/api/v1/namespaces/kube-system: 403"),
    "namespaces": ("Sampling", "namespaces: /api/v1/namespaces: 403"),
    "services": ("Sampling", "services: /api/v1/services: 403"),
    "pods": ("Sampling", "pods: /api/v1/pods: 403"),
    "ingresses": ("Sampling", "ingresses: /apis/networking.k8s.io/v1/ingresses: 403"),
    "routes": ("Sampling", "routes: /apis/route.openshift.io/v1/routes: 403"),
    "customresourcedefinitions": (
        "Sampling",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions: 403",
    ),
    "/metrics": ("Sampling", "etcd_objects: /metrics: 403"),
    "kube-public/configmaps/microshift-version": (
        "Sampling",
        "/api/v1/namespaces/kube-public/configmaps/microshift-version: 403",
    ),
    f"{NAMESPACE}/secrets": ("Reporting", f"/namespaces/{NAMESPACE}/secrets/site-token: 403"),
    f"{NAMESPACE}/configmaps": ("Reporting", f"/namespaces/{NAMESPACE}/configmaps/site-ca: 403"),
}
"""The condition that says so, and a part of its message."""


@dataclass(frozen=True)
class Rule:
    """One rule of one role in `deploy/base`."""

    role: Mapping[str, Any]
    index: int

    @property
    def namespace(self) -> str:
        return str(self.role["metadata"].get("namespace", ""))

    @property
    def what(self) -> str:
        """What the rule is about, as `kubectl auth can-i` takes it."""
        content = self.role["rules"][self.index]
        kinds = content.get("resources") or content["nonResourceURLs"]
        return "/".join([*kinds, *content.get("resourceNames", ())])

    @property
    def verb(self) -> str:
        return str(self.role["rules"][self.index]["verbs"][0])

    def __str__(self) -> str:
        return f"{self.namespace}/{self.what}" if self.namespace else self.what


def shipped_rules() -> Iterator[Rule]:
    for file in ("cluster-role.yaml", "roles.yaml"):
        for role in yaml.safe_load_all((BASE / file).read_text()):
            yield from (Rule(role, index) for index in range(len(role.get("rules", ()))))


RULES = {str(rule): rule for rule in shipped_rules()}


@contextmanager
def without(rule: Rule, control_plane: ControlPlane, kustomization: Path = BASE) -> Iterator[None]:
    """Take one rule away, and give it back as the kustomization has it."""
    name, kind = rule.role["metadata"]["name"], rule.role["kind"]
    where = [f"--namespace={rule.namespace}"] if rule.namespace else []
    removal = json.dumps([{"op": "remove", "path": f"/rules/{rule.index}"}])
    control_plane.kubectl("patch", kind, name, *where, "--type=json", f"--patch={removal}")
    try:
        wait_for(f"no {rule}", lambda: not is_allowed(rule, control_plane), SECONDS)
        yield
    finally:
        control_plane.kubectl(
            "apply", "--server-side", "--force-conflicts", "-k", str(kustomization)
        )
        wait_for(f"{rule} again", lambda: is_allowed(rule, control_plane), SECONDS)


def is_allowed(rule: Rule, control_plane: ControlPlane) -> bool:
    """Ask the API server, which takes a moment to notice that a role has changed."""
    kind, _, more = rule.what.removeprefix("/").partition("/")
    subresource = [f"--subresource={more}"] if more == "status" else []
    answer = control_plane.kubectl(
        *("auth", "can-i", rule.verb, kind if subresource else rule.what, *subresource),
        f"--namespace={rule.namespace or NAMESPACE}",
        f"--as=system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}",
        check=False,
    )
    return "yes" in answer.splitlines()


def ask_for_a_report(device: Admin) -> None:
    """Make a TelemetryConfig that uses every permission."""
    device.create_secret("site-token", token="x")
    with TemporaryDirectory() as directory:
        device.create_config_map("site-ca", ca=Authority(Path(directory)).ca_file.read_text())
    device.apply(
        requested_at="now",
        endpoint=NOBODY_LISTENS,
        authorization={
            "type": "Bearer",
            "bearer": {"credentials": {"name": "site-token", "key": "token"}},
        },
        tlsConfig={"ca": {"configMap": {"name": "site-ca", "key": "ca"}}},
    )
