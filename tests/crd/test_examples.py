"""The examples for image builders: rendered, accepted by the API server, run where that works."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.crd.telemetry_configs import TelemetryConfigs
from tests.support.control_plane import ControlPlane
from tests.support.go_toolchain import REPOSITORY

EXAMPLES = REPOSITORY / "examples"
BOOTC = EXAMPLES / "bootc"
SKOPEO = """\
#!/bin/sh
if [ "$1" = inspect ]; then [ -e "$STORED" ] && exit 0 || exit 1; fi
echo "$@" >> "$CALLS"
for last; do :; done
case $last in dir:*) mkdir "${last#dir:}" ;; esac
"""
"""There is no registry here: it writes down what it was asked for."""


@pytest.mark.parametrize("example", ["fleet-destination", "opt-out"])
def test_a_kustomization_of_ones_own_takes_the_place_of_the_default_one(
    control_plane: ControlPlane, telemetry_configs: TelemetryConfigs, example: str
) -> None:
    del telemetry_configs
    directory = str(EXAMPLES / example)
    objects = yaml.safe_load_all(control_plane.kubectl("kustomize", directory))

    said = control_plane.kubectl(
        *("apply", "--server-side", "--force-conflicts", "--validate=strict", "--dry-run=server"),
        f"--kustomize={directory}",
    )

    named = [(each["kind"], each["metadata"]["name"]) for each in objects]
    assert named.count(("TelemetryConfig", "cluster")) == 1
    assert len(said.splitlines()) == len(named)
    assert all(line.endswith("serverside-applied (server dry run)") for line in said.splitlines())


def test_the_image_with_everything_inside_copies_what_there_is() -> None:
    text = (BOOTC / "Containerfile").read_text().replace("\\\n", "")
    copied = re.findall(r"^COPY (?:--\S+ )*(\S+) ", text, flags=re.MULTILINE)
    commands = re.findall(r"^RUN (?:--\S+ +)*(.*)$", text, flags=re.MULTILINE)

    assert copied[0] == "dist/packages/*.rpm"
    assert [source for source in copied[1:] if not (REPOSITORY / source).exists()] == []
    assert len(commands) == 2
    for command in commands:
        subprocess.run(["bash", "-n", "-c", command], check=True)


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_images_are_embedded_by_digest_and_loaded_once(tmp_path: Path) -> None:
    reference = f"registry.example.com/edge/microshift-telemetry@sha256:{'5f' * 32}"
    release = tmp_path / "release.json"
    release.write_text(f'{{"images": {{"microshift-telemetry": "{reference}"}}}}')
    skopeo = tmp_path / "bin" / "skopeo"
    skopeo.parent.mkdir()
    skopeo.write_text(SKOPEO)
    skopeo.chmod(0o755)
    store, stored, calls = (tmp_path / name for name in ("store", "stored", "calls"))
    environment = {
        "PATH": f"{skopeo.parent}:/usr/bin:/bin",
        "STORE": str(store),
        "RELEASE": str(release),
        "STORED": str(stored),
        "CALLS": str(calls),
    }

    for step in ("embed", "load"):
        subprocess.run([BOOTC / "microshift-telemetry-images", step], env=environment, check=True)
    stored.touch()
    subprocess.run([BOOTC / "microshift-telemetry-images", "load"], env=environment, check=True)

    directory = f"dir:{store}/{'5f' * 32}"
    assert calls.read_text().splitlines() == [
        f"copy --all --preserve-digests docker://{reference} {directory}",
        f"copy --preserve-digests {directory} containers-storage:{reference}",
    ]
