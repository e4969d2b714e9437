"""`kubectl telemetry` against a real API server, by a real kubectl, with a real operator."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from microshift_telemetry import __version__
from tests.support.control_plane import ControlPlane
from tests.support.decoder import decode_request
from tests.support.device import NOBODY_LISTENS, Device
from tests.support.fault_receiver import Answer, FaultReceiver, always
from tests.support.operator_process import OperatorProcess
from tests.support.plugin import Plugin
from tests.support.tools import Tools


def test_a_device_that_works_is_told_on_one_screen(device: Device, plugin: Plugin) -> None:
    with FaultReceiver() as receiver:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        told = plugin("status")

    lines = told.stdout.splitlines()
    assert (told.returncode, told.stderr) == (0, "")
    assert lines[0].startswith(f"operator {__version__}: running for ")
    assert "cluster: works" in lines
    assert f"  sends to      {receiver.url}" in lines
    assert "                accepted by the receiver" in lines
    assert [line for line in lines if len(line) > 80] == []


def test_a_destination_that_fails_ends_it_with_1(device: Device, plugin: Plugin) -> None:
    with FaultReceiver(always(Answer(401))) as receiver:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "Unauthorized")
        told = plugin("status", "cluster")

    assert told.returncode == 1
    assert "cluster: does not work: Unauthorized" in told.stdout
    assert "kubectl telemetry explain Unauthorized" in told.stdout


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_a_program_gets_the_status_itself(
    device: Device, plugin: Plugin, form: str, read: Any
) -> None:
    with FaultReceiver() as receiver:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        told = read(plugin("status", "-o", form).stdout)

    assert told["operator"]["running"] is True
    assert told["destinations"][0]["status"] == device.status()


def test_a_report_that_is_asked_for_is_waited_for(device: Device, plugin: Plugin) -> None:
    with FaultReceiver() as receiver:
        device.apply(endpoint=receiver.url)
        told = plugin("send-now", "--wait")
        again = plugin("send-now", "cluster", "--wait", "--output=json")

    assert (told.returncode, told.stderr) == (0, "cluster: report requested\n")
    assert told.stdout.startswith("cluster: delivered\n")
    assert f"  to            {receiver.url}" in told.stdout.splitlines()
    samples = len([s for each in decode_request(receiver.requests[0].body) for s in each.samples])
    assert f"{samples} samples" in told.stdout
    assert json.loads(again.stdout)["status"]["lastReport"]["fresh"] is True


def test_a_report_that_fails_ends_it_with_1_and_says_why(device: Device, plugin: Plugin) -> None:
    device.apply(endpoint=NOBODY_LISTENS)

    told = plugin("send-now", "--wait")

    assert told.returncode == 1
    assert told.stdout.startswith("cluster: not delivered\n  EndpointUnreachable")
    assert "samples are kept" in " ".join(told.stdout.split())


def test_an_operator_that_does_not_answer_is_not_waited_for_for_ever(
    device: Device, operator: OperatorProcess, plugin: Plugin
) -> None:
    device.apply(endpoint=NOBODY_LISTENS)
    os.kill(operator.pid, signal.SIGSTOP)
    try:
        told = plugin("send-now", "--wait", "--timeout=1s")
    finally:
        os.kill(operator.pid, signal.SIGCONT)

    assert told.returncode == 2
    assert "the operator did not answer within 1 s" in told.stderr


def test_the_preview_is_what_then_arrives(device: Device, plugin: Plugin) -> None:
    with FaultReceiver(always(Answer(503))) as receiver:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "Retrying")
        shown = json.loads(plugin("preview", "-o", "json").stdout)
        text = plugin("preview").stdout
        receiver.script = always(Answer(204))
        device.wait_for("Reporting", "ReportDelivered", seconds=60)

    expected = {
        (tuple(sorted(series["labels"].items())), tuple(map(tuple, series["samples"])))
        for request in shown["requests"]
        for series in request["series"]
    }
    arrived = decode_request(receiver.requests[-1].body)
    assert expected == {
        (tuple(sorted(each.labels)), tuple((s[0], s[1]) for s in each.samples)) for each in arrived
    }
    assert text.startswith("# cluster: the next report, as it would be sent now\n")


def test_a_preview_of_nothing_says_so(device: Device, plugin: Plugin) -> None:
    device.apply(endpoint=NOBODY_LISTENS, status="Disabled")
    device.wait_for("Reporting", "Disabled")

    off, unknown = plugin("preview"), plugin("preview", "elsewhere")

    assert (off.returncode, unknown.returncode) == (1, 2)
    assert "spec.status is Disabled" in off.stderr
    assert "no TelemetryConfig" in unknown.stderr


def test_an_opt_out_says_what_is_deleted_and_an_opt_in_what_comes(
    device: Device, plugin: Plugin
) -> None:
    device.apply(endpoint=NOBODY_LISTENS, requested_at="1")
    device.wait_for("Reporting", "EndpointUnreachable")
    pending = device.status()["pendingSamples"]

    off = plugin("disable")
    off_again = plugin("disable")
    asked_while_off = plugin("send-now")
    on = plugin("enable")

    assert (off.returncode, off_again.returncode, asked_while_off.returncode) == (0, 0, 2)
    assert off.stdout.splitlines() == [
        "cluster is off: no samples are taken and no reports are sent",
        f"deleted: {pending} samples not sent yet",
    ]
    assert off_again.stdout == "cluster is already off\n"
    assert "kubectl telemetry enable cluster" in asked_while_off.stderr
    assert on.stdout.startswith("cluster is on: samples are taken; the first report is due in ")
    assert device.condition("Reporting")["reason"] != "Disabled"


def test_who_may_not_is_told_in_kubectls_own_words(device: Device, plugin: Plugin) -> None:
    device.apply(endpoint=NOBODY_LISTENS)

    told = plugin("status", "--as=ada")

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("kubectl telemetry: kubectl get telemetryconfigs")
    assert 'User "ada" cannot list resource "telemetryconfigs"' in told.stderr


def test_a_name_that_is_not_there_is_answered_with_those_that_are(
    device: Device, plugin: Plugin
) -> None:
    device.apply("plant", endpoint=NOBODY_LISTENS)

    told = plugin("send-now")

    said = "kubectl telemetry: TelemetryConfig cluster not found; existing ones: plant\n"
    assert (told.returncode, told.stderr) == (2, said)


def test_without_a_cluster_kubectl_says_what_is_wrong(plugin: Plugin) -> None:
    told = plugin("status", "--server=https://127.0.0.1:1", "--request-timeout=5s")

    assert told.returncode == 2
    assert "127.0.0.1:1" in told.stderr
    assert "Traceback" not in told.stderr


def test_without_the_operator_it_says_so(
    make_control_plane: Any, tools: Tools, tmp_path: Path
) -> None:
    bare: ControlPlane = make_control_plane()

    told = Plugin(tmp_path / "bin", tools.kubectl, bare.kubeconfig)("status")

    assert told.returncode == 2
    assert "the operator is not installed" in told.stderr


def test_kubectl_completes_it(device: Device, plugin: Plugin) -> None:
    """As a shell does: kubectl asks `kubectl_complete-telemetry`, and hands on its answer."""
    device.apply("plant", endpoint=NOBODY_LISTENS)

    def completed(*words: str) -> list[str]:
        done = subprocess.run(
            [plugin.kubectl, "__complete", "telemetry", *words],
            env=plugin.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return [line.partition("\t")[0] for line in done.stdout.splitlines()]

    assert completed("s") == ["status", "send-now", ":4"]
    assert completed("status", "") == ["plant", ":4"]
    assert completed("explain", "cluster_") == ["cluster_version", ":4"]
    assert completed("send-now", "--w") == ["--wait", ":4"]
    assert completed("status", "-o", "") == ["json", "yaml", ":4"]
