"""`spec.protocol: TelemeterUpload` on the real operator, before a telemeter and its store."""

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.integration.test_delivery import PULL_SECRET_TOKEN, write_pull_secret
from tests.support.certificates import Authority
from tests.support.clocks.device_clock import DeviceClock
from tests.support.device import Device
from tests.support.fault_receiver import FaultReceiver
from tests.support.operator_process import OperatorProcess
from tests.support.prometheus import Prometheus
from tests.support.surroundings import Surroundings, wait_until_counted
from tests.support.telemeter_server import (
    UPLOAD_GAP_SECONDS,
    Sample,
    Telemeter,
    write_request,
)
from tests.support.waiting import wait_for

TOKEN = "a-token-of-the-fleet"  # made up
BEARER = {"type": "Bearer", "bearer": {"credentials": {"name": "telemeter", "key": "token"}}}
TLS = {"ca": {"configMap": {"name": "ca", "key": "bundle"}}}
UNSTEADY = {
    *(f"cluster:{each}:sum" for each in ("cpu_usage_cores", "memory_usage_bytes")),
    *("cluster:disk_usage_bytes:sum", "instance:etcd_object_counts:sum"),
}
"""They differ from one moment to the next, and each object has a pass of its own."""


class Stage:
    """A telemeter, and what its clients must be told to find it."""

    def __init__(self, telemeter: Telemeter, server: FaultReceiver) -> None:
        self.telemeter = telemeter
        self.spec: Mapping[str, Any] = {
            "protocol": "TelemeterUpload",
            "endpoint": server.url,
            "authorization": BEARER,
            "tlsConfig": TLS,
        }


@pytest.fixture
def stage(device: Device, clock: DeviceClock, tmp_path: Path) -> Iterator[Stage]:
    wait_until_counted(device.control_plane)
    authority = Authority(tmp_path / "authority")
    device.create_config_map("ca", bundle=authority.ca_file.read_text())
    device.create_secret("telemeter", token=TOKEN)
    accounts = {TOKEN: "fleet", PULL_SECRET_TOKEN: "owner"}
    telemeter = Telemeter(lambda: clock.true_time().timestamp(), accounts, {"account": "7"})
    with FaultReceiver(
        lambda request: telemeter.answer(request.target, request.headers, request.body),
        authority=authority,
    ) as server:
        yield Stage(telemeter, server)


def values(prometheus: Prometheus, way: str) -> dict[tuple[tuple[str, str], ...], float]:
    """Give what the store has of one protocol, by labels without what tells it from the other."""
    return {
        tuple(sorted((k, v) for k, v in found["metric"].items() if k not in {"way", "account"})): (
            float(found["value"][1])
        )
        for found in prometheus.query(f'{{way="{way}"}}')
    }


def page(operator: OperatorProcess, path: str) -> str:
    url = f"{operator.preview_url.removesuffix('/preview')}/{path}?name=cluster"
    with build_opener(ProxyHandler({})).open(url, timeout=60) as response:
        return str(response.read().decode())


def test_both_protocols_give_one_store_the_same_values(
    device: Device, stage: Stage, prometheus: Prometheus
) -> None:
    def forward(samples: list[Sample]) -> bool:
        return prometheus.write(write_request(samples)) == 204

    stage.telemeter.behind = forward
    write = {"endpoint": prometheus.remote_write_url, "externalLabels": {"way": "write"}}
    upload = {**stage.spec, "externalLabels": {"way": "upload"}}
    with device.operator():
        device.apply("by-write", requested_at="1", **write)
        device.apply("by-upload", requested_at="1", **upload)
        for name in ("by-write", "by-upload"):
            device.wait_for("Reporting", "ReportDelivered", name)
        by_write, by_upload = (values(prometheus, way) for way in ("write", "upload"))

    assert len(by_write) == 17
    assert by_upload.keys() == by_write.keys()
    steady = {key for key in by_write if dict(key)["__name__"] not in UNSTEADY}
    assert len(steady) == 13
    assert {key: by_upload[key] for key in steady} == {key: by_write[key] for key in steady}
    for key in by_write.keys() - steady:
        assert by_upload[key] == pytest.approx(by_write[key], rel=0.5)
    assert device.status("by-upload")["lastReport"]["samples"] == 17
    assert device.status("by-upload")["effective"]["aggregation"] == "Average"


