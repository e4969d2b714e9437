"""DNS that comes late: a pod keeps the name servers of its start, until it is made anew."""

from collections.abc import Iterator

import pytest

from tests.node.installation import Installation
from tests.node.node import NO_NAME_SERVER, RECEIVER_ADDRESS
from tests.support.name_server import NameServer
from tests.support.prometheus import Prometheus
from tests.support.waiting import wait_for

PATIENCE_SECONDS = 30
HOST = "receiver.test"
SETTING = {"name": "TELEMETRY_RENEW_POD_SECONDS", "value": str(PATIENCE_SECONDS)}
OFTEN = {"samplingInterval": "10m", "sendingInterval": "10m"}
"""A new process waits for a tenth of the interval before it goes on with a report."""
SECONDS = 120


@pytest.fixture
def without_modem(installation: Installation) -> Iterator[Installation]:
    """Boot before the modem is up: the device knows of no name server that answers."""
    installation.node.set_name_server(NO_NAME_SERVER)
    template = "/spec/template/spec"
    installation.patch(
        {"op": "add", "path": f"{template}/dnsPolicy", "value": "Default"},
        {"op": "add", "path": f"{template}/containers/0/env/-", "value": SETTING},
    )
    yield installation
    installation.node.set_name_server(NO_NAME_SERVER)


def uids(installation: Installation) -> set[str]:
    return {pod["metadata"]["uid"] for pod in installation.pods()}


def has_only_new_pods(installation: Installation, before: set[str]) -> bool:
    """Tell that those of before are gone, and that it is not a moment without any pod."""
    found = uids(installation)
    return bool(found) and not found & before


@pytest.mark.timeout(600)
def test_a_pod_of_before_the_modem_was_up_is_made_anew_and_delivers(
    without_modem: Installation, receiver: Prometheus
) -> None:
    installation, before = without_modem, uids(without_modem)
    endpoint = receiver.remote_write_url.replace(RECEIVER_ADDRESS, HOST)
    with NameServer(RECEIVER_ADDRESS, HOST, RECEIVER_ADDRESS):
        installation.apply(endpoint=endpoint, requested_at="1", **OFTEN)
        installation.wait_for(
            "Reporting", "EndpointUnreachable", words="DNS: no name server answers"
        )
        installation.node.set_name_server(RECEIVER_ADDRESS)
        installation.wait_for("Reporting", words="the operator replaces the pod", seconds=SECONDS)
        wait_for("a new pod", lambda: has_only_new_pods(installation, before), SECONDS)
        installation.wait_until_rolled_out()

        installation.wait_for("Reporting", "ReportDelivered", seconds=SECONDS)

    assert len(uids(installation)) == 1
    assert installation.container()["restartCount"] == 0


@pytest.mark.timeout(600)
def test_the_pods_after_it_wait_for_the_rest_of_the_hour(without_modem: Installation) -> None:
    installation, before = without_modem, uids(without_modem)
    installation.apply(endpoint=f"http://{HOST}:9090/write", requested_at="1")
    wait_for("a new pod", lambda: has_only_new_pods(installation, before), SECONDS)
    installation.wait_until_rolled_out()
    anew = uids(installation)

    installation.wait_for("Reporting", words="the operator replaces the pod", seconds=SECONDS)
    with pytest.raises(TimeoutError):
        wait_for("yet another pod", lambda: uids(installation) - anew, 3 * PATIENCE_SECONDS)
