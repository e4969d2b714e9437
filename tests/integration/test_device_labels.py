"""Labels with values of the device: from the node and a ConfigMap to the receiver."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.integration.check.asking import ask
from tests.integration.previews import shown_preview
from tests.support.clocks.device_clock import DeviceClock
from tests.support.decoder import decode_request
from tests.support.device import NAMESPACE, Device
from tests.support.fault_receiver import Answer, Fault, FaultReceiver, RecordedRequest, always
from tests.support.operator_process import OperatorProcess
from tests.support.rbac_rules import RULES, without
from tests.support.surroundings import NODE_NAME
from tests.support.waiting import wait_for

KEY = "example.com/zone"
LABELS: Mapping[str, Mapping[str, Any]] = {
    "host": {"nodeName": {}},
    "zone": {"nodeLabel": KEY},
    "site": {"configMapKeyRef": {"name": "device", "key": "site"}},
}
FASTER = 20
"""A minute of the operator takes three seconds."""


def labels_from(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "valueFrom": dict(LABELS[name])} for name in names]


def of_the_device(requests: list[RecordedRequest]) -> list[dict[str, str]]:
    """Give what each request with series says of the device; all its series say the same."""
    found = [
        {
            tuple(pair for pair in series.labels if pair[0] in LABELS)
            for series in decode_request(request.body)
        }
        for request in requests
        if request.method == "POST"
    ]
    assert all(len(each) <= 1 for each in found)
    return [dict(pairs) for each in found for pairs in each]


def samples(requests: list[RecordedRequest]) -> set[tuple[object, int, float]]:
    return {
        (series.labels, *sample)
        for request in requests
        for series in decode_request(request.body)
        for sample in series.samples
    }


def is_fresh(request: RecordedRequest) -> bool:
    """Tell whether it is the request of a report's newest pass, which has the static series."""
    return any(
        ("__name__", "cluster_version") in each.labels for each in decode_request(request.body)
    )


def lose_the_backlog(request: RecordedRequest) -> Answer | Fault:
    return Answer(204) if is_fresh(request) else Fault.RESET


def history(operator: OperatorProcess) -> str:
    url = operator.preview_url.replace("/preview", "/history?name=cluster")
    with build_opener(ProxyHandler({})).open(url, timeout=20) as response:
        return str(response.read().decode())


@pytest.fixture
def labelled(device: Device) -> Iterator[Device]:
    """A device whose node has a label of its owner's."""
    device.control_plane.kubectl("label", "node", NODE_NAME, f"{KEY}=north-1")
    yield device
    device.control_plane.kubectl("label", "node", NODE_NAME, f"{KEY}-")


def test_the_values_arrive_and_a_missing_one_is_told_and_recovers(labelled: Device) -> None:
    device, known = labelled, {"host": NODE_NAME, "zone": "north-1"}
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(
            endpoint=receiver.url,
            externalLabelsFrom=labels_from("host", "zone", "site"),
            requested_at="1",
        )
        device.wait_until_handled("1")
        told = device.wait_for("Reporting", "ReportDelivered")
        ready, before = device.condition("Ready"), of_the_device(receiver.requests)
        found, asked = ask(operator), len(receiver.requests)
        device.create_config_map("device", site="Berlin\n")
        device.request_report("2")
        device.wait_until_handled("2")
        recovered = device.wait_for("Reporting", "ReportDelivered")
        shown = shown_preview(operator, "?dry-run=true&name=cluster")
        kept, log = history(operator), operator.log()

    why = f"ConfigMap device, key site: not found in namespace {NAMESPACE}"
    assert told["message"] == f"accepted by the receiver; label site is left out: {why}; create it"
    assert ready["status"] == "True"
    assert recovered["message"] == "accepted by the receiver"
    after = of_the_device(receiver.requests[asked:])
    assert before
    assert after
    assert before == [known] * len(before)
    assert after == [known | {"site": "Berlin"}] * len(after)
    assert log.count("label site is left out") == 1
    lines = {each["part"]: each for each in found.shown["hops"] if each["hop"] == "sources"}
    assert lines["label site"]["verdict"] == "warning"
    assert (lines["label site"]["seen"], lines["label site"]["remedy"]) == (why, "create it")
    assert lines["label zone"]["seen"] == f'"north-1", from the node\'s label {KEY}'
    [request] = shown["requests"]
    assert {each["labels"]["site"] for each in request["series"]} == {"Berlin"}
    assert 'site="Berlin"' in kept
    assert json.dumps(shown["notes"]).count("left out") == 0


def test_a_denied_config_map_leaves_its_label_out_and_reports_go_on(device: Device) -> None:
    device.create_config_map("device", site="Berlin")
    rule = RULES[f"{NAMESPACE}/configmaps"]
    with (
        FaultReceiver() as receiver,
        without(rule, device.control_plane),
        device.operator(),
    ):
        device.apply(
            endpoint=receiver.url, externalLabelsFrom=labels_from("site"), requested_at="1"
        )
        told = device.wait_for("Reporting", "ReportDelivered", words="403")

    assert of_the_device(receiver.requests)[-1] == {}
    assert told["message"].endswith("; apply the Role microshift-telemetry again")


def test_an_answer_that_is_lost_is_asked_for_again_under_the_same_labels_after_kill_9(
    device: Device, clock: DeviceClock
) -> None:
    """The ConfigMap was edited meanwhile: under it go the passes that no request has carried."""
    clock.speed = FASTER
    device.create_config_map("device", site="Berlin")
    with FaultReceiver(always(Answer(503))) as receiver:
        with device.operator() as operator:
            device.apply(
                endpoint=receiver.url,
                sendingInterval="1m",
                aggregation="None",
                externalLabelsFrom=labels_from("site"),
            )
            wait_for("a backlog", lambda: device.status().get("pendingSamples", 0) > 40, 60)
            receiver.script = lose_the_backlog
            refused = len(receiver.requests)
            device.request_report("now")
            lost = wait_for(
                "a lost answer",
                lambda: [each for each in receiver.requests[refused:] if not is_fresh(each)],
                60,
            )
            operator.kill()
        seen, before = len(receiver.requests), samples(lost)
        times = {time_ms for _, time_ms, _ in before}
        device.create_config_map("device", site="Bonn")
        receiver.script = always(Answer(204))
        with device.operator():
            again = wait_for(
                "the samples again",
                lambda: {each for each in samples(receiver.requests[seen:]) if each[1] in times},
                60,
            )
            device.wait_for("Reporting", "ReportDelivered")

    assert again <= before
    assert {"site": "Bonn"} in of_the_device(receiver.requests[seen:])
