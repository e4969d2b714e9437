from pathlib import Path

import pytest

from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.fields import Fields
from microshift_telemetry.spec.headers import PROTOCOL_HEADERS, Header, parse_headers
from microshift_telemetry.spec.references import KeyReference

CRD = Path(__file__).parents[3] / "crds" / "telemetryconfigs.yaml"
SECRET = {"secretKeyRef": {"name": "tenants", "key": "mine"}}


def parse(*headers: object) -> tuple[Header, ...]:
    return parse_headers(Fields({"headers": list(headers)}, "spec"))


def test_a_value_is_said_or_comes_from_a_secret() -> None:
    headers = parse(
        {"name": "X-Scope-OrgID", "value": "devices of the north"},
        {"name": "X-Key", "value": "not this one", "valueFrom": SECRET},
    )

    assert headers == (
        Header("X-Scope-OrgID", "devices of the north"),
        Header("X-Key", KeyReference("Secret", "tenants", "mine")),
    )


def test_of_two_that_http_takes_for_one_the_later_counts() -> None:
    headers = parse({"name": "x-tenant", "value": "a"}, {"name": "X-Tenant", "value": "b"})

    assert headers == (Header("X-Tenant", "b"),)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        pytest.param({"value": "a"}, "name", id="no-name"),
        pytest.param({"name": "X Y", "value": "a"}, "name", id="a-space"),
        pytest.param({"name": "X:", "value": "a"}, "name", id="a-colon"),
        pytest.param({"name": "X\r\nHost", "value": "a"}, "name", id="a-line-break"),
        pytest.param({"name": "Größe", "value": "a"}, "name", id="not-ascii"),
        pytest.param({"name": "X"}, "value", id="no-value"),
        pytest.param({"name": "X", "value": "a\r\nHost: b"}, "value", id="a-header-inside"),
        pytest.param({"name": "X", "value": " a"}, "value", id="a-space-in-front"),
        pytest.param({"name": "X", "valueFrom": {"a": 1}}, "valueFrom.secretKeyRef.name", id="ref"),
        pytest.param({"name": "X", "valueFrom": "a"}, "valueFrom", id="a-text-for-a-reference"),
    ],
)
def test_what_can_be_no_header_is_named(header: object, field: str) -> None:
    with pytest.raises(SpecError, match=rf"^spec\.headers\[0\]\.{field}: "):
        parse(header)


@pytest.mark.parametrize("name", sorted(PROTOCOL_HEADERS))
def test_what_the_protocol_sets_is_refused_in_any_letter_case(name: str) -> None:
    for spelled in (name, name.upper(), name.title()):
        with pytest.raises(SpecError, match="set by the protocol"):
            parse({"name": spelled, "value": "a"})


def test_the_api_server_refuses_the_same_names() -> None:
    rule = CRD.read_text().partition("self.lowerAscii() in [")[2].partition("]")[0]

    assert {name.strip(" '\n") for name in rule.split(",")} == PROTOCOL_HEADERS
