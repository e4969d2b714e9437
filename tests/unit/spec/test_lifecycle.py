"""`spec.lifecycle`: what is told, to whom, and the names of the fields that were changed."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from microshift_telemetry.spec.change import usable_at_once
from microshift_telemetry.spec.effective import effective_from
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.lifecycle import SPEC_FIELDS
from microshift_telemetry.spec.shaping import DURATION, LIFECYCLE_METRICS
from microshift_telemetry.spec.telemetry_config import parse_spec

CRD = Path(__file__).parents[3] / "crds" / "telemetryconfigs.yaml"
ON = {"lifecycle": {"status": "Enabled"}}
PUSHED = {"lifecycle": {"status": "Enabled", "pushgatewayUrl": "http://gateway.example:9091/"}}


def fields_of_the_schema() -> set[str]:
    [version] = yaml.safe_load(CRD.read_text())["spec"]["versions"]
    return set(version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"])


def test_every_field_of_the_schema_can_be_told() -> None:
    assert fields_of_the_schema() <= set(SPEC_FIELDS)
    assert list(SPEC_FIELDS) == sorted(SPEC_FIELDS)


@pytest.mark.parametrize(
    ("spec", "modified"),
    [
        (ON, ("lifecycle",)),
        ({**ON, "status": "Enabled"}, ("lifecycle",)),
        (
            {**ON, "sendingInterval": "1h", "unheardOf": "a"},
            ("lifecycle", "sendingInterval"),
        ),
        ({**ON, "headers": None, "endpoint": "http://a.example"}, ("endpoint", "lifecycle")),
    ],
)
def test_fields_are_told_by_names_that_the_schema_has(
    spec: dict[str, Any], modified: tuple[str, ...]
) -> None:
    lifecycle = parse_spec(spec).lifecycle

    assert lifecycle is not None
    assert lifecycle.modified == modified


@pytest.mark.parametrize(
    "lifecycle",
    [None, {}, {"status": "Disabled"}, {"pushgatewayUrl": "http://gateway.example"}],
)
def test_nothing_is_told_unless_it_is_enabled(lifecycle: object) -> None:
    spec = effective_from(parse_spec({"lifecycle": lifecycle}))

    assert spec.lifecycle is None
    assert spec.gateway is None
    assert spec.excluded >= LIFECYCLE_METRICS


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://gateway.example", "the scheme is not http or https"),
        ("https://user:word@gateway.example", "contains credentials"),
        ("https://", "has no host"),
        ("https://gateway.example/?token=word", "has a query or a fragment"),
        ("https://gateway.example/#x", "has a query or a fragment"),
        (7, "not a string"),
    ],
)
def test_a_url_that_cannot_be_used_is_named_and_not_quoted(url: object, said: str) -> None:
    with pytest.raises(SpecError, match=r"^spec\.lifecycle\.pushgatewayUrl: ") as caught:
        parse_spec({"lifecycle": {"status": "Enabled", "pushgatewayUrl": url}})

    assert said in str(caught.value)
    assert "word" not in str(caught.value)


def test_a_gateway_takes_the_place_of_the_reports() -> None:
    with_reports, pushed = (effective_from(parse_spec(each)) for each in (ON, PUSHED))

    assert with_reports.excluded.isdisjoint(LIFECYCLE_METRICS)
    assert pushed.excluded >= LIFECYCLE_METRICS
    assert pushed.gateway is not None
    assert pushed.lifecycle is not None
    assert pushed.lifecycle.metrics == LIFECYCLE_METRICS


def test_an_exclusion_holds_for_a_gateway_too() -> None:
    spec = effective_from(parse_spec({**PUSHED, "metrics": {"exclude": [DURATION]}}))

    assert spec.lifecycle is not None
    assert spec.lifecycle.metrics == LIFECYCLE_METRICS - {DURATION}


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        pytest.param(ON, ON, True, id="the same"),
        pytest.param(PUSHED, {**PUSHED, "sendingInterval": "1h"}, True, id="another field"),
        pytest.param({}, ON, False, id="enabled"),
        pytest.param(ON, {}, False, id="disabled"),
        pytest.param(ON, PUSHED, False, id="a gateway"),
        pytest.param(
            PUSHED,
            {"lifecycle": {"status": "Enabled", "pushgatewayUrl": "http://other.example"}},
            False,
            id="another gateway",
        ),
    ],
)
def test_what_an_edit_allows_waits_until_it_has_settled(
    before: dict[str, Any],
    after: dict[str, Any],
    is_told: bool,  # noqa: FBT001  # a case
) -> None:
    in_force, newest = (effective_from(parse_spec(each)) for each in (before, after))

    usable = usable_at_once(in_force, newest)

    assert usable is not None
    assert (usable.lifecycle is not None) is is_told
