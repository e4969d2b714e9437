"""Bad input of every kind: a condition and a log line that say what to do, and life goes on."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.loose_crd import NONSENSE, without_validation
from tests.support.certificates import Authority
from tests.support.device import Device
from tests.support.fault_receiver import FaultReceiver
from tests.support.operator_process import OperatorProcess
from tests.support.waiting import wait_for

CANARY = "c4n4ry"


def _missing(file: Path) -> None:
    file.unlink(missing_ok=True)


def _not_json(file: Path) -> None:
    file.write_text(f"{{{CANARY}")


def _opted_out(file: Path) -> None:
    file.write_text(json.dumps({"auths": {"quay.io": {"auth": CANARY}}}))


def _a_directory(file: Path) -> None:
    file.unlink(missing_ok=True)
    file.mkdir()


@pytest.mark.parametrize(
    ("spoil", "reason", "said"),
    [
        (_missing, "CredentialsMissing", "no such file"),
        (_not_json, "CredentialsMissing", "not a JSON object"),
        (_opted_out, "OptedOut", "opted out"),
        (_a_directory, "CredentialsMissing", "not a regular file"),
    ],
    ids=["missing", "not json", "opted out", "a directory"],
)
def test_an_unusable_pull_secret_is_named_and_used_once_it_is_there(
    device: Device, tmp_path: Path, spoil: Callable[[Path], None], reason: str, said: str
) -> None:
    authority, good = Authority(tmp_path / "authority"), device.pull_secret.read_text()
    device.create_config_map("ca", bundle=authority.ca_file.read_text())
    spoil(device.pull_secret)

    with (
        FaultReceiver(authority=authority) as receiver,
        device.operator(TELEMETRY_PULL_SECRET_HOSTS="127.0.0.1") as operator,
    ):
        device.apply(
            endpoint=receiver.url,
            authorization={"type": "PullSecret"},
            tlsConfig={"ca": {"configMap": {"name": "ca", "key": "bundle"}}},
            requested_at="1",
        )
        found = device.wait_for("Reporting", reason)
        assert "/etc/crio/openshift-pull-secret" in found["message"]
        assert said in found["message"]
        assert receiver.connections == []
        if device.pull_secret.is_dir():
            device.pull_secret.rmdir()
        device.pull_secret.write_text(good)
        device.wait_for("Reporting", "ReportDelivered")
        assert_calm(operator)


def test_a_missing_secret_is_named_and_used_once_it_is_there(
    device: Device, tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "authority")
    device.create_config_map("ca", bundle=authority.ca_file.read_text())
    with FaultReceiver(authority=authority) as receiver, device.operator() as operator:
        device.apply(
            endpoint=receiver.url,
            authorization={
                "type": "Bearer",
                "bearer": {"credentials": {"name": "receiver", "key": "token"}},
            },
            tlsConfig={"ca": {"configMap": {"name": "ca", "key": "bundle"}}},
            requested_at="1",
        )
        found = device.wait_for("Reporting", "CredentialsMissing")
        assert found["message"] == (
            "Secret receiver, key token: not found in namespace microshift-telemetry; samples "
            "are kept, and the operator retries"
        )
        device.create_secret("receiver", other=CANARY)
        wait_for(
            "the missing key to be named",
            lambda: (
                'has no key "token"; its keys are: other'
                in device.condition("Reporting")["message"]
            ),
            30,
        )
        device.create_secret("receiver", token="fine")
        device.wait_for("Reporting", "ReportDelivered")
        assert_calm(operator)


def test_a_ca_that_is_none_is_named(device: Device) -> None:
    device.create_config_map("ca", bundle="-----BEGIN NONSENSE-----")
    with device.operator() as operator:
        device.apply(
            endpoint="https://127.0.0.1:9/",
            tlsConfig={"ca": {"configMap": {"name": "ca", "key": "bundle"}}},
            requested_at="1",
        )
        found = device.wait_for("Reporting", "InvalidSpec")
        assert "spec.tlsConfig.ca" in found["message"]
        assert_calm(operator)


@pytest.mark.parametrize("scheme", ["http", "HTTP", "Http"])
def test_no_credential_goes_over_plain_http_in_any_letter_case(device: Device, scheme: str) -> None:
    device.create_secret("receiver", token=CANARY)
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(
            endpoint=receiver.url.replace("http", scheme, 1),
            authorization={
                "type": "Bearer",
                "bearer": {"credentials": {"name": "receiver", "key": "token"}},
            },
            requested_at="1",
        )
        found = device.wait_for("Reporting", "CredentialsRefused")
        assert "plain http" in found["message"]
        assert receiver.connections == []
        assert_calm(operator)


def test_the_pull_secret_goes_to_no_foreign_host(device: Device, tmp_path: Path) -> None:
    with (
        FaultReceiver(authority=Authority(tmp_path / "authority")) as receiver,
        device.operator() as operator,
    ):
        device.apply(endpoint=receiver.url, authorization={"type": "PullSecret"}, requested_at="1")
        found = device.wait_for("Reporting", "CredentialsRefused")
        assert "127.0.0.1" in found["message"]
        assert receiver.connections == []
        assert_calm(operator)


@pytest.mark.parametrize(
    "tls", [{"insecureSkipVerify": True}, {"serverName": "localhost"}], ids=["any", "another"]
)
def test_the_pull_secret_goes_to_no_host_that_proves_to_be_another(
    device: Device, tmp_path: Path, tls: dict[str, object]
) -> None:
    """As whoever edits the resource may try, with a proxy that leads to a host of his own."""
    authority = Authority(tmp_path / "authority")
    device.create_config_map("ca", bundle=authority.ca_file.read_text())
    with (
        FaultReceiver(authority=authority) as receiver,
        device.operator(TELEMETRY_PULL_SECRET_HOSTS="127.0.0.1") as operator,
    ):
        device.apply(
            endpoint=receiver.url,
            authorization={"type": "PullSecret"},
            tlsConfig={"ca": {"configMap": {"name": "ca", "key": "bundle"}}, **tls},
            requested_at="1",
        )
        found = device.wait_for("Reporting", "CredentialsRefused")
        assert found["message"].startswith(f"spec.tlsConfig.{next(iter(tls))}: ")
        assert receiver.connections == []
        assert_calm(operator)


def test_an_own_endpoint_without_authorization_gets_no_credential(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator():
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")

    assert "authorization" not in receiver.requests[0].headers
    assert device.status()["effective"]["authorization"] == "None"


def test_a_broken_file_of_the_device_costs_its_own_series_only(device: Device) -> None:
    release = device.host_root / "usr" / "lib" / "os-release"
    release.write_text('ID="rhel"\n')
    images = device.host_root / "var/lib/containers/storage/overlay-images/images.json"
    images.write_text('[{"id": "a"}, {"id"')
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        found = device.wait_for("Sampling", "PartialFailure")
        device.wait_for("Reporting", "ReportDelivered")
        assert found["status"] == "True"
        assert "VERSION_ID" in found["message"]
        assert "images.json" in found["message"]
        assert device.condition("Ready")["status"] == "True"
        assert_calm(operator)


def test_a_spec_that_the_crd_would_refuse_is_named_and_left_again(own_device: Device) -> None:
    device = own_device
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        with without_validation(device):
            device.apply(endpoint=NONSENSE, requested_at="2")
        found = device.wait_for("Reporting", "InvalidSpec")
        assert found["message"] == "spec.endpoint: the scheme is not http or https"
        device.apply(endpoint=receiver.url, requested_at="3")
        device.wait_until_handled("3")
        assert device.condition("Reporting")["reason"] == "ReportDelivered"
        assert_calm(operator)


@pytest.mark.timeout(400)
def test_an_api_server_that_is_away_stops_no_timer(own_device: Device) -> None:
    """Longer than kopf's own retries last (54 s), in which a failed PATCH of its would stop one."""
    device = own_device
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(
            endpoint=receiver.url,
            sendingInterval="1m",
            samplingInterval="1m",
            requested_at="1",
        )
        device.wait_for("Reporting", "ReportDelivered")
        device.control_plane.stop_api_server()
        time.sleep(90)
        away = len(receiver.requests)
        device.control_plane.start_api_server()
        receiver.wait_for_requests(away + 1, 90)
        device.wait_for("Sampling", "SamplesCollected", seconds=90)

        assert operator.exit_code is None
        assert operator.health() == 200
        assert "Traceback" not in operator.log()


def assert_calm(operator: OperatorProcess) -> None:
    assert "Traceback" not in operator.log()
    assert "internal error" not in operator.log()
    assert CANARY not in operator.log()
    assert operator.health() == 200
