"""How many entries a list or a map may have: the operator judges, and the schema lets more pass."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from microshift_telemetry.spec.authorization import MAX_ENDPOINT_PARAMETERS, MAX_SCOPES
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.headers import MAX_HEADERS
from microshift_telemetry.spec.shaping import MAX_ANONYMIZED_LABELS, MAX_EXTERNAL_LABELS
from microshift_telemetry.spec.telemetry_config import parse_spec
from tests.support.go_toolchain import REPOSITORY

Object = dict[str, Any]
KEY = {"name": "client", "key": "id"}
OAUTH2 = {"clientId": {"secret": KEY}, "clientSecret": KEY, "tokenUrl": "https://login.example/"}


def oauth2(**members: Any) -> Object:
    return {"authorization": {"type": "OAuth2", "oauth2": OAUTH2 | members}}


def names(count: int) -> list[str]:
    return [f"name_{number}" for number in range(count)]


LIMITS: Mapping[str, tuple[int, Callable[[int], Object]]] = {
    "spec.headers": (
        MAX_HEADERS,
        lambda count: {"headers": [{"name": name, "value": "x"} for name in names(count)]},
    ),
    "spec.externalLabels": (
        MAX_EXTERNAL_LABELS,
        lambda count: {"externalLabels": dict.fromkeys(names(count), "x")},
    ),
    "spec.externalLabelsFrom": (
        MAX_EXTERNAL_LABELS,
        lambda count: {
            "externalLabelsFrom": [
                {"name": name, "valueFrom": {"nodeName": {}}} for name in names(count)
            ]
        },
    ),
    "spec.anonymizeLabels": (
        MAX_ANONYMIZED_LABELS,
        lambda count: {"anonymizeLabels": names(count)},
    ),
    "spec.authorization.oauth2.scopes": (MAX_SCOPES, lambda count: oauth2(scopes=names(count))),
    "spec.authorization.oauth2.endpointParams": (
        MAX_ENDPOINT_PARAMETERS,
        lambda count: oauth2(endpointParams=dict.fromkeys(names(count), "x")),
    ),
}


@pytest.mark.parametrize("field", LIMITS)
def test_one_entry_too_many_is_told_with_the_field_and_the_numbers(field: str) -> None:
    most, spec = LIMITS[field]

    assert parse_spec(spec(most)).enabled
    with pytest.raises(SpecError) as caught:
        parse_spec(spec(most + 1))
    assert str(caught.value) == (
        f"{field}: has {most + 1} entries, at most {most} are allowed; entries from a manifest "
        "and from later edits add up"
    )


def test_the_schema_lets_four_times_as_many_pass_wherever_it_counts() -> None:
    crd = yaml.safe_load((REPOSITORY / "crds" / "telemetryconfigs.yaml").read_text())
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]

    assert dict(counted_below(schema, "spec")) == {
        field: 4 * most for field, (most, _) in LIMITS.items()
    }


def counted_below(schema: Object, path: str) -> list[tuple[str, int]]:
    most = schema.get("maxItems", schema.get("maxProperties"))
    own = [] if most is None else [(path, most)]
    children = schema.get("properties", {}).items()
    return own + [
        found for name, child in children for found in counted_below(child, f"{path}.{name}")
    ]
