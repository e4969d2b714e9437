"""Anonymised labels: a receiver sees one hash for the life of the device, and never the value."""

import pytest

from tests.support.decoder import decode_request
from tests.support.device import Device
from tests.support.fault_receiver import Answer, Fault, FaultReceiver, RecordedRequest, always
from tests.support.prometheus import Prometheus
from tests.support.surroundings import NODE_ADDRESS
from tests.support.waiting import wait_for

ETCD_OBJECTS = "instance:etcd_object_counts:sum"
SITE = "Main Street 1"
LABELS = {"site": SITE}
COUNTED_SECONDS = 150
"""A young API server counts its objects once a minute or two."""


def label_values(requests: list[RecordedRequest]) -> set[str]:
    series = (each for request in requests for each in decode_request(request.body))
    return {value for each in series for _, value in each.labels}


def report_until_counted(device: Device, prometheus: Prometheus, prefix: str) -> None:
    """Ask for reports until the newest one has told the number of objects in etcd."""
    number = iter(range(1000))

    def is_told() -> bool:
        value = f"{prefix}-{next(number)}"
        device.request_report(value)
        device.wait_until_handled(value)
        return bool(prometheus.query(ETCD_OBJECTS))

    wait_for("objects in etcd to be counted", is_told, COUNTED_SECONDS)


@pytest.mark.timeout(600)
def test_prometheus_gets_one_hash_of_the_address_also_after_kill_9_and_an_opt_out(
    device: Device, prometheus: Prometheus
) -> None:
    url, hidden = prometheus.remote_write_url, ["instance", "site"]
    with device.operator() as operator:
        device.apply(endpoint=url, anonymizeLabels=hidden, externalLabels=LABELS)
        report_until_counted(device, prometheus, "first")
        operator.kill()
    with device.operator():
        report_until_counted(device, prometheus, "second")
        device.apply(endpoint=url, status="Disabled")
        device.wait_for("Ready", "Disabled")
        device.apply(endpoint=url, anonymizeLabels=hidden, externalLabels=LABELS)
        report_until_counted(device, prometheus, "third")

    [series] = prometheus.series(ETCD_OBJECTS)
    assert len(series["instance"]) == len(series["site"]) == 32
    assert series["instance"] != series["site"]
    stored = {value for each in prometheus.series('{_id!=""}') for value in each.values()}
    assert not stored & {NODE_ADDRESS, SITE}
    salt = device.directory / "state" / "salt"
    assert salt.stat().st_mode & 0o777 == 0o600


def test_a_label_that_is_hidden_while_a_report_hangs_is_in_no_request_after_it(
    device: Device,
) -> None:
    with FaultReceiver(always(Fault.HANG)) as receiver, device.operator() as operator:
        device.apply(
            endpoint=receiver.url, sendingInterval="1m", externalLabels=LABELS, requested_at="1"
        )
        receiver.wait_for_requests(1, 20)
        receiver.script = always(Answer(204))
        before = len(receiver.requests)
        device.apply(
            endpoint=receiver.url,
            sendingInterval="1m",
            anonymizeLabels=["site"],
            externalLabels=LABELS,
        )
        device.wait_for("Reporting", "ReportDelivered")
        assert SITE not in operator.log()

    assert SITE in label_values(receiver.requests[:before])
    assert SITE not in label_values(receiver.requests[before:])
    assert len(receiver.requests) > before
