"""The examples that give each device of one image its labels, applied as MicroShift does."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from tests.crd.telemetry_configs import TelemetryConfigs
from tests.support.control_plane import ControlPlane
from tests.support.device import NAMESPACE
from tests.support.go_toolchain import REPOSITORY
from tests.support.microshift import APPLY, start

EXAMPLE = REPOSITORY / "examples" / "device-labels"
FIRST_BOOT = EXAMPLE / "first-boot" / "microshift-device-labels"
UNIT = EXAMPLE / "first-boot" / "microshift-device-labels.service"
WANTED = {"site", "serial"}
"""The keys that the TelemetryConfig of the image names."""


@pytest.fixture
def installed(
    control_plane: ControlPlane, telemetry_configs: TelemetryConfigs
) -> Iterator[ControlPlane]:
    """The operator's objects, and no ConfigMap of another test."""
    del telemetry_configs
    yield control_plane
    control_plane.kubectl("delete", "configmap", "device", f"--namespace={NAMESPACE}")


def stored(control_plane: ControlPlane) -> Mapping[str, str]:
    found = json.loads(
        control_plane.kubectl("get", "cm", "device", f"--namespace={NAMESPACE}", "--output=json")
    )
    data = found["data"]
    assert isinstance(data, dict)
    return data


def run_first_boot(given: bytes, directory: Path, *, has_serial_number: bool = True) -> Path:
    """Run what the unit runs, on files of the test; give the manifest directory."""
    (directory / "device-labels.conf").write_bytes(given)
    if has_serial_number:
        (directory / "product_serial").write_text("4Q8F2K1\n")
    target = directory / "manifests.d" / "092-device-labels"
    environment = {
        "PATH": "/usr/bin:/bin",
        "GIVEN": str(directory / "device-labels.conf"),
        "SERIAL_NUMBER": str(directory / "product_serial"),
        "TARGET": str(target),
    }
    subprocess.run([FIRST_BOOT], env=environment, check=True)
    return target


def test_the_image_names_no_other_keys_than_the_examples_give() -> None:
    config = yaml.safe_load((EXAMPLE / "telemetry-config.yaml").read_text())

    references = [
        label["valueFrom"]["configMapKeyRef"]
        for label in config["spec"]["externalLabelsFrom"]
        if "configMapKeyRef" in label["valueFrom"]
    ]
    assert {each["name"] for each in references} == {"device"}
    assert {each["key"] for each in references} == WANTED


def test_a_manifest_directory_gives_the_config_map(installed: ControlPlane) -> None:
    start(installed, EXAMPLE / "manifests")

    assert stored(installed) == {"site": "Berlin", "serial": "4Q8F2K1"}


def test_the_first_boot_gives_the_config_map_of_the_hardware_and_a_file(
    installed: ControlPlane, tmp_path: Path
) -> None:
    start(installed, run_first_boot('site=Köln, "Tor" 3\nline=7\n'.encode(), tmp_path))

    assert stored(installed) == {"site": 'Köln, "Tor" 3', "line": "7", "serial": "4Q8F2K1"}


def test_no_file_makes_a_directory_that_microshift_would_try_for_ten_minutes(
    installed: ControlPlane, tmp_path: Path
) -> None:
    """A key twice, no UTF-8, and no key at all: kustomize refuses each of them."""
    given = b"# labels\nsite=Bonn\nsite=Berlin\nserial=\xff1\nno key\n=x\n"

    start(installed, run_first_boot(given, tmp_path))

    assert stored(installed) == {"site": "Berlin", "serial": "1"}


def test_a_first_boot_without_any_value_makes_an_empty_config_map(
    installed: ControlPlane, tmp_path: Path
) -> None:
    target = run_first_boot(b"", tmp_path, has_serial_number=False)

    start(installed, target)

    said = installed.kubectl("get", "cm", "device", f"--namespace={NAMESPACE}", "--output=json")
    assert "data" not in json.loads(said)


def test_the_unit_runs_before_microshift_and_once() -> None:
    unit = UNIT.read_text().splitlines()

    assert "Before=microshift.service" in unit
    assert "WantedBy=microshift.service" in unit
    target = "/etc/microshift/manifests.d/092-device-labels"
    assert f"ConditionPathExists=!{target}/kustomization.yaml" in unit
    assert f"target=${{TARGET:-{target}}}" in FIRST_BOOT.read_text().splitlines()
    assert f"ExecStart=/usr/libexec/{FIRST_BOOT.name}" in unit


def test_what_ansible_copies_gives_the_config_map(installed: ControlPlane, tmp_path: Path) -> None:
    [play] = yaml.safe_load((EXAMPLE / "ansible.yaml").read_text())
    copies = {
        copy["dest"].rpartition("/")[2]: copy
        for task in play["tasks"]
        if (copy := task.get("ansible.builtin.copy"))
    }
    content = copies["device.env"]["content"]
    for name, value in (("site", "Berlin"), ("serial_number", "4Q8F2K1")):
        content = content.replace("{{ " + name + " }}", value)
    (tmp_path / "device.env").write_text(content)
    shutil.copy(EXAMPLE / copies["kustomization.yaml"]["src"], tmp_path)

    start(installed, tmp_path)

    assert stored(installed) == {"site": "Berlin", "serial": "4Q8F2K1"}
    applied = [*play["vars"]["apply"].split()[1:], "--validate=strict"]
    assert set(applied) == set(APPLY)


def test_the_policy_of_acm_holds_the_config_map(installed: ControlPlane) -> None:
    """Its kinds are those of a hub, which is not here; the hub fills the templates in."""
    policy, placement, binding = yaml.safe_load_all((EXAMPLE / "acm.yaml").read_text())
    [template] = policy["spec"]["policy-templates"]
    [found] = template["objectDefinition"]["spec"]["object-templates"]

    installed.kubectl(*APPLY, "--filename=-", stdin=json.dumps(found["objectDefinition"]))

    assert stored(installed).keys() == WANTED
    assert binding["placementRef"]["name"] == placement["metadata"]["name"]
    assert [each["name"] for each in binding["subjects"]] == [policy["metadata"]["name"]]
