"""Uninstalled with the documented command, the operator leaves nothing in the cluster."""

import pytest

from tests.node.installation import Installation
from tests.support.prometheus import Prometheus


@pytest.mark.parametrize("operator", ["alive", "dead"])
def test_everything_goes_and_nothing_hangs(
    installation: Installation, receiver: Prometheus, operator: str
) -> None:
    installation.apply(endpoint=receiver.remote_write_url, requested_at="1")
    installation.wait_for("Reporting", "ReportDelivered")
    if operator == "dead":
        installation.stop()

    installation.uninstall()

    left = installation.control_plane.kubectl(
        *("get", "namespace,customresourcedefinition,clusterrole,clusterrolebinding"),
        *("--output=name", "--ignore-not-found"),
    )
    policies = installation.control_plane.kubectl(
        "get", "validatingadmissionpolicy,validatingadmissionpolicybinding", "--output=name"
    )
    assert [line for line in (left + policies).splitlines() if "telemetry" in line] == []
