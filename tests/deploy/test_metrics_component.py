"""The optional component that lets a collector in: found by its annotations, and no wider."""

import os
from pathlib import Path

import pytest
import yaml

from microshift_telemetry.http_server import METRICS_PATH
from tests.support.control_plane import ControlPlane
from tests.support.microshift import (
    APPLY,
    DEPLOY,
    OVERLAYS,
    Object,
    of_kind,
    rendered,
    start,
)

NAME = "microshift-telemetry"
ANNOTATIONS = {
    "prometheus.io/scrape": "true",
    "prometheus.io/port": "8080",
    "prometheus.io/path": METRICS_PATH,
}


@pytest.fixture(params=OVERLAYS)
def directory(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What an admin writes who wants the component."""
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(DEPLOY / "overlays" / request.param, tmp_path)],
        "components": [os.path.relpath(DEPLOY / "components" / "metrics", tmp_path)],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    return tmp_path


@pytest.fixture
def objects(directory: Path, microshift: ControlPlane) -> list[Object]:
    return rendered(microshift, directory)


def _annotations(objects: list[Object]) -> Object:
    template = of_kind(objects, "Deployment")["spec"]["template"]
    annotations = template["metadata"]["annotations"]
    assert isinstance(annotations, dict)
    return annotations


def test_a_real_api_server_accepts_it_with_either_overlay(
    microshift: ControlPlane, objects: list[Object]
) -> None:
    said = microshift.kubectl(
        *(*APPLY, "--dry-run=server", "--filename=-"), stdin=yaml.safe_dump_all(objects)
    )

    assert len(said.splitlines()) == len(objects)


def test_a_collector_finds_the_port_and_the_path_that_are_served(objects: list[Object]) -> None:
    [operator] = of_kind(objects, "Deployment")["spec"]["template"]["spec"]["containers"]
    ports = {str(port["containerPort"]) for port in operator["ports"]}

    assert _annotations(objects).items() >= ANNOTATIONS.items()
    assert ANNOTATIONS["prometheus.io/port"] in ports
    assert "TELEMETRY_LISTEN" not in {each["name"] for each in operator["env"]}


def test_it_opens_that_port_to_pods_of_the_cluster_and_nothing_else(
    objects: list[Object],
) -> None:
    policies = {
        each["metadata"]["name"]: each["spec"]
        for each in objects
        if each["kind"] == "NetworkPolicy"
    }

    assert policies == {
        NAME: {"podSelector": {}, "policyTypes": ["Ingress"]},
        f"{NAME}-metrics": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/name": NAME}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"namespaceSelector": {}}],
                    "ports": [{"protocol": "TCP", "port": 8080}],
                }
            ],
        },
    }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_without_it_nobody_scrapes(microshift: ControlPlane, overlay: str) -> None:
    objects = rendered(microshift, f"overlays/{overlay}")

    assert ANNOTATIONS.keys() & _annotations(objects).keys() == set()
    assert of_kind(objects, "NetworkPolicy")["metadata"]["name"] == NAME


def test_annotations_that_an_admin_sets_outlive_the_next_start(microshift: ControlPlane) -> None:
    """As docs/monitoring.md tells who has installed an RPM."""
    start(microshift, "overlays/microshift")
    patch = {"spec": {"template": {"metadata": {"annotations": ANNOTATIONS}}}}
    where = ("deployment", NAME, f"--namespace={NAME}")

    microshift.kubectl("patch", *where, f"--patch={yaml.safe_dump(patch)}")
    start(microshift, "overlays/microshift")

    found = yaml.safe_load(microshift.kubectl("get", *where, "-o", "yaml"))
    assert _annotations([found]).items() >= ANNOTATIONS.items()
