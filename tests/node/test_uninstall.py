"""Uninstalled with the documented command, the operator leaves nothing in the cluster."""

import pytest

from tests.node.installation import DEPLOYMENT, Installation
from tests.support.prometheus import Prometheus
from tests.support.waiting import wait_for

SECONDS = 60


@pytest.mark.parametrize("operator", ["alive", "dead"])
def test_everything_goes_and_nothing_hangs(
    installation: Installation, receiver: Prometheus, operator: str
) -> None:
    installation.apply(endpoint=receiver.remote_write_url, requested_at="1")
    installation.wait_for("Reporting", "ReportDelivered")
    if operator == "dead":
        installation.kubectl("scale", DEPLOYMENT, "--replicas=0")
        wait_for("the end of the pod", lambda: not installation.pods(), SECONDS)

    installation.uninstall()

    left = installation.control_plane.kubectl(
        *("get", "namespace,customresourcedefinition,clusterrole,clusterrolebinding"),
        *("--output=name", "--ignore-not-found"),
    )
    policies = installation.control_plane.kubectl(
        "get", "validatingadmissionpolicy,validatingadmissionpolicybinding", "--output=name"
    )
    assert [line for line in (left + policies).splitlines() if "telemetry" in line] == []
