"""The TelemetryConfig that is shipped, and what a second start makes of it and of the base."""

from collections.abc import Iterator

import pytest

from tests.crd.telemetry_configs import TelemetryConfigs
from tests.support.control_plane import ControlPlane
from tests.support.microshift import DEPLOY, rendered, start


@pytest.fixture
def _default_object(
    control_plane: ControlPlane, telemetry_configs: TelemetryConfigs
) -> Iterator[None]:
    start(control_plane, "default")
    yield
    telemetry_configs.delete("cluster")


def test_base_keeps_each_role_in_its_own_namespace(control_plane: ControlPlane) -> None:
    namespaces = {
        (each["kind"], each["metadata"].get("namespace"))
        for each in rendered(control_plane, "base")
    }

    assert namespaces == {
        ("Namespace", None),
        ("CustomResourceDefinition", None),
        ("ServiceAccount", "microshift-telemetry"),
        ("ClusterRole", None),
        ("ClusterRoleBinding", None),
        ("Role", "microshift-telemetry"),
        ("RoleBinding", "microshift-telemetry"),
        ("Role", "default"),
        ("RoleBinding", "default"),
        ("Role", "kube-public"),
        ("RoleBinding", "kube-public"),
        ("NetworkPolicy", "microshift-telemetry"),
        ("Deployment", "microshift-telemetry"),
    }


def test_the_shipped_object_ships_no_field_of_the_spec(control_plane: ControlPlane) -> None:
    [shipped] = rendered(control_plane, "default")

    assert shipped["metadata"]["name"] == "cluster"
    assert shipped["spec"] == {}


@pytest.mark.usefixtures("_default_object")
def test_an_opt_out_by_kubectl_edit_survives_the_next_start(
    control_plane: ControlPlane, telemetry_configs: TelemetryConfigs
) -> None:
    telemetry_configs.edit("cluster", {"status": "Disabled"})

    start(control_plane, "base", "default")

    status = control_plane.kubectl("get", "tcfg", "cluster", "--output=jsonpath={.spec.status}")
    assert status == "Disabled"


def test_a_second_start_changes_nothing(
    control_plane: ControlPlane, telemetry_configs: TelemetryConfigs
) -> None:
    del telemetry_configs
    start(control_plane, "base")
    control_plane.kubectl(
        *("wait", "deployment/microshift-telemetry", "--namespace=microshift-telemetry"),
        "--for=jsonpath={.status.unavailableReplicas}=1",
    )
    before = resource_versions(control_plane, "base")

    start(control_plane, "base")

    assert resource_versions(control_plane, "base") == before


def resource_versions(control_plane: ControlPlane, directory: str) -> str:
    return control_plane.kubectl(
        *("get", f"--kustomize={DEPLOY / directory}"),
        "--output=jsonpath={.items[*].metadata.resourceVersion}",
    )
