"""The status: what the operator may write, and what `kubectl get` makes of it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from microshift_telemetry.clock import SystemClock
from microshift_telemetry.status.reasons import ReportingReason, SamplingReason
from tests.crd.rule import Object
from tests.crd.telemetry_configs import RefusedError, TelemetryConfigs
from tests.support.control_plane import ControlPlane

NAME = "status"
TIME = "2026-08-01T12:00:00Z"


def condition(**changes: Any) -> Object:
    return {
        "type": "Ready",
        "status": "True",
        "observedGeneration": 1,
        "lastTransitionTime": TIME,
        "reason": "ReportDelivered",
        "message": "accepted by the receiver",
        **changes,
    }


LAST_REPORT = {
    "time": TIME,
    "series": 17,
    "samples": 270,
    "bytes": 2158,
    "requests": 2,
    "statusCode": 204,
    "durationMillis": 310,
    "fresh": True,
    "refused": 24,
    "maybeStored": 12,
}


def status(**changes: Any) -> Object:
    return {
        "observedGeneration": 1,
        "lastOptOutGeneration": 1,
        "clusterID": "b7b0c7d4-5d1c-4b5e-9e0c-6c1c7a1f2d3e",
        "operatorVersion": "0.1.0",
        "lastHandledRequestedAt": "now",
        "effective": {
            "status": "Enabled",
            "sendingInterval": "24h",
            "samplingInterval": "1h",
            "protocol": "RemoteWrite",
            "endpoint": "https://infogw.api.openshift.com/metrics/v1/receive",
            "authorization": "PullSecret",
            "aggregation": "Auto",
        },
        "lastSampleTime": TIME,
        "nextSampleTime": TIME,
        "lastReportTime": TIME,
        "nextReportTime": TIME,
        "oldestPendingTime": TIME,
        "pendingSamples": 120,
        "droppedSamples": 1 << 40,
        "lastReport": LAST_REPORT,
        "lastLoss": {"time": TIME, "samples": 24, "from": TIME, "to": TIME, "reason": "Refused"},
        "conditions": [
            condition(),
            condition(type="Sampling", reason="SamplesCollected"),
            condition(type="Reporting", status="Unknown", reason="ReportPending", message=""),
        ],
        **changes,
    }


@pytest.fixture(autouse=True)
def _an_object(telemetry_configs: TelemetryConfigs) -> Iterator[None]:
    telemetry_configs.create(NAME, {})
    yield
    telemetry_configs.delete(NAME)


def test_every_field_of_a_status_is_kept(telemetry_configs: TelemetryConfigs) -> None:
    written = telemetry_configs.write_status(NAME, status())

    assert written["status"] == status()


def test_conditions_of_another_writer_survive(telemetry_configs: TelemetryConfigs) -> None:
    foreign = condition(type="site.example.com/Approved")
    telemetry_configs.write_status(NAME, {"conditions": [foreign]}, writer="somebody-else")

    written = telemetry_configs.write_status(NAME, status())

    assert foreign in written["status"]["conditions"]
    assert len(written["status"]["conditions"]) == 4


def test_a_status_written_twice_changes_nothing(telemetry_configs: TelemetryConfigs) -> None:
    first = telemetry_configs.write_status(NAME, status())

    second = telemetry_configs.write_status(NAME, status())

    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": "Perhaps"}, "status"),
        ({"reason": ""}, "reason"),
        ({"reason": "no camel"}, "reason"),
        ({"lastTransitionTime": "yesterday"}, "lastTransitionTime"),
        ({"observedGeneration": -1}, "observedGeneration"),
        ({"message": "m" * 32769}, "message"),
    ],
    ids=lambda value: None if isinstance(value, dict) else value,
)
def test_a_condition_that_is_none_is_refused(
    telemetry_configs: TelemetryConfigs, changes: Object, field: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        telemetry_configs.write_status(NAME, {"conditions": [condition(**changes)]})

    # Kubernetes 1.30 names a field of the status from the status on.
    assert {complaint.field.removeprefix("status.") for complaint in refused.value.complaints} == {
        f"conditions[].{field}"
    }


def test_one_line_tells_whether_it_works_and_when_it_has_reported(
    control_plane: ControlPlane, telemetry_configs: TelemetryConfigs
) -> None:
    three_hours_ago = SystemClock().now() - timedelta(hours=3, minutes=10)
    telemetry_configs.write_status(
        NAME, status(lastReportTime=three_hours_ago.strftime("%Y-%m-%dT%H:%M:%SZ"))
    )

    header, line = control_plane.kubectl("get", "tcfg", NAME).splitlines()

    assert re.split(r"\s{2,}", header) == [
        *("NAME", "STATUS", "READY", "REASON", "LAST REPORT", "PENDING", "AGE")
    ]
    assert line.split()[:-1] == [NAME, "Enabled", "True", "ReportDelivered", "3h10m", "120"]


def test_the_line_fits_a_terminal_whatever_the_reason(
    control_plane: ControlPlane, telemetry_configs: TelemetryConfigs
) -> None:
    longest = max((*ReportingReason, *SamplingReason), key=len)
    telemetry_configs.write_status(
        NAME, status(conditions=[condition(reason=longest, status="False")])
    )

    lines = control_plane.kubectl("get", "tcfg", NAME).splitlines()

    assert longest in lines[1]
    assert max(map(len, lines)) <= 80


def test_a_wide_line_has_the_next_report_where_it_goes_and_the_message(
    control_plane: ControlPlane, telemetry_configs: TelemetryConfigs
) -> None:
    telemetry_configs.write_status(NAME, status())

    header, line = control_plane.kubectl("get", "tcfg", NAME, "--output=wide").splitlines()

    assert header.endswith("MESSAGE")
    where = "RemoteWrite   https://infogw.api.openshift.com/metrics/v1/receive"
    assert f"{TIME}   {where}   accepted by" in line


@pytest.mark.parametrize("category", ["microshift", "telemetry"])
def test_a_category_lists_it(control_plane: ControlPlane, category: str) -> None:
    assert f"/{NAME}\n" in control_plane.kubectl("get", category, "--output=name")


def test_what_pages_say_of_describe_and_of_the_operators_version_is_shown(
    telemetry_configs: TelemetryConfigs, control_plane: ControlPlane
) -> None:
    """README and docs/conditions.md send to `kubectl describe`, docs/upgrade.md to the version."""
    said = [
        condition(type=kind, reason=f"{kind}Reason", message=f"what to do about {kind}")
        for kind in ("Ready", "Sampling", "Reporting")
    ]
    telemetry_configs.write_status(NAME, status(conditions=said))

    described = control_plane.kubectl("describe", "tcfg", NAME)
    version = "--output=jsonpath={.status.operatorVersion}"

    for each in said:
        assert re.search(rf"Reason: +{each['reason']}\n", described)
        assert re.search(rf"Type: +{each['type']}\n", described)
        assert f"{each['message']}\n" in described
    assert control_plane.kubectl("get", "tcfg", NAME, version) == "0.1.0"


def test_an_edit_of_the_spec_leaves_the_status_alone(telemetry_configs: TelemetryConfigs) -> None:
    telemetry_configs.write_status(NAME, status())

    edited = telemetry_configs.edit(NAME, {"status": "Disabled"})

    assert edited["status"] == status()
    assert edited["metadata"]["generation"] == 2
