"""A check beside the operator's work: it finds what is well, and is never in the way."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError

import pytest

from microshift_telemetry.check.line import Hop
from tests.integration.check.asking import COLUMNS, ask, ask_for, ask_once_counted
from tests.support.certificates import Authority
from tests.support.device import Device
from tests.support.fault_receiver import (
    Answer,
    Fault,
    FaultReceiver,
    RecordedRequest,
    Reply,
    always,
)
from tests.support.forward_proxy import ForwardProxy
from tests.support.prometheus import Prometheus
from tests.support.waiting import wait_for

CA = {"ca": {"configMap": {"name": "ca", "key": "bundle"}}}
CLIENT = {
    "clientId": {"secret": {"name": "client", "key": "id"}},
    "clientSecret": {"name": "client", "key": "secret"},
}


def hangs_for_questions(request: RecordedRequest) -> Reply:
    """Take reports, and let whoever asks for a page wait."""
    return Answer() if request.method == "POST" else Fault.HANG


@contextmanager
def meanwhile(work: Callable[[], str]) -> Iterator[Callable[[], str]]:
    """Let some work go on in a thread; give a function that waits for what it gives."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work).result


def test_before_a_real_prometheus_every_hop_is_well_and_nothing_is_stored(
    device: Device, prometheus: Prometheus
) -> None:
    with device.operator() as operator:
        device.apply(endpoint=prometheus.remote_write_url)
        device.wait_for("Reporting")
        asked = ask_once_counted(operator)

    assert asked.first_line == "ok: every hop from cluster to its receiver works", asked.text
    assert asked.verdicts() == {"ok"}
    assert prometheus.passes() == 0
    assert max(map(len, asked.text.splitlines())) <= COLUMNS


def test_an_object_that_is_disabled_is_not_connected_and_no_source_is_read(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, status="Disabled")
        device.wait_for("Reporting", "Disabled")
        asked = ask(operator)

    assert asked.first_line.startswith("ok: spec: spec.status is Disabled: no samples are taken")
    assert asked.verdicts("spec", "clock", "permissions", "state directory") == {"ok"}
    assert asked.verdicts(*list(Hop)[4:]) == {"not reached"}
    assert receiver.connections == []


def test_proxy_token_server_and_tls_are_told_apart(device: Device, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority", "Plant CA")
    device.create_config_map("ca", bundle=authority.ca_file.read_text())
    device.create_secret("client", id="edge", secret="hunter2-hunter2")
    token = b'{"access_token": "t0ken-of-an-hour", "token_type": "Bearer"}'
    with (
        FaultReceiver(authority=authority) as receiver,
        FaultReceiver(always(Answer(200, token)), authority=authority) as server,
        ForwardProxy(tmp_path / "proxy") as proxy,
        device.operator() as operator,
    ):
        oauth2 = {**CLIENT, "tokenUrl": f"{server.url}/token"}
        device.apply(
            endpoint=f"{receiver.url}/api/v1/write",
            authorization={"type": "OAuth2", "oauth2": oauth2},
            tlsConfig=CA,
            proxyUrl=proxy.url,
        )
        device.wait_for("Reporting")
        asked = ask_once_counted(operator)
        server.script = always(Answer(401, b"no such client"))
        refused = ask(operator)

    seen = {each["hop"]: each["seen"] for each in asked.shown["hops"]}
    assert asked.verdicts() == {"ok"}
    assert f"opens a tunnel to {receiver.address}" in seen["proxy"]
    assert 'issued by "Plant CA"' in seen["TLS"]
    assert f"{server.address} issued an access token" in seen["token server"]
    assert "t0ken" not in asked.text
    assert refused.first_line.startswith("failed: token server: spec.authorization.oauth2")


def test_a_report_waits_for_no_check_and_a_second_check_is_told_so(device: Device) -> None:
    with FaultReceiver(hangs_for_questions) as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url)
        device.wait_for("Reporting")
        with meanwhile(lambda: ask_for(operator, "cluster", "*/*")) as result:
            receiver.wait_for_requests(1, 20)
            with pytest.raises(HTTPError) as second:
                ask_for(operator, "cluster", "*/*")
            device.apply(endpoint=receiver.url, requested_at="1")
            device.wait_for("Reporting", "ReportDelivered", seconds=5)
            delivered = time.monotonic()
            text = result()
            checked = time.monotonic()

    assert (second.value.code, b"another check" in second.value.read()) == (429, True)
    assert delivered < checked
    assert "receiver          204, to a request without samples" in text


def test_an_opt_out_cuts_a_check(device: Device) -> None:
    with FaultReceiver(hangs_for_questions) as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url)
        device.wait_for("Reporting")

        def ask_in_vain() -> str:
            with pytest.raises(HTTPError) as caught:
                ask_for(operator, "cluster", "*/*")
            return f"{caught.value.code} {caught.value.read().decode()}"

        with meanwhile(ask_in_vain) as result:
            [request] = receiver.wait_for_requests(1, 20)
            disabled_at = time.monotonic()
            device.apply(endpoint=receiver.url, status="Disabled")
            cut_at = wait_for("the check to be cut", lambda: request.cut_at, 10)
            said = result()

        assert said == "409 cluster: interrupted by an edit or by the operator's shutdown; retry\n"
        assert cut_at - disabled_at < 2
        assert len(receiver.requests) == 1


def test_the_process_ends_in_time_while_a_check_is_under_way(device: Device) -> None:
    with FaultReceiver(hangs_for_questions) as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url)
        device.wait_for("Reporting")

        def ask_in_vain() -> str:
            with suppress(OSError):
                return ask_for(operator, "cluster", "*/*")
            return ""

        with meanwhile(ask_in_vain):
            receiver.wait_for_requests(1, 20)
            assert operator.stop() < 5
            assert operator.exit_code == 0
