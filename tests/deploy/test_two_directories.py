"""An image builder's own `cluster` beside the one that we ship: MicroShift applies both."""

import time
from pathlib import Path

import pytest
import yaml

from tests.deploy.microshift import APPLY, start
from tests.support.control_plane import ControlPlane
from tests.support.device import Device
from tests.support.fault_receiver import FaultReceiver

STARTS = 20
OWN = {
    "apiVersion": "telemetry.microshift.io/v1alpha1",
    "kind": "TelemetryConfig",
    "metadata": {"name": "cluster"},
    "spec": {"status": "Disabled"},
}


@pytest.fixture
def own_directory(tmp_path: Path) -> Path:
    directory = tmp_path / "200-opt-out"
    directory.mkdir()
    (directory / "kustomization.yaml").write_text("resources: [telemetry-config.yaml]\n")
    (directory / "telemetry-config.yaml").write_text(yaml.safe_dump(OWN))
    return directory


@pytest.mark.timeout(900)
def test_an_opt_out_in_a_second_directory_holds_through_twenty_starts(
    microshift: ControlPlane, own_directory: Path, tmp_path: Path
) -> None:
    """The default object, applied first, takes `Disabled` away; the own one brings it back."""
    device = Device(microshift, tmp_path)
    device.clean_up()
    with FaultReceiver() as receiver, device.operator():
        start_with(microshift, own_directory)
        edit = f'{{"spec":{{"endpoint":"{receiver.url}","sendingInterval":"1m"}}}}'
        microshift.kubectl("patch", "tcfg", "cluster", "--type=merge", f"--patch={edit}")
        device.wait_for("Ready", "Disabled")

        for _ in range(STARTS):
            start_with(microshift, own_directory)
            time.sleep(1)

        assert receiver.connections == []
        device.wait_for("Ready", "Disabled")
        start(microshift, "default")
        receiver.wait_for_requests(1, 120)
    device.clean_up()


def start_with(microshift: ControlPlane, own_directory: Path) -> None:
    start(microshift, "default")
    time.sleep(1)
    microshift.kubectl(*APPLY, f"--kustomize={own_directory}")
