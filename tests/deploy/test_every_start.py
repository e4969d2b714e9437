"""MicroShift applies its manifests at every start, over whatever an admin has made of them."""

import json
from collections.abc import Callable, Mapping

import pytest

from tests.support.control_plane import ControlPlane
from tests.support.device import NAMESPACE
from tests.support.microshift import DEPLOY, start
from tests.support.waiting import wait_for

STARTS = 20
DEPLOYMENT = ("deployment/microshift-telemetry", f"--namespace={NAMESPACE}")


def edit_status(microshift: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBE_EDITOR", "sed -i 's/status: Enabled/status: Disabled/'")
    microshift.kubectl("edit", "tcfg", "cluster")


def patch_interval(microshift: ControlPlane, _: pytest.MonkeyPatch) -> None:
    merge = '{"spec":{"sendingInterval":"6h","externalLabels":{"site":"berlin"}}}'
    microshift.kubectl("patch", "tcfg", "cluster", "--type=merge", f"--patch={merge}")


def set_proxy(microshift: ControlPlane, _: pytest.MonkeyPatch) -> None:
    microshift.kubectl("set", "env", *DEPLOYMENT, "HTTPS_PROXY=http://proxy.example.com:3128")
    wait_until_rolled_out(microshift)


EDITS: Mapping[int, Callable[[ControlPlane, pytest.MonkeyPatch], None]] = {
    3: edit_status,
    9: patch_interval,
    14: set_proxy,
}
"""Before which start an admin does what."""


@pytest.mark.timeout(900)
def test_twenty_starts_keep_every_edit_and_restart_nothing(
    microshift: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(microshift, "overlays/microshift", "default")
    wait_until_rolled_out(microshift)
    expected = generations(microshift)

    for number in range(STARTS):
        if number in EDITS:
            EDITS[number](microshift, monkeypatch)
            expected = generations(microshift)
        start(microshift, "overlays/microshift", "default")
        assert generations(microshift) == expected

    spec = json.loads(microshift.kubectl("get", "tcfg", "cluster", "--output=json"))["spec"]
    assert spec == {
        "status": "Disabled",
        "sendingInterval": "6h",
        "externalLabels": {"site": "berlin"},
    }
    assert "HTTPS_PROXY" in microshift.kubectl("get", *DEPLOYMENT, "--output=yaml")


def generations(microshift: ControlPlane) -> dict[str, str]:
    """Tell the generation of every object, and which pods there are."""
    columns = "--output=jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.generation}\n"
    listed = [
        microshift.kubectl("get", f"--kustomize={DEPLOY / directory}", columns + "{end}")
        for directory in ("overlays/microshift", "default")
    ]
    found = dict(line.split(" ") for text in listed for line in text.splitlines())
    pods = microshift.kubectl("get", "pods", f"--namespace={NAMESPACE}", "--output=name")
    return {**found, "pods": pods}


def wait_until_rolled_out(microshift: ControlPlane) -> None:
    """There is no node: the one pod stays pending."""
    generation = microshift.kubectl("get", *DEPLOYMENT, "--output=jsonpath={.metadata.generation}")
    status = "{.status.observedGeneration} {.status.replicas} {.status.updatedReplicas}"

    wait_for(
        "the deployment's one pod",
        lambda: (
            microshift.kubectl("get", *DEPLOYMENT, f"--output=jsonpath={status}")
            == f"{generation} 1 1"
        ),
        60,
    )
