"""An image builder's own `cluster` beside the one that we ship: MicroShift applies both."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.clocks.device_clock import DeviceClock
from tests.support.control_plane import ControlPlane
from tests.support.device import Device
from tests.support.fault_receiver import FaultReceiver
from tests.support.microshift import start

STARTS = 20
INTERVAL = "30m"
"""An edit must stand for two minutes then, many times what lies between the two directories."""
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


@pytest.fixture
def device(microshift: ControlPlane, tmp_path: Path) -> Iterator[Device]:
    device = Device(microshift, tmp_path, DeviceClock(tmp_path / "clock"))
    device.clean_up()
    yield device
    device.clean_up()


@pytest.mark.timeout(900)
def test_an_opt_out_in_a_second_directory_holds_through_twenty_starts(
    device: Device, own_directory: Path
) -> None:
    """The default object, applied first, takes `Disabled` away; the own one brings it back."""
    with FaultReceiver() as receiver, device.operator():
        start_with(device.control_plane, own_directory)
        edit(device, endpoint=receiver.url, sendingInterval=INTERVAL)
        device.wait_for("Ready", "Disabled")

        for _ in range(STARTS):
            start_with(device.control_plane, own_directory)
            time.sleep(1)

        assert receiver.connections == []
        device.wait_for("Ready", "Disabled")
        edit(device, sendingInterval="1m")
        start(device.control_plane, "default")
        receiver.wait_for_requests(1, 120)


def start_with(microshift: ControlPlane, own_directory: Path) -> None:
    start(microshift, "default")
    time.sleep(1)
    start(microshift, own_directory)


def edit(device: Device, **fields: str) -> None:
    merge = json.dumps({"spec": fields})
    device.control_plane.kubectl("patch", "tcfg", "cluster", "--type=merge", f"--patch={merge}")
