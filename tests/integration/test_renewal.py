"""The operator may delete one pod, its own: as RBAC, the admission policy and its token have it."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from microshift_telemetry.kube.access import ApiAccess, Material
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeConflictError, KubeError, KubeNotFoundError
from microshift_telemetry.kube.own_pod import OwnPod, own_pod
from tests.crd.telemetry_configs import installed_on
from tests.support.control_plane import ControlPlane, prepare_for_pods
from tests.support.device import NAMESPACE, SERVICE_ACCOUNT
from tests.support.go_toolchain import REPOSITORY
from tests.support.pods import Pod, pod_with_status
from tests.support.rbac_rules import RULES, without
from tests.support.waiting import wait_for

COMPONENT = f"--kustomize={REPOSITORY}/deploy/components/admission-policy"
OWN, ANOTHER = "operator-of-the-test", "somebody-else"
DENIED = "the telemetry operator may delete no pod but its own"
SECONDS = 30


@pytest.fixture(scope="module")
def cluster(control_plane: ControlPlane) -> Iterator[ControlPlane]:
    """Install the manifests and the policy, which takes a moment to be in force."""
    installed_on(control_plane)
    prepare_for_pods(control_plane, NAMESPACE)
    control_plane.kubectl("apply", "--server-side", "--force-conflicts", COMPONENT)
    wait_for("the policy", lambda: is_in_force(control_plane), SECONDS)
    yield control_plane
    control_plane.kubectl("delete", COMPONENT)
    control_plane.kubectl("delete", "pod", "--all", f"--namespace={NAMESPACE}")


@pytest.fixture
def pod(cluster: ControlPlane) -> Iterator[OwnPod]:
    """The pod that the token of the test is bound to."""
    lay_pod(cluster, OWN)
    found = own_pod(token(cluster, OWN))
    assert found is not None
    yield found
    cluster.kubectl("delete", "pod", OWN, f"--namespace={NAMESPACE}", "--ignore-not-found")


def is_in_force(control_plane: ControlPlane) -> bool:
    """Tell whether the policy keeps the operator from a pod; before that it deletes it."""
    lay_pod(control_plane, ANOTHER)
    return DENIED in attempt(control_plane, another(), "")


def lay_pod(control_plane: ControlPlane, name: str) -> None:
    shown = pod_with_status(Pod(NAMESPACE, name), "edge-1")
    spec = {**shown["spec"], "serviceAccountName": SERVICE_ACCOUNT}
    control_plane.kubectl("apply", "--filename=-", stdin=json.dumps({**shown, "spec": spec}))


def another() -> OwnPod:
    return OwnPod(NAMESPACE, ANOTHER, "")


def token(control_plane: ControlPlane, bound_to: str) -> str:
    """Have a token made, as the kubelet does for a pod."""
    bound = ("--bound-object-kind=Pod", f"--bound-object-name={bound_to}") if bound_to else ()
    return control_plane.kubectl(
        "create", "token", SERVICE_ACCOUNT, f"--namespace={NAMESPACE}", *bound
    ).strip()


def attempt(control_plane: ControlPlane, pod: OwnPod, bound_to: str, uid: str = "") -> str:
    """Try to delete a pod, and give what the API server said; empty when it did."""
    uid = uid or control_plane.kubectl(
        "get", "pod", pod.name, f"--namespace={NAMESPACE}", "--output=jsonpath={.metadata.uid}"
    )
    try:
        asyncio.run(_delete(control_plane, token(control_plane, bound_to), pod, uid))
    except KubeError as error:
        return f"{type(error).__name__}: {error}"
    return ""


async def _delete(control_plane: ControlPlane, bearer: str, pod: OwnPod, uid: str) -> None:
    ca, token = Material(file=control_plane.ca_file), Material(inline=bearer.encode())
    kube = KubeClient(ApiAccess(control_plane.server, ca=ca, bearer=token))
    try:
        await kube.delete(pod.path, uid)
    finally:
        await kube.close()


def is_there(control_plane: ControlPlane, name: str) -> bool:
    pods = control_plane.kubectl("get", "pods", f"--namespace={NAMESPACE}", "--output=name")
    return f"pod/{name}" in pods.splitlines()


def test_it_deletes_the_pod_that_its_token_is_bound_to(cluster: ControlPlane, pod: OwnPod) -> None:
    assert (pod.namespace, pod.name) == (NAMESPACE, OWN)

    assert attempt(cluster, pod, bound_to=OWN, uid=pod.uid) == ""

    assert not is_there(cluster, OWN)


def test_it_may_delete_no_other_pod(cluster: ControlPlane, pod: OwnPod) -> None:
    assert pod.name == OWN

    assert DENIED in attempt(cluster, another(), bound_to=OWN)

    assert is_there(cluster, ANOTHER)


def test_a_token_that_is_bound_to_no_pod_deletes_none(cluster: ControlPlane, pod: OwnPod) -> None:
    assert own_pod(token(cluster, "")) is None

    assert DENIED in attempt(cluster, pod, bound_to="")

    assert is_there(cluster, OWN)


def test_a_pod_that_has_been_made_anew_already_stays(cluster: ControlPlane, pod: OwnPod) -> None:
    said = attempt(cluster, pod, bound_to=OWN, uid="another-uid")

    assert said.startswith(KubeConflictError.__name__)
    assert is_there(cluster, OWN)


def test_a_pod_that_is_gone_is_an_error_like_any_other(cluster: ControlPlane) -> None:
    said = attempt(cluster, OwnPod(NAMESPACE, "gone", ""), bound_to=ANOTHER, uid="x")

    assert said.startswith((KubeNotFoundError.__name__, "KubeAnswerError"))


def test_without_the_rule_it_deletes_none(cluster: ControlPlane, pod: OwnPod) -> None:
    with without(RULES[f"{NAMESPACE}/pods"], cluster):
        assert "cannot delete resource" in attempt(cluster, pod, bound_to=OWN)

    assert is_there(cluster, OWN)


def test_an_admin_deletes_any(cluster: ControlPlane, pod: OwnPod) -> None:
    cluster.kubectl("delete", "pod", pod.name, f"--namespace={NAMESPACE}")

    assert not is_there(cluster, OWN)
