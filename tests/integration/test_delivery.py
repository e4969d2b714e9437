"""From a TelemetryConfig to samples in a receiver, with the operator as its own process."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from microshift_telemetry.clock import SystemClock
from tests.support.certificates import Authority
from tests.support.clocks.device_clock import DeviceClock
from tests.support.decoder import decode_request
from tests.support.device import Device
from tests.support.fault_receiver import Answer, Fault, FaultReceiver, always
from tests.support.prometheus import Prometheus
from tests.support.surroundings import Surroundings, count
from tests.support.waiting import wait_for

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
DYNAMIC = 12
"""Samples of a pass beside the static ones."""
PULL_SECRET_TOKEN = "dGVsZW1ldGVyOnNlY3JldA=="


def write_pull_secret(device: Device, auths: object) -> None:
    device.pull_secret.unlink(missing_ok=True)
    device.pull_secret.parent.mkdir(parents=True, exist_ok=True)
    device.pull_secret.write_text(json.dumps({"auths": auths}))


def test_a_requested_report_puts_every_series_into_prometheus(
    device: Device, prometheus: Prometheus, surroundings: Surroundings
) -> None:
    device.apply(endpoint=prometheus.remote_write_url, requested_at="1")

    with device.operator():
        device.wait_for("Reporting", "ReportDelivered")

    counts = {
        series["metric"].get("resource"): float(series["value"][1])
        for series in prometheus.query("cluster:usage:resources:sum")
    }
    assert counts == {
        "pods": surroundings.running_pods,
        "namespaces": count(device.control_plane, "namespaces"),
        "services": surroundings.services,
        "ingresses.networking.k8s.io": surroundings.ingresses,
        "routes.route.openshift.io": surroundings.routes,
        DEFINITIONS: count(device.control_plane, DEFINITIONS),
        "images": 3,
    }
    ids = {series["_id"] for series in prometheus.series('{_id!=""}')}
    assert ids == {surroundings.cluster_id}
    status = device.status()
    assert status["clusterID"] == surroundings.cluster_id
    assert status["lastReport"]["statusCode"] == 204
    assert status["lastReport"]["samples"] == len(prometheus.series('{_id!=""}'))
    assert status["pendingSamples"] == 0


def test_telemeter_gets_the_pull_secret_in_its_own_form_over_a_custom_ca(
    device: Device, tmp_path: Path, surroundings: Surroundings
) -> None:
    authority = Authority(tmp_path / "authority")
    write_pull_secret(device, {"cloud.openshift.com": {"auth": PULL_SECRET_TOKEN}})
    device.create_config_map("ca", bundle=authority.ca_file.read_text())

    with FaultReceiver(authority=authority) as receiver:
        device.apply(
            endpoint=f"{receiver.url}/metrics/v1/receive",
            authorization={"type": "PullSecret"},
            tlsConfig={"ca": {"configMap": {"name": "ca", "key": "bundle"}}},
            requested_at="1",
        )
        with device.operator(TELEMETRY_PULL_SECRET_HOSTS="127.0.0.1"):
            device.wait_for("Reporting", "ReportDelivered")

    (request,) = receiver.requests
    scheme, _, credential = request.headers["authorization"].partition(" ")
    assert scheme == "Bearer"
    assert base64.b64decode(credential, validate=True).decode() == (
        f'{{"authorization_token": "{PULL_SECRET_TOKEN}", '
        f'"cluster_id": "{surroundings.cluster_id}"}}'
    )
    assert request.target == "/metrics/v1/receive"
    assert request.headers["content-encoding"] == "snappy"
    assert request.headers["content-type"] == "application/x-protobuf"
    assert request.headers["x-prometheus-remote-write-version"] == "0.1.0"
    assert request.headers["user-agent"].startswith("microshift-telemetry/")
    for series in decode_request(request.body):
        names = [name for name, _ in series.labels]
        assert names == sorted(set(names))
        assert dict(series.labels)["_id"] == surroundings.cluster_id


def test_a_bearer_token_comes_from_its_secret(device: Device, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    device.create_secret("receiver", token="s3cret\n")
    device.create_secret("ca", bundle=authority.ca_file.read_text())

    with FaultReceiver(authority=authority) as receiver, device.operator():
        device.apply(
            endpoint=receiver.url,
            authorization={
                "type": "Bearer",
                "bearer": {"credentials": {"name": "receiver", "key": "token"}},
            },
            tlsConfig={"ca": {"secret": {"name": "ca", "key": "bundle"}}},
            requested_at="1",
        )
        device.wait_for("Reporting", "ReportDelivered")

    assert [request.headers["authorization"] for request in receiver.requests] == ["Bearer s3cret"]


MINUTELY = {"sendingInterval": "1m", "aggregation": "None"}
FASTER = 20
"""A minute of the operator takes three seconds."""


def wait_for_passes(device: Device, passes: int) -> int:
    """Wait until so many passes of the grid wait; tell how many samples wait.

    One pass more may be off the grid: the next pass takes its place.
    """
    least = (passes + 1) * DYNAMIC
    samples = wait_for(
        f"{passes} passes that wait",
        lambda: pending if (pending := pending_samples(device)) >= least else None,
        60,
    )
    return int(str(samples))


def pending_samples(device: Device) -> int:
    return int(str(device.status().get("pendingSamples", 0)))


def test_another_path_keeps_the_backlog_and_another_origin_drops_it(
    device: Device, clock: DeviceClock
) -> None:
    clock.speed = FASTER
    device.apply(endpoint="http://127.0.0.1:9/", **MINUTELY)

    with FaultReceiver() as receiver, device.operator():
        device.wait_for("Reporting", "EndpointUnreachable")
        pending = wait_for_passes(device, 4)
        device.apply(endpoint="http://127.0.0.1:9/other", requested_at="1", **MINUTELY)
        status = device.wait_until_handled("1")
        assert int(str(status["pendingSamples"])) >= pending
        assert status["droppedSamples"] == 0
        device.apply(endpoint=receiver.url, requested_at="2", **MINUTELY)
        device.wait_for("Reporting", "ReportDelivered")
        lost = device.status()["lastLoss"]

    assert lost["reason"] == "EndpointChanged"
    assert lost["samples"] >= pending
    until = datetime.fromisoformat(str(lost["to"]))
    bodies = [decode_request(request.body) for request in receiver.requests]
    times = [at for body in bodies for series in body for at, _ in series.samples]
    assert min(times) > until.timestamp() * 1000


def test_a_backlog_goes_first_and_the_newest_pass_in_a_request_of_its_own(
    device: Device, clock: DeviceClock
) -> None:
    clock.speed = FASTER
    with FaultReceiver(always(Answer(503))) as receiver, device.operator():
        device.apply(endpoint=receiver.url, **MINUTELY)
        wait_for_passes(device, 4)
        receiver.script = always(Answer(204))
        refused = len(receiver.requests)
        device.request_report("now")
        device.wait_for("Reporting", "ReportDelivered")

    delivered = [decode_request(request.body) for request in receiver.requests[refused:]]
    carries_static = [
        any(dict(each.labels)["__name__"] == "cluster_version" for each in body)
        for body in delivered
    ]
    fresh = carries_static.index(True)
    times = [sorted({at for series in body for at, _ in series.samples}) for body in delivered]
    before = [at for each in times[:fresh] for at in each]
    assert len(set(before)) >= 4
    assert before == sorted(before)
    assert len(times[fresh]) == 1
    assert max(before) < times[fresh][0]


def test_a_rotated_token_of_the_operator_is_read_again(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        device.control_plane.kubectl(
            *("delete", "serviceaccount", "microshift-telemetry"),
            "--namespace=microshift-telemetry",
        )
        device.control_plane.kubectl(
            *("create", "serviceaccount", "microshift-telemetry"),
            "--namespace=microshift-telemetry",
        )
        device.control_plane.service_account_kubeconfig(
            "microshift-telemetry", "microshift-telemetry"
        )
        device.request_report("2")
        status = device.wait_until_handled("2")

    assert status["lastReport"]["statusCode"] == 204
    assert len(receiver.requests) == 2
    assert "Traceback" not in operator.log()


def test_two_configs_do_not_touch_one_another(device: Device) -> None:
    with FaultReceiver() as good, FaultReceiver(always(Fault.HANG)) as bad, device.operator():
        device.apply("bad", endpoint=bad.url, requested_at="1")
        bad.wait_for_requests(1, 20)
        device.apply("good", endpoint=good.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered", "good")
        assert device.condition("Sampling", "bad")["status"] == "True"


def test_of_two_configs_for_one_destination_the_older_one_works(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator():
        device.apply("older", endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered", "older")
        wait_for("another second", lambda: _age(device, "older") >= timedelta(seconds=1), 5)
        device.apply("younger", endpoint=receiver.url, requested_at="1")
        found = device.wait_for("Reporting", "DuplicateDestination", "younger")
        assert "older" in found["message"]
        assert len(receiver.requests) == 1
        device.control_plane.kubectl("delete", "tcfg", "older", "--timeout=10s")
        device.request_report("2", "younger")
        device.wait_for("Reporting", "ReportDelivered", "younger")


def _age(device: Device, name: str) -> timedelta:
    created = device.control_plane.kubectl(
        "get", "tcfg", name, "--output=jsonpath={.metadata.creationTimestamp}"
    )
    return SystemClock().now() - datetime.fromisoformat(created).astimezone(UTC)
