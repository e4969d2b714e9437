"""The examples for image builders: rendered, accepted by the API server, run where that works."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.crd.rule import Object
from tests.crd.telemetry_configs import TelemetryConfigs
from tests.image.storage import Storage
from tests.support.control_plane import ControlPlane
from tests.support.go_toolchain import REPOSITORY
from tests.support.microshift import APPLY, rendered

EXAMPLES = REPOSITORY / "examples"
BOOTC = EXAMPLES / "bootc"
SKOPEO = """\
#!/bin/bash
echo "$@" >> "$CALLS"
exec "$REAL_SKOPEO" --insecure-policy "${@/#docker:*/oci:$LAYOUT}"
"""
"""There is no registry here: an image in a directory takes its place."""
STORAGE = """\
[storage]
driver = "vfs"
graphroot = "{directory}/graph"
runroot = "{directory}/run"
"""


@pytest.mark.parametrize("example", ["device-labels", "fleet-destination", "opt-out"])
def test_a_kustomization_of_ones_own_takes_the_place_of_the_default_one(
    control_plane: ControlPlane, telemetry_configs: TelemetryConfigs, example: str
) -> None:
    del telemetry_configs
    directory = EXAMPLES / example
    objects = rendered(control_plane, directory)

    said = control_plane.kubectl(*APPLY, "--dry-run=server", f"--kustomize={directory}")

    named = [(each["kind"], each["metadata"]["name"]) for each in objects]
    assert named.count(("TelemetryConfig", "cluster")) == 1
    assert len(said.splitlines()) == len(named)
    assert all(line.endswith("serverside-applied (server dry run)") for line in said.splitlines())


def test_the_commands_of_the_image_with_everything_inside_are_well_formed() -> None:
    """They can't be run here: they ask a registry and the repositories of RHEL."""
    text = (BOOTC / "Containerfile").read_text().replace("\\\n", "")
    commands = re.findall(r"^RUN (?:--\S+ +)*(.*)$", text, flags=re.MULTILINE)

    assert len(commands) == 3
    for command in commands:
        subprocess.run(["bash", "-n", "-c", command], check=True)


@pytest.mark.skipif(not shutil.which("buildah"), reason="buildah is not installed")
@pytest.mark.skipif(os.geteuid() != 0, reason="a storage of containers needs root")
def test_the_image_with_everything_inside_finds_in_a_checkout_what_it_copies(
    tmp_path: Path,
) -> None:
    """As buildah reads its context, of which .containerignore leaves little."""
    checkout = lay_checkout(tmp_path / "checkout")
    copies = re.findall(r"^COPY .*$", (BOOTC / "Containerfile").read_text(), flags=re.MULTILINE)
    (checkout / "Containerfile").write_text("\n".join(["FROM scratch", *copies]))

    with Storage(tmp_path / "storage") as storage:
        storage.buildah("build", "--tag=copies", f"--file={checkout}/Containerfile", checkout)
        root = storage.root_filesystem("copies")
        found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}

    assert found == {
        "tmp/rpms/operator.rpm",
        "etc/microshift/config.d/50-telemetry.yaml",
        "usr/lib/systemd/system/microshift.service.d/50-telemetry-images.conf",
        "usr/libexec/microshift-telemetry-images",
    }


def test_the_image_with_everything_inside_switches_microshifts_own_sender_off() -> None:
    configuration = yaml.safe_load((BOOTC / "50-telemetry.yaml").read_text())

    assert configuration == {"telemetry": {"status": "Disabled"}}


@pytest.mark.skipif(
    not (shutil.which("jq") and shutil.which("skopeo")), reason="jq or skopeo is not installed"
)
@pytest.mark.skipif(os.geteuid() != 0, reason="a storage of containers needs root")
def test_images_are_embedded_by_digest_and_loaded_once(tmp_path: Path) -> None:
    """By the digest of an index, which a runtime asks for: one for all architectures."""
    digest = lay_image(tmp_path / "layout")
    reference = f"registry.example.com/edge/microshift-telemetry@{digest}"
    (tmp_path / "release.json").write_text(json.dumps({"images": {"operator": reference}}))
    environment = with_skopeo(tmp_path)

    for step in ("embed", "load", "load"):
        subprocess.run([BOOTC / "microshift-telemetry-images", step], env=environment, check=True)

    stored = f"containers-storage:{reference}"
    embedded = f"dir:{tmp_path}/store/{digest.removeprefix('sha256:')}"
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"copy --all --preserve-digests docker://{reference} {embedded}",
        f"inspect {stored}",
        f"copy --preserve-digests {embedded} {stored}",
        f"inspect {stored}",
    ]


def lay_checkout(directory: Path) -> Path:
    """Lay what the example copies, and a file that no image has any business with."""
    shutil.copytree(BOOTC, directory / "examples" / "bootc")
    shutil.copy(REPOSITORY / ".containerignore", directory)
    packages = directory / "dist" / "packages"
    packages.mkdir(parents=True)
    for name in ("operator.rpm", "SHA256SUMS"):
        (packages / name).touch()
    return directory


def with_skopeo(directory: Path) -> dict[str, str]:
    """Prepare the environment of a machine with a container storage of its own."""
    skopeo = directory / "bin" / "skopeo"
    skopeo.parent.mkdir()
    skopeo.write_text(SKOPEO)
    skopeo.chmod(0o755)
    (directory / "storage.conf").write_text(STORAGE.format(directory=directory))
    return {
        "PATH": f"{skopeo.parent}:/usr/bin:/bin",
        "STORE": str(directory / "store"),
        "RELEASE": str(directory / "release.json"),
        "CALLS": str(directory / "calls"),
        "LAYOUT": f"{directory / 'layout'}:image",
        "REAL_SKOPEO": str(shutil.which("skopeo")),
        "CONTAINERS_STORAGE_CONF": str(directory / "storage.conf"),
    }


def lay_image(directory: Path) -> str:
    """Write an image without content for two architectures; give the digest of its index."""
    (directory / "blobs" / "sha256").mkdir(parents=True)
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    manifests = [
        {**_manifest(directory, architecture), "platform": _platform(architecture)}
        for architecture in ("amd64", "arm64")
    ]
    index = _blob(directory, "index", {"schemaVersion": 2, "manifests": manifests})
    named = {**index, "annotations": {"org.opencontainers.image.ref.name": "image"}}
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    return str(index["digest"])


def _manifest(directory: Path, architecture: str) -> Object:
    rootfs = {"type": "layers", "diff_ids": []}
    content = {**_platform(architecture), "rootfs": rootfs}
    config = _blob(directory, "config", content)
    return _blob(directory, "manifest", {"schemaVersion": 2, "config": config, "layers": []})


def _platform(architecture: str) -> Object:
    return {"architecture": architecture, "os": "linux"}


def _blob(directory: Path, kind: str, content: Object) -> Object:
    media_type = f"application/vnd.oci.image.{kind}.v1+json"
    text = json.dumps({"mediaType": media_type, **content} if kind != "config" else content)
    digest = hashlib.sha256(text.encode()).hexdigest()
    (directory / "blobs" / "sha256" / digest).write_text(text)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(text)}