def test_the_pull_secret_is_exchanged_as_it_is_and_goes_no_further(
    device: Device, stage: Stage, surroundings: Surroundings
) -> None:
    write_pull_secret(device, {"cloud.openshift.com": {"auth": PULL_SECRET_TOKEN}})
    with device.operator(TELEMETRY_PULL_SECRET_HOSTS="127.0.0.1") as operator:
        device.apply(**{**stage.spec, "authorization": {"type": "PullSecret"}}, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        told = "".join((json.dumps(device.status()), page(operator, "preview")))

    [authorize], [upload] = (stage.telemeter.requests(each) for each in ("/authorize", "/upload"))
    assert authorize.headers["authorization"] == f"Bearer {PULL_SECRET_TOKEN}"
    assert upload.headers["authorization"].startswith("Bearer eyJ")
    for text in (told, (device.directory / "operator.log").read_text()):
        assert PULL_SECRET_TOKEN not in text
        assert upload.headers["authorization"].removeprefix("Bearer ") not in text
    assert surroundings.cluster_id in told


@pytest.mark.timeout(300)
def test_an_hour_of_uploads_keeps_to_the_servers_limit_across_restarts(
    device: Device, stage: Stage, clock: DeviceClock
) -> None:
    clock.speed = 60
    telemeter = stage.telemeter
    spec = {**stage.spec, "sendingInterval": "5m", "samplingInterval": "1m"}
    device.apply(**spec, requested_at="1")
    with device.operator():
        wait_for("two uploads", lambda: len(telemeter.accepted) >= 2, 60)
        device.request_report("2")
        device.wait_until_handled("2")
        telemeter.end_tokens()
        before = len(telemeter.accepted)
        wait_for("an upload with a new token", lambda: len(telemeter.accepted) > before, 60)
    with device.operator():
        device.request_report("3")
        wait_for("the request", lambda: device.status()["lastHandledRequestedAt"] == "3", 60)
        before = len(telemeter.accepted)
        wait_for("one more", lambda: len(telemeter.accepted) > before, 60)

    uploads = telemeter.requests("/upload")
    assert {each.status for each in uploads} == {200, 401}
    assert [each.status for each in uploads].count(401) == 1
    taken = [each.at for each in uploads if each.status == 200]
    gaps = [later - earlier for earlier, later in pairwise(taken)]
    assert min(gaps) >= UPLOAD_GAP_SECONDS


def test_what_is_shown_is_what_is_sent_and_a_check_costs_no_upload(
    device: Device, stage: Stage, surroundings: Surroundings
) -> None:
    telemeter = stage.telemeter
    with device.operator() as operator:
        device.apply(**stage.spec, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        history, preview, check = (page(operator, each) for each in ("history", "preview", "check"))

    assert len(telemeter.requests("/upload")) == 1
    assert f"POST {stage.spec['endpoint']}/upload" in history
    lines = [line for line in history.splitlines() if not line.startswith("#")]
    names = sorted(dict(each.labels)["__name__"] for each in telemeter.accepted[0])
    assert (len(lines), len(names)) == (17, 17), names
    assert all('account="7"' in line for line in lines)
    assert all(f'_id="{surroundings.cluster_id}"' in line for line in lines)
    assert "# Content-Encoding: snappy" in preview
    assert "MetricFamily; encoding=delimited" in preview
    assert "# Authorization: (hidden: Bearer)" in preview
    assert "issued an access token" in check
    assert "not asked: it accepts one POST" in " ".join(check.split())
    [query] = {urlsplit(each.path).path for each in telemeter.requests("/authorize")}
    assert parse_qs(query) == {}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"sendingInterval": "4m"}, "spec.sendingInterval: 4m is shorter than 4m30s"),
        ({"authorization": {"type": "None"}}, "spec.authorization.type: TelemeterUpload exchanges"),
    ],
)
def test_a_spec_that_makes_no_sense_is_said_to_be_invalid(
    device: Device, stage: Stage, spec: Mapping[str, Any], words: str
) -> None:
    with device.operator():
        device.apply(**{**stage.spec, **spec})
        found = device.wait_for("Reporting", "InvalidSpec")

    assert words in found["message"]
    assert stage.telemeter.arrivals == []
