"""What `make dist` builds: what is in it, what it asks for, and its life on a device."""

import json
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.control_plane import ControlPlane
from tests.support.fences import broken_links
from tests.support.go_toolchain import REPOSITORY
from tests.support.packages import IMAGE, PackagingError, Root, build_microshift, make_dist, run

pytestmark = pytest.mark.skipif(not shutil.which("rpmbuild"), reason="rpmbuild is not installed")
NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="rpm --root needs root")

MANIFESTS = "/usr/lib/microshift/manifests.d"
RELEASE = "/usr/share/microshift/release"
EPOCH = "SOURCE_DATE_EPOCH=1795219200"
"""Else the time of the last commit, which may move while the tests run."""
NAMES = (
    "microshift-telemetry",
    "microshift-telemetry-default",
    "microshift-telemetry-release-info",
    "microshift-telemetry-cli",
)


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dist(tmp_path_factory.mktemp("dist"), f"IMAGE={IMAGE}", EPOCH, "VERSION=1.2.3")


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dist(tmp_path_factory.mktemp("newer"), f"IMAGE={IMAGE}", "VERSION=1.10.0")


@pytest.fixture
def device(dist: Path, tmp_path: Path) -> Root:
    """A root with MicroShift and all packages."""
    root = Root(tmp_path / "root")
    root.rpm("--install", str(build_microshift(tmp_path / "microshift")))
    root.rpm("--install", *(str(rpm) for rpm in dist.glob("*.rpm")))
    return root


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("", "is not pinned: make dist IMAGE="),
        ("registry.example.com/edge/telemetry:1.0", "is not pinned"),
        (f"telemetry@sha256:{'5f' * 32}", "is not pinned"),
    ],
    ids=["none", "a tag", "no registry"],
)
def test_an_image_that_can_change_under_a_device_is_refused(
    tmp_path: Path, image: str, said: str
) -> None:
    with pytest.raises(PackagingError, match=said):
        make_dist(tmp_path / "dist", f"IMAGE={image}")


def test_the_same_sources_give_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    again = make_dist(tmp_path / "elsewhere", f"IMAGE={IMAGE}", EPOCH, "VERSION=1.2.3")

    assert (again / "SHA256SUMS").read_text() == (dist / "SHA256SUMS").read_text()
    assert len((dist / "SHA256SUMS").read_text().splitlines()) == 5


def test_the_directories_need_nothing_from_outside(
    control_plane: ControlPlane, dist: Path, tmp_path: Path
) -> None:
    """Kustomize reads no file above a kustomization, wherever the tarball is unpacked."""
    [tarball] = dist.glob("*.tar.gz")
    with tarfile.open(tarball) as archive:
        archive.extractall(tmp_path, filter="data")

    operator, default = (objects(control_plane, path) for path in sorted(tmp_path.iterdir()))

    assert operator == pinned(objects(control_plane, REPOSITORY / "deploy/overlays/microshift"))
    assert default == objects(control_plane, REPOSITORY / "deploy/default")


def test_what_is_unpacked_can_be_taken_away_and_the_default_object_left_out(
    control_plane: ControlPlane, dist: Path, tmp_path: Path
) -> None:
    """MicroShift applies what has a kustomization right below `manifests.d`, and nothing deeper."""
    [tarball] = dist.glob("*.tar.gz")
    run("tar", "--extract", f"--file={tarball}", f"--directory={tmp_path}", "--exclude=./091-*")

    operator = tmp_path / "090-microshift-telemetry"
    assert [*tmp_path.glob("*/kustomization.yaml")] == [operator / "kustomization.yaml"]
    assert objects(control_plane, operator / "remove") == objects(
        control_plane, REPOSITORY / "deploy/remove"
    )


@NEEDS_ROOT
def test_each_package_places_its_files(device: Root) -> None:
    owned = {name: set(device.rpm("--query", "--list", name)) for name in NAMES}

    assert {
        f"{MANIFESTS}/090-microshift-telemetry/kustomization.yaml",
        f"{MANIFESTS}/090-microshift-telemetry/custom-resource-definition.yaml",
        f"{MANIFESTS}/090-microshift-telemetry/deployment.yaml",
        "/etc/greenboot/check/wanted.d/50_microshift_telemetry_check.sh",
        "/usr/share/microshift-telemetry/remove/kustomization.yaml",
        "/usr/share/doc/microshift-telemetry/README.md",
        "/usr/share/licenses/microshift-telemetry/LICENSE",
    } <= owned["microshift-telemetry"]
    assert owned["microshift-telemetry-default"] == {
        f"{MANIFESTS}/091-microshift-telemetry-default",
        f"{MANIFESTS}/091-microshift-telemetry-default/kustomization.yaml",
        f"{MANIFESTS}/091-microshift-telemetry-default/telemetry-config.yaml",
    }
    assert owned["microshift-telemetry-release-info"] == {
        f"{RELEASE}/release-microshift-telemetry-x86_64.json",
        f"{RELEASE}/release-microshift-telemetry-aarch64.json",
    }
    assert owned["microshift-telemetry-cli"] == {
        "/usr/bin/kubectl-telemetry",
        "/usr/bin/kubectl_complete-telemetry",
        "/usr/share/licenses/microshift-telemetry-cli",
        "/usr/share/licenses/microshift-telemetry-cli/LICENSE",
    }
    assert device.files() <= set().union(*owned.values())
    assert device.rpm("--verify", *NAMES) == []


