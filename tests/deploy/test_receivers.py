"""The example receivers: rendered, applied, and of the versions that the tests run."""

from collections import Counter

import pytest
import yaml

from tests.receivers.table import version
from tests.scale.pods import EXAMPLES, manifests
from tests.support.control_plane import ControlPlane
from tests.support.microshift import APPLY, Object, containers

NAMESPACE = "telemetry-receivers"
PROGRAMS = {
    "thanos": "thanos",
    "prometheus": "prometheus",
    "victoria-metrics": "victoria-metrics",
    "vmagent": "vmagent",
    "vminsert": "victoria-metrics",
    "vmselect": "victoria-metrics",
    "vmstorage": "victoria-metrics",
}
"""Of each image the program whose version it must have."""
EACH = pytest.mark.parametrize(
    "example", sorted(each.parent.name for each in EXAMPLES.glob("*/kustomization.yaml"))
)


@EACH
def test_the_api_server_takes_every_object(control_plane: ControlPlane, example: str) -> None:
    objects = manifests(example)
    control_plane.kubectl(*APPLY, "-f", str(EXAMPLES / example / "namespace.yaml"))

    said = control_plane.kubectl(*APPLY, f"--kustomize={EXAMPLES / example}")

    applied = Counter(line.split("/")[0] for line in said.splitlines())
    assert sum(applied.values()) == len(objects)
    assert all(line.endswith("serverside-applied") for line in said.splitlines())
    assert "Warning" not in said
    control_plane.kubectl("delete", f"--kustomize={EXAMPLES / example}", "--timeout=60s")


@EACH
def test_images_have_the_version_that_was_tried(example: str) -> None:
    images = [each["image"] for each in all_containers(example)]

    assert images
    for image in images:
        name, _, tag = image.rpartition("/")[2].partition(":")
        suffix = "-cluster" if name in {"vminsert", "vmselect", "vmstorage"} else ""
        assert tag == f"v{version(PROGRAMS[name])}{suffix}"


@EACH
def test_every_container_says_what_it_needs_and_may_do_little(example: str) -> None:
    for container in all_containers(example):
        assert container["resources"].keys() == {"requests", "limits"}
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert container["resources"]["limits"].keys() == {"memory"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@EACH
def test_every_service_has_pods(example: str) -> None:
    objects = manifests(example)
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in workloads(objects)]
    services = [each["spec"]["selector"] for each in objects if each["kind"] == "Service"]

    assert services
    assert all(selector in labels for selector in services)


@pytest.mark.parametrize("example", ["thanos", "prometheus"])
def test_samples_are_taken_for_as_long_as_a_device_keeps_them(example: str) -> None:
    """By the window that `docs/receivers.md` asks for; 168 hours are the buffer's default."""
    text = yaml.safe_dump_all(manifests(example))

    assert "out-of-order.time-window=7d" in text or "out_of_order_time_window: 7d" in text


def workloads(objects: list[Object]) -> list[Object]:
    return [each for each in objects if "template" in each.get("spec", {})]


def all_containers(example: str) -> list[Object]:
    pods = [each["spec"]["template"]["spec"] for each in workloads(manifests(example))]
    return [container for pod in pods for container in containers(pod)]
