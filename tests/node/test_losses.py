"""Each mount, file and permission of the pod taken away in turn: it stays up and says so."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.node.installation import DEPLOYMENT, OVERLAY, Installation
from tests.node.kubelet import NODE_NAME
from tests.support.device import NAMESPACE, NOBODY_LISTENS
from tests.support.rbac_rules import LOST, RULES, ask_for_a_report, without
from tests.support.waiting import wait_for

SECONDS = 60
OS_RELEASE = "/usr/lib/os-release"

PERMISSIONS: Mapping[str, tuple[str, str]] = {
    **{rule: said for rule, said in LOST.items() if rule != "routes"},
    "nodes": ("Sampling", f"cpu_capacity: /api/v1/nodes/{NODE_NAME}: 403"),
}
"""As `LOST`, on a cluster without Routes, and of a pod that knows its node's name."""
READ_ONCE = ("namespaces/kube-system", f"{NAMESPACE}/secrets")
"""A running pod has no more need of it: the cluster's id and the credentials are known."""
MOUNTS: Mapping[str, str] = {
    "os-release": f"{OS_RELEASE}: ",
    "state": ("samples are kept in memory only: /var/lib/microshift-telemetry"),
    "kubelet-disk": "/var/lib/containers/storage/overlay-images: ",
}
"""Volume → what the condition Sampling says without its mount."""


def mounts(installation: Installation) -> list[str]:
    """List the names of the operator's mounts, in the order of the Deployment."""
    found = json.loads(installation.kubectl("get", DEPLOYMENT, "--output=json"))
    containers = found["spec"]["template"]["spec"]["containers"]
    return [mount["name"] for mount in containers[0]["volumeMounts"]]


def assert_it_stays_up(installation: Installation) -> None:
    container = installation.container()
    assert container["ready"]
    assert container["restartCount"] == 0


def test_each_mount_has_its_loss(installation: Installation) -> None:
    assert sorted(mounts(installation)) == sorted(MOUNTS)


@pytest.mark.parametrize("lost", MOUNTS)
def test_without_a_mount_the_pod_stays_up_and_says_what_is_missing(
    installation: Installation, lost: str
) -> None:
    index = mounts(installation).index(lost)
    at = f"/spec/template/spec/containers/0/volumeMounts/{index}"
    installation.patch({"op": "remove", "path": at})

    installation.apply(endpoint=NOBODY_LISTENS, requested_at="1")

    installation.wait_for("Sampling", words=MOUNTS[lost], seconds=SECONDS)
    assert_it_stays_up(installation)


@contextmanager
def unreadable(installation: Installation, file: str) -> Iterator[None]:
    """Lay a file that only root may read over one of the node's, for pods that come from now on."""
    machine = installation.node.machine
    cover = Path("/run/unreadable")
    machine.run("install", "--mode=000", "/dev/null", cover)
    machine.run("mount", "--bind", cover, file)
    try:
        yield
    finally:
        machine.run("umount", file)


def test_without_reading_a_file_the_pod_stays_up_and_names_it(installation: Installation) -> None:
    with unreadable(installation, OS_RELEASE):
        installation.restart()

        installation.apply(endpoint=NOBODY_LISTENS, requested_at="1")

        installation.wait_for("Sampling", words=f"{OS_RELEASE}: ", seconds=SECONDS)
        assert_it_stays_up(installation)


@pytest.mark.timeout(600)
def test_without_a_permission_the_pod_stays_up_and_says_which(installation: Installation) -> None:
    ask_for_a_report(installation)

    for lost, (kind, words) in PERMISSIONS.items():
        with without(RULES[lost], installation.control_plane, Path(OVERLAY)):
            if lost in READ_ONCE:
                installation.restart()
            installation.request_report(f"without {lost}")
            installation.wait_for(kind, words=words, seconds=SECONDS)

    assert_it_stays_up(installation)


def test_without_reading_its_resource_it_ends_with_one_clear_line(
    installation: Installation,
) -> None:
    ask_for_a_report(installation)

    with without(RULES["telemetryconfigs"], installation.control_plane, Path(OVERLAY)):
        before = installation.container()
        installation.kubectl("delete", "pod", "--all", "--wait=false")
        ended = wait_for(
            "the end of the operator",
            lambda: terminated(installation, before["containerID"]),
            SECONDS,
        )

    assert ended["exitCode"] == 1
    *_, last = str(ended["message"]).splitlines()
    assert 'cannot list resource "telemetryconfigs"' in last


def test_without_answering_its_resource_it_stays_up_and_says_so_in_the_log(
    installation: Installation,
) -> None:
    with without(RULES["telemetryconfigs/status"], installation.control_plane, Path(OVERLAY)):
        ask_for_a_report(installation)

        wait_for(
            "the log",
            lambda: "telemetryconfigs/cluster/status: 403" in installation.log(),
            SECONDS,
        )
        assert_it_stays_up(installation)


def terminated(installation: Installation, before: str) -> Mapping[str, object] | None:
    """Tell how the newest container ended; `None` while it has not."""
    for state in (installation.container().get(name, {}) for name in ("state", "lastState")):
        ended = state.get("terminated")
        if ended and ended["containerID"] != before:
            assert isinstance(ended, dict)
            return ended
    return None
