"""What a support case is not told."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.spec.telemetry_config import REQUESTED_AT
from microshift_telemetry_cli.redaction import HIDDEN, redacted, scrubbed
from tests.support.go_toolchain import REPOSITORY

CANARY = "Xq7-canary-9Zt4.w_K2"


@pytest.mark.parametrize(
    "text",
    [
        f"POST https://ada:{CANARY}@receiver.example/write failed",
        f"GET https://receiver.example/write?token={CANARY}&x=1: 401",
        f"GET HTTPS://receiver.example/write?sig={CANARY}: 401",
        f"(https://receiver.example/write?sig=it's-{CANARY}), tried",
        f"https://receiver.example/write?sig=a)-{CANARY}",
        f'"https://receiver.example/write?sig=a"b-{CANARY}"',
        f"POST https://ada:p@{CANARY}@receiver.example/write",
        f"https://ada:it's-{CANARY}@receiver.example/write",
        f"Authorization: Bearer {CANARY}",
        f"authorization: basic {CANARY}",
        f"token={CANARY}",
        f"Password={CANARY}; next",
        f"refresh_token={CANARY}",
        f"token='{CANARY}'",
        f'secret="{CANARY}"',
        f"token=it's-{CANARY}",
        json.dumps({"refresh_token": f"it's-\"{CANARY}"}),
        f"{{'token': 'a\"{CANARY}'}}",
        f"x_eyJhbGciOiJSUzI1NiJ9.{CANARY}",
        f'{{"access_token": "{CANARY}", "n": 1}}',
        json.dumps(json.dumps({"token": CANARY})),
        f"eyJhbGciOiJSUzI1NiJ9.{CANARY}",
        f"-----BEGIN EC PRIVATE KEY-----\n{CANARY}\n-----END EC PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{CANARY}",
    ],
)
def test_what_looks_like_a_credential_is_left_out_of_a_text(text: str) -> None:
    assert CANARY not in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "the receiver does not accept our credentials (401: no); check spec.authorization",
        "Secret receiver has no key token; its keys are: password, token",
        "the token server login.example:443: no answer within 30 s",
        "image registry.example.com/telemetry@sha256:5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f",
        "delivered: requests=3 samples=293 bytes=5123",
        "key token: no such key",
    ],
)
def test_what_tells_of_a_fault_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    "value",
    [
        {"headers": [{"name": "X-Key", "value": CANARY}]},
        {"httpGet": {"httpHeaders": [{"name": "X-Key", "value": CANARY}]}},
        {"oauth2": {"endpointParams": {"key": CANARY}}},
        {"env": [{"name": "HTTPS_PROXY", "value": f"http://ada:{CANARY}@proxy:3128"}]},
        {"env": [{"name": "TELEMETRY_X", "value": f"http://ada:{CANARY}@proxy:3128"}]},
        {"containers": [{"args": ["--key", CANARY], "command": ["sh", "-c", CANARY]}]},
        {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": CANARY}},
        {"managedFields": [{"f:x": CANARY}]},
        {"password": CANARY, "token": CANARY},
        {"kind": "ConfigMap", "data": {"a": CANARY}, "binaryData": {"b": CANARY}},
        {"kind": "Secret", "data": {"a": CANARY}, "stringData": {"b": CANARY}},
        {"endpoint": f"https://receiver.example/write?key={CANARY}"},
        {"endpoint": f"HTTPS://receiver.example/write?key=a {CANARY}"},
        {"tokenUrl": f"https://login.example/?key=)' {CANARY}"},
        {"url": f"https://receiver.example/write?key=a b {CANARY}"},
        {"proxyUrl": f"http://ada:{CANARY}@proxy:3128/?{CANARY}"},
        {"lifecycle": {"pushgatewayUrl": f"http://ada:{CANARY}@gateway:9091/?{CANARY}"}},
        {"message": f"https://ada:{CANARY}@proxy:3128 does not answer"},
    ],
    ids=lambda value: next(iter(value)),
)
def test_where_a_person_may_have_written_one_it_is_left_out_of_an_object(value: Any) -> None:
    shown = json.dumps(scrubbed({"items": [{"metadata": value, "spec": value}]}))

    assert CANARY not in shown


def test_what_helps_is_kept() -> None:
    value = {
        "annotations": {REQUESTED_AT: "1"},
        "env": [
            {"name": "TELEMETRY_LISTEN", "value": ":8080"},
            {
                "name": "TELEMETRY_NODE_NAME",
                "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}},
            },
        ],
        "headers": [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "a", "key": "token"}}}],
        "bearer": {"credentials": {"name": "receiver", "key": "token"}},
        "proxyBasicAuth": {"password": {"name": "proxy", "key": "password"}},
        "labels": {"__name__": "microshift_lifecycle_invocation", "command": "install"},
    }

    assert scrubbed(value) == value
    assert scrubbed({"headers": [{"name": "X-Scope-OrgID", "value": "plant"}]}) == {
        "headers": [{"name": "X-Scope-OrgID", "value": HIDDEN}]
    }


def test_what_closes_a_quotation_is_no_part_of_an_address() -> None:
    text = 'POST "https://receiver.example/write?key=abc": 401 (see https://a.example/?b=c), again'

    assert redacted(text) == (
        f'POST "https://receiver.example/write?{HIDDEN}": 401 '
        f"(see https://a.example/?{HIDDEN}), again"
    )


def test_every_text_of_a_spec_in_which_a_credential_may_stand_is_hidden() -> None:
    """A field that the schema gets later is looked at: it is hidden, or it is named here."""
    crd = yaml.safe_load((REPOSITORY / "crds" / "telemetryconfigs.yaml").read_text())
    spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    open_texts = {
        *("status", "sendingInterval", "samplingInterval", "endpoint", "type", "name", "key"),
        *("tokenUrl", "scopes", "proxyUrl", "serverName", "minVersion", "externalLabels"),
        *("aggregation", "usageUnit", "exclude", "anonymizeLabels", "maxAge", "maxVersion"),
        *("nodeLabel", "selfMetrics", "pushgatewayUrl", "protocol"),
    }

    assert set(_texts(spec)) - open_texts == {"endpointParams", "value"}


def _texts(schema: Any, name: str = "") -> list[str]:
    """Name the fields that hold a text."""
    if schema.get("type") == "string":
        return [name]
    found = [
        each for key, inner in schema.get("properties", {}).items() for each in _texts(inner, key)
    ]
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        found += _texts(inner, name) if isinstance(inner, dict) else []
    return found


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
        max_leaves=10,
    )
)
def test_anything_can_be_scrubbed(value: Any) -> None:
    json.dumps(scrubbed(value))
