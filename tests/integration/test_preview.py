"""The preview beside what then arrives."""

import json
import re
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError

import pytest

from microshift_telemetry.clock import SystemClock
from tests.integration.previews import preview
from tests.support.decoder import decode_request
from tests.support.device import Device
from tests.support.fault_receiver import Answer, FaultReceiver, RecordedRequest, Reply, always
from tests.support.prometheus import Prometheus, RawSamples


def raw_samples(shown: Any) -> RawSamples:
    return {
        tuple(sorted(series["labels"].items())): [(at, value) for at, value in series["samples"]]
        for request in shown["requests"]
        for series in request["series"]
    }


def test_the_preview_is_what_then_arrives_at_prometheus(
    device: Device, prometheus: Prometheus
) -> None:
    def relay(request: RecordedRequest) -> Reply:
        return Answer(prometheus.write(request.body))

    with FaultReceiver(always(Answer(503))) as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "Retrying")
        shown = json.loads(preview(operator, accept="application/json"))
        text = preview(operator, "?name=cluster")
        receiver.script = relay
        device.wait_for("Reporting", "ReportDelivered", seconds=60)

    now = SystemClock().now()
    stored = prometheus.samples('{_id!=""}', now - timedelta(minutes=10), now)
    assert raw_samples(shown) == stored
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) == sum(map(len, stored.values()))
    assert all(re.fullmatch(r"[a-z_:]+\{.*_id=\".*\} \S+ \d{13}", line) for line in lines)


def test_who_asks_for_nobody_is_told_who_is_there(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        with pytest.raises(HTTPError) as caught:
            preview(operator, "?name=other")
        assert (caught.value.code, b"cluster" in caught.value.read()) == (404, True)


def test_what_is_looked_at_with_an_endpoint_that_nobody_listens_on_never_leaves(
    device: Device,
) -> None:
    """It is dropped when another endpoint comes."""
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint="https://127.0.0.1:1/", requested_at="1")
        device.wait_for("Reporting", "EndpointUnreachable")
        shown = raw_samples(json.loads(preview(operator, accept="application/json")))
        device.apply(endpoint=receiver.url, requested_at="2")
        device.wait_for("Reporting", "ReportDelivered")

    arrived = {
        (each.labels, sample)
        for request in receiver.requests
        for each in decode_request(request.body)
        for sample in each.samples
    }
    looked_at = {(labels, sample) for labels, samples in shown.items() for sample in samples}
    assert len(looked_at) > 10
    assert len(arrived) >= len(looked_at)
    assert looked_at & arrived == set()
