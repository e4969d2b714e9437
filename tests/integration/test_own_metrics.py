"""The operator's own metrics, scraped from the real process, held to what others have counted."""

import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from statistics import quantiles
from typing import Any
from urllib.parse import urlsplit

import pytest

from microshift_telemetry.sources import all_sources
from microshift_telemetry.sources.cpu import CpuUsage
from microshift_telemetry.status.own_metrics import OWN_METRICS
from tests.integration.test_dead_disk import die, revive
from tests.support.decoder import decode_request
from tests.support.device import Device
from tests.support.fault_receiver import Answer, Fault, FaultReceiver, always, in_turn
from tests.support.fences import fences
from tests.support.go_toolchain import REPOSITORY
from tests.support.journals import journal
from tests.support.operator_process import OperatorProcess
from tests.support.own_metrics import PREFIX, Scrape
from tests.support.tools import Tools
from tests.support.waiting import wait_for

SCRAPE_SECONDS = 2.0
"""What a page may take on a busy machine; a scraper gives up after ten."""
CUT_SECONDS = 2.0
"""Within which an opt-out cuts a request that is under way."""
MONITORING = REPOSITORY / "docs" / "monitoring.md"


TIMES = {
    "last_delivery_timestamp_seconds": "lastReportTime",
    "oldest_pending_sample_timestamp_seconds": "oldestPendingTime",
    "last_pass_timestamp_seconds": "lastSampleTime",
}
"""What the status tells too, to the second."""


def scraped(operator: OperatorProcess, name: str = "cluster") -> Scrape:
    return Scrape(operator.metrics(), name)


def samples_in(body: bytes) -> int:
    return sum(len(series.samples) for series in decode_request(body))


def seconds(text: object) -> float:
    return datetime.fromisoformat(str(text)).timestamp()


def checked(promtool: list[object], text: str) -> str:
    """Give what promtool says; empty when it has nothing to complain of."""
    done = subprocess.run(
        [str(word) for word in promtool], input=text, capture_output=True, text=True, check=False
    )
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def test_it_tells_what_the_receiver_has_counted_and_the_status_says(
    device: Device, tools: Tools
) -> None:
    with (
        FaultReceiver(in_turn(Answer(503), Answer(204))) as receiver,
        device.operator() as operator,
    ):
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "Retrying")
        away, status_away = scraped(operator), device.status()
        device.wait_for("Reporting", "ReportDelivered", seconds=60)
        device.apply(endpoint=receiver.url, requested_at="2")
        status = device.wait_until_handled("2")
        text, back = operator.metrics(), scraped(operator)

    _agrees_with_the_receiver(back, receiver)
    _agrees_with_the_status(away, status_away)
    _agrees_with_the_status(back, status)
    assert away["samples_pending"] > back["samples_pending"] == 0
    results = back.by("result", "report_attempts_total")
    assert results == {"delivered": 2, "partial": 0, "failed": 1}
    assert checked([tools.promtool, "check", "metrics"], text) == ""


def _agrees_with_the_receiver(scrape: Scrape, receiver: FaultReceiver) -> None:
    requests = receiver.requests
    answered = {"503": 1.0, "204": len(requests) - 1.0}
    assert scrape["requests_total"] == len(requests)
    assert scrape.by("code", "responses_total") == answered
    assert scrape["sent_bytes_total"] == sum(len(each.body) for each in requests)
    assert scrape["samples_sent_total"] == sum(samples_in(each.body) for each in requests[1:])


def _agrees_with_the_status(scrape: Scrape, status: Mapping[str, Any]) -> None:
    assert scrape["samples_pending"] == status["pendingSamples"]
    assert scrape["samples_dropped_total"] == status["droppedSamples"]
    for metric, field in TIMES.items():
        told = scrape.by("telemetryconfig", metric).values()
        assert [*map(int, told)] == ([seconds(status[field])] if field in status else [])
    conditions = status["conditions"]
    assert scrape.conditions == {
        (each["type"], each["status"], each["reason"]) for each in conditions
    }
    [said] = [str(each["message"]) for each in conditions if each["type"] == "Sampling"]
    names = [source.name for source in all_sources(CpuUsage())]
    assert scrape.by("source", "source_success") == {
        name: float(f"{name}: " not in said) for name in names
    }
    assert list(scrape.by("source", "source_duration_seconds")) == names


def test_a_page_that_promtool_would_not_take_is_told(tools: Tools) -> None:
    """Else the check above would say nothing."""
    assert "counter metrics should have" in checked(
        [tools.promtool, "check", "metrics"], "# HELP a A.\n# TYPE a counter\na 1\n"
    )


@pytest.mark.timeout(240)
def test_what_was_dropped_outlives_the_process_and_the_rest_begins_anew(device: Device) -> None:
    often = {"samplingInterval": "1m", "sendingInterval": "1m"}
    with FaultReceiver(always(Answer(503))) as receiver, FaultReceiver() as another:
        with device.operator() as operator:
            device.apply(endpoint=receiver.url, requested_at="1", **often)
            device.wait_for("Reporting", "Retrying")
            wait_for("a pass of the grid", lambda: has_pass_of_the_grid(device), 90)
            device.apply(endpoint=another.url, requested_at="2", **often)
            device.wait_for("Reporting", "ReportDelivered", seconds=60)
            before, dropped = scraped(operator), device.status()["droppedSamples"]
        with device.operator() as again:
            wait_for("series", lambda: scraped(again).series, 30)
            after = scraped(again)

    assert before["samples_dropped_total"] == after["samples_dropped_total"] == dropped > 0
    assert before["requests_total"] > after["requests_total"]
    assert after["last_delivery_timestamp_seconds"] == pytest.approx(
        before["last_delivery_timestamp_seconds"], abs=1
    )