@NEEDS_ROOT
def test_every_link_of_the_pages_leads_somewhere_on_the_device_too(device: Root) -> None:
    documentation = device.directory / "usr/share/doc/microshift-telemetry"
    pages = [*documentation.rglob("*.md")]

    assert {"README.md", "remove.md"} <= {page.name for page in pages}
    assert "performance.md" not in {page.name for page in pages}
    assert {page.name: broken for page in pages if (broken := broken_links(page))} == {}


@NEEDS_ROOT
def test_the_release_files_name_the_image_that_the_manifests_run(
    device: Root, control_plane: ControlPlane
) -> None:
    manifests = device.directory / MANIFESTS.lstrip("/") / "090-microshift-telemetry"
    [deployment] = (
        each for each in objects(control_plane, manifests) if each["kind"] == "Deployment"
    )
    for architecture in ("x86_64", "aarch64"):
        path = f"{RELEASE}/release-microshift-telemetry-{architecture}.json"
        listed = json.loads((device.directory / path.lstrip("/")).read_text())

        assert listed == {"release": {"base": "1.2.3"}, "images": {"microshift-telemetry": IMAGE}}
        assert images(deployment) == {IMAGE}


@NEEDS_ROOT
def test_an_upgrade_replaces_everything_and_a_removal_leaves_nothing(
    device: Root, newer: Path
) -> None:
    before = device.files()
    device.rpm("--upgrade", *(str(rpm) for rpm in newer.glob("*.rpm")))

    assert device.files() == before
    assert device.rpm("--query", "--queryformat=%{VERSION}\n", *NAMES) == ["1.10.0"] * len(NAMES)

    device.rpm("--erase", *NAMES)

    assert device.files() == set()
    assert list(device.directory.rglob("*telemetry*")) == []


@NEEDS_ROOT
def test_the_default_object_does_not_come_without_the_operator(dist: Path, tmp_path: Path) -> None:
    root = Root(tmp_path / "root")
    [default] = dist.glob("microshift-telemetry-default-*.rpm")

    with pytest.raises(PackagingError, match=r"microshift-telemetry = 1\.2\.3-1 is needed"):
        root.rpm("--install", str(default))


@NEEDS_ROOT
def test_the_list_of_images_can_be_installed_where_images_are_built(
    dist: Path, tmp_path: Path
) -> None:
    root = Root(tmp_path / "root")
    root.rpm("--install", str(next(dist.glob("*-release-info-*.rpm"))))

    assert len(root.files()) == 2


@NEEDS_ROOT
def test_the_plugin_needs_the_systems_own_python_and_neither_operator_nor_microshift(
    dist: Path, tmp_path: Path
) -> None:
    root = Root(tmp_path / "root")
    [cli] = dist.glob("microshift-telemetry-cli-*.rpm")

    asked = set(root.rpm("--query", "--requires", "--package", str(cli)))
    root.rpm("--install", "--nodeps", str(cli))
    plugin = root.directory / "usr/bin/kubectl-telemetry"
    said = run(str(plugin), "explain", "Overdue")

    assert {line for line in asked if not line.startswith("rpmlib(")} <= {
        *("python3 >= 3.9", "/usr/bin/python3", "/bin/sh")
    }
    assert plugin.read_bytes().startswith(b"#!/usr/bin/python3\nPK")
    assert said.startswith("Overdue, a reason of the condition Reporting\n")


@NEEDS_ROOT
def test_no_package_runs_anything(device: Root) -> None:
    """On an ostree there is nothing to run it against: packages are composed elsewhere."""
    for name in NAMES:
        assert device.rpm("--query", "--scripts", "--triggers", "--filetriggers", name) == []


def objects(control_plane: ControlPlane, directory: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(control_plane.kubectl("kustomize", str(directory))))


def images(deployment: dict[str, Any]) -> set[str]:
    return {each["image"] for each in deployment["spec"]["template"]["spec"]["containers"]}


def pinned(manifests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Name the released image in place of the one of a checkout."""
    for each in manifests:
        if each["kind"] == "Deployment":
            for container in each["spec"]["template"]["spec"]["containers"]:
                container["image"] = IMAGE
    return manifests
