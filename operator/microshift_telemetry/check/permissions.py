"""What the operator may do, as the API server says when it is asked."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass

from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeError, KubeForbiddenError
from microshift_telemetry.spec.references import KeyReference
from microshift_telemetry.spec.telemetry_config import GROUP, PLURAL

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
"""Kubernetes lets every identity ask about itself: ClusterRole `system:basic-user`."""
ANSWER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that an identity may do, or may not."""

    verb: str
    resource: str
    """`pods`, `telemetryconfigs/status`, or a path such as `/metrics`."""
    group: str = ""
    namespace: str = ""
    name: str = ""
    is_vital: bool = False
    """Without it nothing at all is sampled."""

    def __str__(self) -> str:
        """Write it as `kubectl auth can-i` takes it."""
        what = "/".join(filter(None, (self.resource, self.name)))
        return f"{self.verb} {what}" + (f" in {self.namespace}" if self.namespace else "")

    @property
    def question(self) -> Mapping[str, object]:
        """The body of a SelfSubjectAccessReview."""
        if self.resource.startswith("/"):
            spec = {"nonResourceAttributes": {"verb": self.verb, "path": self.resource}}
        else:
            kind, _, subresource = self.resource.partition("/")
            spec = {
                "resourceAttributes": {
                    "verb": self.verb,
                    "group": self.group,
                    "resource": kind,
                    "subresource": subresource,
                    "namespace": self.namespace,
                    "name": self.name,
                }
            }
        return {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": spec,
        }


IN_THE_CLUSTER = (
    Permission("list", PLURAL, GROUP),
    Permission("watch", PLURAL, GROUP),
    Permission("patch", PLURAL, GROUP),
    Permission("patch", f"{PLURAL}/status", GROUP),
    Permission("get", "nodes"),
    Permission("list", "nodes"),
    Permission("get", "namespaces", name="kube-system", is_vital=True),
    Permission("list", "namespaces"),
    Permission("list", "services"),
    Permission("list", "pods"),
    Permission("list", "ingresses", "networking.k8s.io"),
    Permission("list", "routes", "route.openshift.io"),
    Permission("list", "customresourcedefinitions", "apiextensions.k8s.io"),
    Permission("get", "/metrics"),
    Permission("get", "configmaps", namespace="kube-public", name="microshift-version"),
    Permission("create", "events", namespace="default"),
    Permission("patch", "events", namespace="default"),
)


def wanted(namespace: str | None, references: Iterable[KeyReference]) -> tuple[Permission, ...]:
    """Tell what the operator must be allowed; of Secrets and ConfigMaps only what a spec names."""
    if namespace is None:
        return IN_THE_CLUSTER
    named = {
        Permission("get", f"{each.kind.lower()}s", namespace=namespace, name=each.name)
        for each in references
    }
    own_pod = Permission("delete", "pods", namespace=namespace)
    return (*IN_THE_CLUSTER, own_pod, *sorted(named, key=str))


def references_in(value: object) -> Iterator[KeyReference]:
    """Find every reference to a Secret or a ConfigMap in a part of a spec."""
    if isinstance(value, KeyReference):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from references_in(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from references_in(getattr(value, field.name))


async def permission_lines(
    kube: KubeClient, permissions: Iterable[Permission], seconds: float = ANSWER_SECONDS
) -> list[Line]:
    """Ask the API server, and tell what it denies."""
    asked = tuple(permissions)
    try:
        async with asyncio.timeout(seconds):
            answers = await asyncio.gather(*(_is_allowed(kube, each) for each in asked))
    except KubeForbiddenError as error:
        return [_unknown(str(error), "restore the default ClusterRoleBinding system:basic-user")]
    except KubeError as error:
        return [_unknown(str(error))]
    except TimeoutError:
        return [_unknown(f"no answer from the API server within {seconds:g} s")]
    denied = [each for each, is_allowed in zip(asked, answers, strict=True) if not is_allowed]
    return [_denied(each) for each in denied] or [
        Line(Hop.PERMISSIONS, Verdict.OK, f"all {len(asked)} are granted")
    ]


async def _is_allowed(kube: KubeClient, permission: Permission) -> bool:
    status = (await kube.create(REVIEWS, permission.question)).get("status")
    return isinstance(status, dict) and status.get("allowed") is True


def _denied(permission: Permission) -> Line:
    verdict = Verdict.FAILED if permission.is_vital else Verdict.WARNING
    kind = "Role" if permission.namespace else "ClusterRole"
    remedy = f"apply the {kind} microshift-telemetry again"
    return Line(Hop.PERMISSIONS, verdict, f"may not {permission}", remedy, part=str(permission))


def _unknown(
    why: str, remedy: str = "check that MicroShift is running: `systemctl status microshift`"
) -> Line:
    return Line(Hop.PERMISSIONS, Verdict.WARNING, why, remedy)
