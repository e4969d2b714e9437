"""The greenboot check: it warns when the operator does not run, and only then."""

import json
import os
import subprocess
from pathlib import Path

import pytest

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
        systemctl = self._bin / "systemctl"
        systemctl.write_text(f"#!/bin/sh\nexit {0 if enabled else 1}\n")
        systemctl.chmod(0o755)

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
    greenboot: Greenboot, tmp_path: Path
) -> None:
    done = greenboot.check(tmp_path / "none")

    assert done.returncode == 1
    assert f"does not run after {WAIT_SECONDS} s" in done.stderr


def test_it_warns_until_the_operator_runs(greenboot: Greenboot, own_device: Device) -> None:
    kubeconfig = own_device.control_plane.kubeconfig
    own_device.apply(status="Disabled")
    with own_device.operator():
        own_device.wait_for("Ready", "Disabled")
    before = greenboot.check(kubeconfig)
    let_the_pod_run(own_device)

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


def let_the_pod_run(device: Device) -> None:
    """Say of the pod what a kubelet would; the Deployment's own controller draws the conclusion."""
    kubectl = device.control_plane.kubectl
    kubectl("wait", "pod", "--all", "--for=create", f"--namespace={NAMESPACE}", "--timeout=30s")
    name = kubectl("get", "pods", f"--namespace={NAMESPACE}", "--output=name")
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    kubectl(
        *("patch", name.strip(), f"--namespace={NAMESPACE}", "--subresource=status"),
        *("--type=merge", f"--patch={json.dumps({'status': status})}"),
    )
    kubectl(
        *("wait", "deployment/microshift-telemetry", f"--namespace={NAMESPACE}"),
        *("--for=condition=Available", "--timeout=30s"),
    )
