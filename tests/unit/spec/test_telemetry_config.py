from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.spec.authorization import PullSecret
from microshift_telemetry.spec.duration import parse_duration
from microshift_telemetry.spec.endpoint import parse_endpoint
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.references import KeyReference
from microshift_telemetry.spec.telemetry_config import (
    REQUESTED_AT,
    Spec,
    TelemetryConfig,
    parse_spec,
    telemetry_config_from,
)
from microshift_telemetry.spec.tls import TlsConfig
from tests.unit.factories import a_telemetry_config
from tests.unit.sources.surroundings import damaged_json, json_values

CA = {"ca": {"secret": {"name": "roots", "key": "ca.crt"}}}
FULL = {
    "status": "Enabled",
    "sendingInterval": "1h30m",
    "samplingInterval": "90s",
    "endpoint": "https://a.example/write",
    "authorization": {"type": "PullSecret"},
    "tlsConfig": CA,
    "aggregation": "None",
    "usageUnit": "Absolute",
    "externalLabels": {"site": "north"},
    "metrics": {"exclude": ["images"]},
    "buffer": {"maxAge": "240h"},
    "selfMetrics": "Enabled",
    "reportHistoryLimit": 0,
}


def test_a_full_spec_is_read_field_by_field() -> None:
    assert parse_spec(FULL) == Spec(
        enabled=True,
        sending_interval=timedelta(minutes=90),
        sampling_interval=timedelta(seconds=90),
        endpoint=parse_endpoint("https://a.example/write", "spec.endpoint"),
        authorization=PullSecret(),
        tls=TlsConfig(KeyReference("Secret", "roots", "ca.crt")),
        aggregation="None",
        usage_unit="Absolute",
        max_age=timedelta(hours=240),
        external_labels=(("site", "north"),),
        excluded=frozenset({"images"}),
        has_self_metrics=True,
        report_history_limit=0,
    )


@pytest.mark.parametrize(
    "spec", [None, {}, {"status": "Enabled"}, {"status": ""}, {"endpoint": ""}]
)
def test_a_spec_that_says_nothing_is_enabled(spec: object) -> None:
    assert parse_spec(spec) == Spec()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "disabled"),
        ("status", True),
        ("sendingInterval", "59s"),
        ("sendingInterval", "744h1s"),
        ("sendingInterval", "daily"),
        ("sendingInterval", 60),
        ("samplingInterval", "59s"),
        ("samplingInterval", "999999999h" * 30),
        ("endpoint", "ftp://a.example"),
        ("endpoint", ["https://a.example"]),
        ("authorization", "PullSecret"),
        ("authorization.type", "Token"),
        ("tlsConfig", "none"),
        ("tlsConfig.ca", 1),
        ("aggregation", "Sum"),
        ("usageUnit", "percent"),
        ("externalLabels", ["site"]),
        ("proxyUrl", "socks5://proxy.example"),
        ("proxyUrl", "http://me:secret@proxy.example"),
        ("headers", {"name": "X"}),
        ("metrics", 5),
        ("buffer", "1h"),
        ("buffer.maxAge", "59m"),
        ("buffer.maxAge", "8761h"),
        ("reportHistoryLimit", -1),
        ("reportHistoryLimit", 101),
        ("reportHistoryLimit", "7"),
        ("reportHistoryLimit", True),
    ],
)
def test_a_field_that_cannot_be_used_is_named(field: str, value: object) -> None:
    outer, _, inner = field.partition(".")
    spec = {outer: {inner: value} if inner else value}

    with pytest.raises(SpecError, match=rf"^spec\.{field}: "):
        parse_spec(spec)


@pytest.mark.parametrize("spec", ["", [], "Enabled", 7, False])
def test_a_spec_that_is_no_object_is_named(spec: object) -> None:
    with pytest.raises(SpecError, match=r"^spec: not an object$"):
        parse_spec(spec)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("sendingInterval", "1m"),
        ("sendingInterval", "744h"),
        ("samplingInterval", "1m"),
        ("maxAge", "1h"),
        ("maxAge", "8760h"),
    ],
)
def test_the_bounds_of_a_duration_belong_to_it(field: str, text: str) -> None:
    duration = parse_duration(text)

    spec = parse_spec({"buffer": {field: text}} if field == "maxAge" else {field: text})

    assert duration in (spec.sending_interval, spec.sampling_interval, spec.max_age)


@pytest.mark.parametrize(
    "spec",
    [
        {"proxyUrl": "", "headers": [], "externalLabels": {}, "anonymizeLabels": None},
        {"tlsConfig": {"insecureSkipVerify": False}},
        {"metrics": {"exclude": []}},
    ],
)
def test_a_field_that_says_nothing_is_no_matter(spec: object) -> None:
    assert parse_spec(spec) == Spec()


@given(st.dictionaries(st.sampled_from(sorted(FULL)), json_values))
def test_an_opt_out_counts_whatever_else_the_spec_holds(spec: dict[str, object]) -> None:
    assert parse_spec({**spec, "status": "Disabled"}) == Spec(enabled=False)


def test_an_object_is_read_with_its_identity() -> None:
    body = a_telemetry_config({"status": "Disabled"}, {REQUESTED_AT: "2"})

    assert telemetry_config_from(body) == TelemetryConfig(
        name="cluster",
        uid="0c1d6d8e-3f1f-4c0a-8d3f-6b1f3a5e7c90",
        created="2026-01-20T12:00:00Z",
        generation=3,
        spec=Spec(enabled=False),
        requested_at="2",
        is_deleted=False,
        status={"observedGeneration": 2, "conditions": []},
    )


@pytest.mark.parametrize("annotations", [None, {}, {"a": "b"}, {REQUESTED_AT: None}])
def test_without_its_annotation_nothing_is_requested(annotations: object) -> None:
    body = a_telemetry_config()
    body["metadata"]["annotations"] = annotations

    assert telemetry_config_from(body).requested_at is None


def test_what_is_wrong_with_a_spec_takes_its_place() -> None:
    config = telemetry_config_from(a_telemetry_config({"usageUnit": "Furlong"}))

    assert isinstance(config.spec, SpecError)
    assert str(config.spec).startswith("spec.usageUnit: 'Furlong' is not one of ")


def test_an_object_on_its_way_out_is_known_as_such() -> None:
    body = a_telemetry_config()
    body["metadata"]["deletionTimestamp"] = "2026-01-20T12:00:00Z"

    assert telemetry_config_from(body).is_deleted


@given(damaged_json(a_telemetry_config(FULL, {REQUESTED_AT: "1"})["spec"]))
def test_a_damaged_spec_is_a_spec_or_names_its_field(spec: Any) -> None:
    config = telemetry_config_from(a_telemetry_config() | {"spec": spec})

    assert isinstance(config.spec, Spec) or str(config.spec).startswith("spec")


@given(json_values, json_values)
def test_what_surrounds_a_spec_does_no_harm(annotations: Any, status: Any) -> None:
    body = a_telemetry_config() | {"status": status}
    body["metadata"]["annotations"] = annotations

    config = telemetry_config_from(body)

    assert isinstance(config.spec, Spec)
    assert config.status == (status if isinstance(status, dict) else {})
