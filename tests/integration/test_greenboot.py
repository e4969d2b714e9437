"""The greenboot check: it warns when the operator does not run, and only then."""

import json
import os
import re
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from microshift_telemetry.clock import SystemClock
from tests.support.device import NAMESPACE, Device
from tests.support.go_toolchain import REPOSITORY
from tests.support.tools import Tools

CHECK = REPOSITORY / "packaging" / "greenboot" / "50_microshift_telemetry_check.sh"
WAIT_SECONDS = "3"


class Greenboot:
    """Runs the check as greenboot does; only systemd is made up."""

    def __init__(self, directory: Path, tools: Tools) -> None:
        self._bin = directory / "bin"
        self._bin.mkdir()
        (self._bin / "kubectl").symlink_to(tools.kubectl)
        self.microshift_is(enabled=True)

    def microshift_is(self, *, enabled: bool) -> None:
        self._systemctl(f'[ "$1" = show ] && exit 0\nexit {0 if enabled else 1}')

    def boot_was_written_down_at(self, moment: datetime) -> None:
        self._systemctl(f'[ "$1" = show ] && echo @{moment.timestamp():.0f}\nexit 0')

    def _systemctl(self, script: str) -> None:
        program = self._bin / "systemctl"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def check(self, kubeconfig: Path) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self._bin}:{os.defpath}",
            "HOME": str(self._bin),
            "KUBECONFIG": str(kubeconfig),
            "MICROSHIFT_TELEMETRY_WAIT_SECONDS": WAIT_SECONDS,
        }
        return subprocess.run(
            [CHECK], env=environment, capture_output=True, text=True, check=False, timeout=60
        )


@pytest.fixture
def greenboot(tmp_path: Path, tools: Tools) -> Greenboot:
    return Greenboot(tmp_path, tools)


def test_a_device_without_microshift_has_nothing_to_check(
    greenboot: Greenboot, tmp_path: Path
) -> None:
    greenboot.microshift_is(enabled=False)

    done = greenboot.check(tmp_path / "none")

    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing to check" in done.stdout


def test_an_api_server_that_does_not_answer_is_a_warning(
    greenboot: Greenboot, own_device: Device, tmp_path: Path
) -> None:
    text = own_device.control_plane.kubeconfig.read_text()
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        closed = f"https://127.0.0.1:{bound.getsockname()[1]}"
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(re.sub(r"https://[^\s\"]+", closed, text))

        done = greenboot.check(kubeconfig)

    assert done.returncode == 1
    assert f"does not run after {WAIT_SECONDS} s" in done.stderr


def test_it_warns_until_the_operator_runs(greenboot: Greenboot, own_device: Device) -> None:
    kubeconfig = own_device.control_plane.kubeconfig
    own_device.apply(status="Disabled")
    with own_device.operator():
        own_device.wait_for("Ready", "Disabled")
    before = greenboot.check(kubeconfig)
    let_the_pod_run(own_device, since=SystemClock().now())

    after = greenboot.check(kubeconfig)

    assert before.returncode == 1
    assert before.stderr.splitlines() == [
        f"microshift-telemetry: the operator does not run after {WAIT_SECONDS} s; "
        f"see: kubectl describe pods -n {NAMESPACE}"
    ]
    assert (after.returncode, after.stderr) == (0, "")
    said = after.stdout.splitlines()
    assert said[0] == "microshift-telemetry: the operator runs"
    assert said[1].startswith("cluster: Disabled: ")


def test_what_ran_before_this_boot_does_not_count(greenboot: Greenboot, own_device: Device) -> None:
    """After a power cut the API server still has the pod of before as it was."""
    let_the_pod_run(own_device, since=boot_time() - timedelta(minutes=1))

    done = greenboot.check(own_device.control_plane.kubeconfig)

    assert done.returncode == 1
    assert f"does not run after {WAIT_SECONDS} s" in done.stderr


@pytest.mark.parametrize(
    ("written_down", "started"),
    [
        pytest.param(-timedelta(days=365), -timedelta(days=365), id="set forward"),
        pytest.param(timedelta(hours=2), timedelta(minutes=1), id="set back"),
    ],
)
def test_a_clock_that_was_set_since_the_boot_makes_no_warning(
    greenboot: Greenboot, own_device: Device, written_down: timedelta, started: timedelta
) -> None:
    greenboot.boot_was_written_down_at(boot_time() + written_down)
    let_the_pod_run(own_device, since=boot_time() + started)

    done = greenboot.check(own_device.control_plane.kubeconfig)

    assert (done.returncode, done.stderr) == (0, "")


def boot_time() -> datetime:
    """Tell when this machine was started, as its clock counts back."""
    [btime] = re.findall(r"^btime (\d+)$", Path("/proc/stat").read_text(), flags=re.MULTILINE)
    return datetime.fromtimestamp(int(btime), UTC)


def let_the_pod_run(device: Device, since: datetime) -> None:
    """Say of the pod what a kubelet would; the Deployment's own controller draws the conclusion."""
    kubectl = device.control_plane.kubectl
    kubectl("wait", "pod", "--all", "--for=create", f"--namespace={NAMESPACE}", "--timeout=30s")
    name = kubectl("get", "pods", f"--namespace={NAMESPACE}", "--output=name")
    container = {
        "name": "operator",
        "image": "",
        "imageID": "",
        "ready": True,
        "restartCount": 0,
        "state": {"running": {"startedAt": since.strftime("%Y-%m-%dT%H:%M:%SZ")}},
    }
    status = {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [container],
    }
    kubectl(
        *("patch", name.strip(), f"--namespace={NAMESPACE}", "--subresource=status"),
        *("--type=merge", f"--patch={json.dumps({'status': status})}"),
    )
    kubectl(
        *("wait", "deployment/microshift-telemetry", f"--namespace={NAMESPACE}"),
        *("--for=condition=Available", "--timeout=30s"),
    )
