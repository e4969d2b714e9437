"""What a user applies: whole, accepted by a real API server, and no wider than it must be."""

import re
from itertools import pairwise
from pathlib import Path, PurePosixPath

import pytest
import yaml

from microshift_telemetry import __version__
from tests.support.control_plane import ControlPlane
from tests.support.microshift import APPLY, DEPLOY, OVERLAYS, Object, containers, of_kind, rendered

FORBIDDEN_PARENTS = ("/run", "/var/run", "/proc", "/sys", "/dev", "/etc/kubernetes")
FORBIDDEN = ("/", "/etc", "/var", "/var/lib", "/usr", "/usr/lib", "/home", "/root")
DRY_RUN = (*APPLY, "--dry-run=server", "--filename=-")


@pytest.fixture(params=OVERLAYS)
def objects(request: pytest.FixtureRequest, microshift: ControlPlane) -> list[Object]:
    return rendered(microshift, f"overlays/{request.param}")


@pytest.fixture
def pod(objects: list[Object]) -> Object:
    """The pod's spec."""
    template = of_kind(objects, "Deployment")["spec"]["template"]
    assert isinstance(template["spec"], dict)
    return template["spec"]


def test_a_real_api_server_accepts_every_object(
    microshift: ControlPlane, objects: list[Object]
) -> None:
    said = microshift.kubectl(*DRY_RUN, stdin=yaml.safe_dump_all(objects))

    assert len(said.splitlines()) == len(objects)
    assert all("serverside-applied (server dry run)" in line for line in said.splitlines())


def test_the_kind_of_the_scc_refuses_what_microshift_would(microshift: ControlPlane) -> None:
    """Else the test above would say nothing of it."""
    scc = of_kind(rendered(microshift, "overlays/microshift"), "SecurityContextConstraints")

    misspelt = microshift.kubectl(
        *DRY_RUN, stdin=yaml.safe_dump({**scc, "allowHostPid": False}), check=False
    )
    without = microshift.kubectl(
        *DRY_RUN,
        stdin=yaml.safe_dump({key: scc[key] for key in scc if key != "volumes"}),
        check=False,
    )

    assert "allowHostPid: field not declared in schema" in misspelt
    assert "volumes: Required value" in without


def test_plain_kubernetes_gets_nothing_of_openshift(microshift: ControlPlane) -> None:
    groups = {each["apiVersion"] for each in rendered(microshift, "overlays/kubernetes")}

    assert [group for group in groups if "openshift" in group] == []


def test_the_policy_that_holds_the_operator_to_its_word_is_in(objects: list[Object]) -> None:
    kinds = [each["kind"] for each in objects]

    assert "ValidatingAdmissionPolicy" in kinds
    assert "ValidatingAdmissionPolicyBinding" in kinds


def test_nothing_may_connect_to_the_pod(objects: list[Object]) -> None:
    policy = of_kind(objects, "NetworkPolicy")

    assert policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}


def test_no_telemetry_config_comes_with_the_operator(objects: list[Object]) -> None:
    """It has a directory of its own: who ships an own one leaves that out."""
    assert "TelemetryConfig" not in [each["kind"] for each in objects]


def test_the_image_is_that_of_this_version(pod: Object) -> None:
    images = {each["image"] for each in containers(pod)}

    assert images == {f"localhost/microshift-telemetry:{__version__}"}


def test_every_container_is_locked_up(pod: Object) -> None:
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC", "priorityClassName"} & set(pod)
    for container in containers(pod):
        context = container["securityContext"]
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["privileged"] is False


def test_no_volume_of_the_host_is_wide(pod: Object) -> None:
    paths = [each["hostPath"]["path"] for each in pod["volumes"] if "hostPath" in each]

    assert "/usr/lib/os-release" in paths
    assert [path for path in paths if path in FORBIDDEN] == []
    assert [
        path
        for path in paths
        if any(PurePosixPath(path).is_relative_to(parent) for parent in FORBIDDEN_PARENTS)
    ] == []


def test_only_the_state_can_be_written(pod: Object) -> None:
    writable = {
        mount["name"]
        for container in containers(pod)
        for mount in container["volumeMounts"]
        if not mount.get("readOnly")
    }

    assert writable == {"state"}


def test_it_keeps_the_habits_of_microshifts_own_pods(objects: list[Object], pod: Object) -> None:
    deployment = of_kind(objects, "Deployment")["spec"]
    [operator] = pod["containers"]

    assert deployment["replicas"] == 1
    assert deployment["strategy"] == {"type": "Recreate"}
    assert (
        "target.workload.openshift.io/management"
        in (deployment["template"]["metadata"]["annotations"])
    )
    assert operator["imagePullPolicy"] == "IfNotPresent"
    assert operator["terminationMessagePolicy"] == "FallbackToLogsOnError"
    assert operator["resources"] == {
        "requests": {"cpu": "5m", "memory": "56Mi"},
        "limits": {"memory": "96Mi"},
    }
    assert {operator[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe")} == {
        "/healthz"
    }


def test_on_microshift_it_is_root_under_an_scc_of_its_own(microshift: ControlPlane) -> None:
    objects = rendered(microshift, "overlays/microshift")
    template = of_kind(objects, "Deployment")["spec"]["template"]
    scc = of_kind(objects, "SecurityContextConstraints")
    [use] = [
        rule
        for role in objects
        if role["kind"] == "Role"
        for rule in role["rules"]
        if rule["verbs"] == ["use"]
    ]

    assert (
        template["metadata"]["annotations"]["openshift.io/required-scc"]
        == (scc["metadata"]["name"])
    )
    assert use["resourceNames"] == [scc["metadata"]["name"]]
    assert template["spec"]["securityContext"]["runAsUser"] == scc["runAsUser"]["uid"] == 0
    assert scc["requiredDropCapabilities"] == ["ALL"]
    assert {*scc["volumes"]} == {"projected", *kinds_of_volumes(template["spec"])}


def test_on_plain_kubernetes_it_is_not_root(microshift: ControlPlane) -> None:
    objects = rendered(microshift, "overlays/kubernetes")
    context = of_kind(objects, "Deployment")["spec"]["template"]["spec"]["securityContext"]

    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] > 0


@pytest.mark.parametrize(
    "file",
    [file for file in sorted(DEPLOY.glob("**/deployment.yaml")) if "volumes:" in file.read_text()],
    ids=lambda file: file.parent.name,
)
def test_every_volume_says_what_it_is_for(file: Path) -> None:
    lines = file.read_text().splitlines()
    volumes = lines[lines.index("      volumes:") :]

    unexplained = [
        line
        for before, line in pairwise(volumes)
        if re.match(r" {6}- name: ", line) and not before.strip().startswith("#")
    ]

    assert unexplained == []


def kinds_of_volumes(pod: Object) -> set[str]:
    return {kind for volume in pod["volumes"] for kind in volume if kind != "name"}
