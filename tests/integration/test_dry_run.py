"""Look before you consent: what would be sent, of what may not send anything yet."""

from collections.abc import Mapping
from typing import Any

from tests.integration.previews import preview, shown_preview
from tests.support.decoder import decode_request
from tests.support.device import Device
from tests.support.fault_receiver import FaultReceiver
from tests.support.operator_process import OperatorProcess
from tests.support.surroundings import NODE_ADDRESS, Surroundings
from tests.support.waiting import wait_for

QUERY = "?dry-run=true&name="
COUNTED_SECONDS = 150
"""A young API server counts its objects once a minute or two."""
SHAPE: Mapping[str, Any] = {"externalLabels": {"site": "north"}, "anonymizeLabels": ["instance"]}
OBJECTS = "instance:etcd_object_counts:sum"


def dry_run(operator: OperatorProcess, name: str) -> Any:
    """Ask until every source is read."""

    def whole() -> Any:
        shown = shown_preview(operator, QUERY + name)
        return None if shown["failures"] else shown

    return wait_for("a dry run with every source", whole, COUNTED_SECONDS)


def labels_of(shown: Any) -> list[Mapping[str, str]]:
    [request] = shown["requests"]
    return [each["labels"] for each in request["series"]]


def hidden(labels: Mapping[str, str]) -> dict[str, str]:
    return {name: "" if name == "instance" else value for name, value in labels.items()}


def instance(shown: Any) -> str:
    [found] = [each["instance"] for each in labels_of(shown) if each["__name__"] == OBJECTS]
    return found


def state(device: Device) -> dict[str, tuple[bytes, int]]:
    directory = device.directory / "state"
    return {each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in directory.iterdir()}


def test_what_is_disabled_or_not_there_shows_what_it_would_send_and_sends_nothing(
    device: Device, surroundings: Surroundings
) -> None:
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, status="Disabled", **SHAPE)
        device.wait_for("Ready", "Disabled")
        before = state(device), device.status()
        disabled, absent = dry_run(operator, "cluster"), dry_run(operator, "nobody")
        text = preview(operator, QUERY + "cluster")
        after = state(device), device.status()
        seen = len(receiver.connections)
        device.apply(endpoint=receiver.url, requested_at="1", **SHAPE)
        device.wait_for("Reporting", "ReportDelivered")
        assert not [line for line in operator.log().splitlines() if "Traceback" in line]

    assert after == before
    assert seen == 0
    assert disabled["destination"]["url"] == receiver.url
    assert absent["destination"]["url"].startswith("https://infogw.api.openshift.com/")
    for shown in (disabled, absent):
        assert len(labels_of(shown)) == 17
        assert {each["_id"] for each in labels_of(shown)} == {surroundings.cluster_id}
    assert instance(absent) == NODE_ADDRESS
    assert len(instance(disabled)) == 32
    assert sum(not line.startswith("#") for line in text.splitlines()) == 17
    arrived = [dict(each.labels) for each in decode_request(receiver.requests[-1].body)]
    assert list(map(hidden, labels_of(disabled))) == list(map(hidden, arrived))