def has_pass_of_the_grid(device: Device) -> bool:
    kept = journal(device)
    return kept.backlog.samples > 0 and kept.extra_ms is None


def test_an_object_that_opts_out_or_goes_has_no_series(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.apply("fleet", endpoint=f"{receiver.url}/fleet", requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        device.wait_for("Reporting", "ReportDelivered", "fleet")
        both = (scraped(operator).series, scraped(operator, "fleet").series)
        device.apply(endpoint=receiver.url, status="Disabled")
        device.control_plane.kubectl("delete", "tcfg", "fleet")
        device.wait_for("Ready", "Disabled")

        assert min(both) > 30
        wait_for("the last series to go", lambda: scraped(operator, "fleet").series == 0, 10)
        assert scraped(operator).series == 0
        assert "build_info" in operator.metrics()
        assert operator.health() == 200


def test_no_credential_and_no_endpoint_is_told(device: Device) -> None:
    device.create_secret("receiver", token="s3cr3t-t0ken")
    with FaultReceiver(always(Answer(401, b"s3cr3t-t0ken"))) as receiver:
        bearer = {"credentials": {"name": "receiver", "key": "token"}}
        with device.operator() as operator:
            device.apply(
                endpoint=f"{receiver.url}?key=s3cr3t-query",
                authorization={"type": "Bearer", "bearer": bearer},
                externalLabels={"site": "s3cr3t-site"},
                requested_at="1",
            )
            device.wait_until_handled("1")
            text = operator.metrics()

    assert "s3cr3t" not in text
    assert receiver.url not in text
    assert "127.0.0.1" not in text


@contextmanager
def scrapers(operator: OperatorProcess, count: int) -> Iterator[list[float]]:
    """Scrape without a pause until the block ends; gives how long each scrape took."""
    took: list[float] = []
    is_over = threading.Event()

    def scrape() -> None:
        while not is_over.is_set():
            began = time.monotonic()
            operator.metrics()
            took.append(time.monotonic() - began)

    threads = [threading.Thread(target=scrape) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield took
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def test_neither_a_dead_disk_nor_a_receiver_that_hangs_holds_up_the_page(device: Device) -> None:
    with FaultReceiver(always(Fault.HANG)) as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        receiver.wait_for_requests(1, 20)
        lock = die(device.directory / "state")
        device.control_plane.kubectl(
            *("patch", "tcfg", "cluster", "--type=merge", "--patch"),
            '{"spec":{"samplingInterval":"1m"}}',
        )
        took = []
        for _ in range(20):
            began = time.monotonic()
            scrape = scraped(operator)
            took.append(time.monotonic() - began)
            time.sleep(0.2)
        revive(lock)

    assert max(took) < SCRAPE_SECONDS
    assert scrape["requests_total"] == 1
    assert scrape.by("code", "responses_total") == {}


def test_who_scrapes_without_a_pause_delays_neither_a_report_nor_an_opt_out(
    device: Device,
) -> None:
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        with scrapers(operator, 4) as took:
            asked_at = time.monotonic()
            device.apply(endpoint=receiver.url, requested_at="2")
            device.wait_until_handled("2")
            reported = time.monotonic() - asked_at
            receiver.script = always(Fault.HANG)
            before = len(receiver.requests)
            device.apply(endpoint=receiver.url, requested_at="3")
            request = receiver.wait_for_requests(before + 1, 20)[before]
            patch = json.dumps({"spec": {"status": "Disabled"}})
            device.control_plane.kubectl(
                "patch", "tcfg", "cluster", "--type=merge", "--patch", patch
            )
            disabled_at = time.monotonic()
            cut_at = wait_for("the POST to be cut", lambda: request.cut_at, 20)

    assert len(took) > 50
    assert reported < 10
    assert cut_at - disabled_at < CUT_SECONDS
    assert quantiles(took, n=20)[-1] < SCRAPE_SECONDS


def test_a_client_that_never_reads_holds_up_nobody(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        url = urlsplit(operator.metrics_url)
        silent = socket.create_connection((url.hostname, url.port))
        silent.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 500)
        device.apply(endpoint=receiver.url, requested_at="2")
        device.wait_until_handled("2")
        health = operator.health()
        silent.close()

    assert health == 200


def test_the_alerts_of_the_page_are_rules_that_prometheus_takes(tools: Tools) -> None:
    [rules] = [fence.text for fence in fences(MONITORING) if fence.text.startswith("groups:")]
    known = {f"{PREFIX}build_info", *(f"{PREFIX}{metric.name}" for metric in OWN_METRICS)}

    assert checked([tools.promtool, "check", "rules", "--lint=all", "--lint-fatal"], rules) == ""
    assert set(re.findall(rf"{PREFIX}\w+", rules)) <= known
