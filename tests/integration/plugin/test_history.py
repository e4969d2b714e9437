"""`kubectl telemetry history` and `preview --diff`, `--dry-run`: against what a receiver got."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
import yaml

from tests.support.decoder import decode_request
from tests.support.device import NOBODY_LISTENS, Device
from tests.support.fault_receiver import Answer, FaultReceiver, RecordedRequest, always
from tests.support.plugin import Plugin

Content = list[set[tuple[Any, ...]]]
"""Of each request its series, with their labels and samples."""


def shown(requests: Iterable[Mapping[str, Any]]) -> Content:
    """Take the requests of a page."""
    return [
        {
            (tuple(sorted(each["labels"].items())), tuple(map(tuple, each["samples"])))
            for each in request["series"]
        }
        for request in requests
    ]


def arrived(requests: Iterable[RecordedRequest]) -> Content:
    """Take the requests that came in, pages of the endpoint's origin apart."""
    return [
        {(tuple(sorted(each.labels)), each.samples) for each in decode_request(request.body)}
        for request in requests
        if request.method == "POST"
    ]


def posts(receiver: FaultReceiver) -> list[RecordedRequest]:
    return [request for request in receiver.requests if request.method == "POST"]


def without_ages(lines: Iterable[str]) -> list[str]:
    """Take out how long ago it was, since a second may have passed meanwhile."""
    return [re.sub(r"\d+ s ago", "", line) for line in lines]


def test_the_history_is_what_the_receiver_got(device: Device, plugin: Plugin) -> None:
    with FaultReceiver() as receiver:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        page = json.loads(plugin("history", "-o", "json").stdout)
        as_yaml = yaml.safe_load(plugin("history", "-o", "yaml").stdout)

    [report] = page["reports"]
    assert shown(report["requests"]) == arrived(receiver.requests)
    assert [each["bytes"] for each in report["requests"]] == [
        len(each.body) for each in posts(receiver)
    ]
    assert {each["answer"]["statusCode"] for each in report["requests"]} == {204}
    assert (page["name"], page["note"]) == ("cluster", "")
    assert as_yaml == page


def test_it_is_told_on_one_screen(device: Device, plugin: Plugin) -> None:
    with FaultReceiver() as receiver:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        device.request_report("2")
        device.wait_until_handled("2")
        told = plugin("history")
        last = plugin("history", "cluster", "--limit=1")

    lines = told.stdout.splitlines()
    assert (told.returncode, told.stderr) == (0, "")
    assert lines[0].startswith("cluster: 2 reports; the last ")
    assert len([line for line in lines if line.endswith("204 No Content")]) == 2
    assert f"{status_figure(device, 'samples')} samples" in told.stdout
    assert last.stdout.startswith("cluster: 1 report; the last ")
    assert without_ages(last.stdout.splitlines()[1:]) == without_ages(lines[-2:])


def status_figure(device: Device, name: str) -> int:
    figure = device.status()["lastReport"][name]
    assert isinstance(figure, int)
    return figure


def test_all_of_it_is_in_the_exposition_format(device: Device, plugin: Plugin) -> None:
    with FaultReceiver() as receiver:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        told = plugin("history", "--full")

    samples = [line for line in told.stdout.splitlines() if not line.startswith("#")]
    assert (told.returncode, told.stdout[:1]) == (0, "#")
    assert len([line for line in samples if line]) == sum(
        len(each.samples) for post in posts(receiver) for each in decode_request(post.body)
    )


def test_a_report_that_was_refused_is_in_it(device: Device, plugin: Plugin) -> None:
    with FaultReceiver(always(Answer(401))) as receiver:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "Unauthorized")
        told = plugin("history")

    assert told.returncode == 0
    assert "401 Unauthorized" in told.stdout


def test_before_the_first_report_there_is_none(device: Device, plugin: Plugin) -> None:
    device.apply(endpoint=NOBODY_LISTENS)
    device.wait_for("Reporting")

    told, unknown = plugin("history"), plugin("history", "elsewhere")

    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == "cluster: no report is kept: nothing was sent yet\n"
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "no TelemetryConfig" in unknown.stderr


def test_with_a_limit_of_0_none_is_kept(device: Device, plugin: Plugin) -> None:
    with FaultReceiver() as receiver:
        device.apply(endpoint=receiver.url, reportHistoryLimit=0, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        told = plugin("history")

    assert told.stdout == "cluster: no report is kept: spec.reportHistoryLimit is 0\n"


def test_what_waits_for_another_attempt_is_equal_or_changed(device: Device, plugin: Plugin) -> None:
    with FaultReceiver() as receiver:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        receiver.script = always(Answer(503))
        device.request_report("2")
        device.wait_for("Reporting", "Retrying")
        sent = json.loads(plugin("history", "-o", "json").stdout)["reports"][-1]
        told = plugin("preview", "--diff")
        found = json.loads(plugin("preview", "--diff", "-o", "json").stdout)

    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("cluster: ")
    assert "  last report   20" in told.stdout
    assert {"added", "removed", "changed"} <= set(found)
    assert found["comparedWith"] == sent["requests"][0]["time"]
    known = [dict(labels) for request in shown(sent["requests"]) for labels, _ in request]
    assert [each for each in found["removed"] if each["labels"] not in known] == []
    assert [each for each in found["changed"] if each["before"]["labels"] not in known] == []


def test_a_dry_run_after_a_report_has_the_same_series(device: Device, plugin: Plugin) -> None:
    with FaultReceiver() as receiver:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        found = json.loads(plugin("preview", "--diff", "--dry-run", "-o", "json").stdout)
        told = plugin("preview", "--diff", "--dry-run")

    assert (found["added"], found["removed"]) == ([], [])
    assert [each for each in found["changed"] if is_relabelled(each)] == []
    assert told.stdout.startswith("cluster, a dry run: ")
    assert "204 No Content" in told.stdout


def is_relabelled(change: Mapping[str, Any]) -> bool:
    """Tell whether labels have changed."""
    return bool(change["before"]["labels"] != change["after"]["labels"])


def test_without_an_earlier_report_there_is_nothing_to_compare(
    device: Device, plugin: Plugin
) -> None:
    device.apply(endpoint=NOBODY_LISTENS)
    device.wait_for("Sampling")

    told = plugin("preview", "--diff", "--dry-run")

    assert told.returncode == 0
    assert told.stdout.startswith("cluster, a dry run: no earlier report to compare with\n")


@pytest.mark.parametrize("status", ["Disabled", ""], ids=["off", "unknown"])
def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(
    device: Device, plugin: Plugin, status: str
) -> None:
    with FaultReceiver() as receiver:
        if status:
            device.apply(endpoint=receiver.url, status=status)
            device.wait_for("Reporting", "Disabled")
        text = plugin("preview", "--dry-run")
        page = json.loads(plugin("preview", "cluster", "--dry-run", "-o", "json").stdout)
        diff = plugin("preview", "--dry-run", "--diff")

    assert (text.returncode, text.stderr, diff.returncode) == (0, "", 0)
    assert text.stdout.startswith("# cluster: ")
    assert [line for line in text.stdout.splitlines() if line and not line.startswith("#")]
    assert page["dryRun"] is True
    assert [series for request in shown(page["requests"]) for series in request]
    assert "no earlier report to compare with" in diff.stdout
    assert receiver.requests == []
