"""What `kubectl explain` lists of a field's values is what the schema and the code have."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from microshift_telemetry.sample.metrics import CATALOGUE, LIFECYCLE_CATALOGUE, RESOURCES
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.status import body
from microshift_telemetry.status.reasons import ConditionStatus, ConditionType
from tests.support.life import a_config

CRD = Path(__file__).parents[2] / "crds" / "telemetryconfigs.yaml"
WORD = re.compile(r"[\w.:]*\w")

Schema = Mapping[str, Any]


def fields_below(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    """Give every field with its path; what is said of a list's items, is said of the list."""
    for name, field in schema.get("properties", {}).items():
        items = field.get("items", {})
        yield f"{path}.{name}", {**items, **field}
        yield from fields_below(items or field, f"{path}.{name}")


def _fields() -> dict[str, Schema]:
    [version] = yaml.safe_load(CRD.read_text())["spec"]["versions"]
    schema = version["schema"]["openAPIV3Schema"]["properties"]
    return dict(fields_below(schema["spec"], "spec")) | dict(
        fields_below(schema["status"], "status")
    )


FIELDS = _fields()
ENUMS = {path: field["enum"] for path, field in FIELDS.items() if "enum" in field}
CONDITION = "status.conditions"
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "spec.status": {"status": "?"},
    "spec.authorization.type": {"authorization": {"type": "?"}},
    "spec.protocol": {"protocol": "?"},
    "spec.aggregation": {"aggregation": "?"},
    "spec.usageUnit": {"usageUnit": "?"},
    "spec.selfMetrics": {"selfMetrics": "?"},
    "spec.lifecycle.status": {"lifecycle": {"status": "?"}},
}
"""What the operator answers with the values that it takes."""


def test_every_enum_of_the_schema_is_compared_with_the_code_here() -> None:
    assert ENUMS.keys() == {*CHOICES, "spec.metrics.exclude", f"{CONDITION}.status"}


@pytest.mark.parametrize("path", ENUMS)
def test_a_description_names_every_value_of_an_enum(path: str) -> None:
    assert set(ENUMS[path]) <= set(WORD.findall(FIELDS[path]["description"]))


@pytest.mark.parametrize("path", CHOICES)
def test_the_schema_takes_what_the_operator_takes(path: str) -> None:
    spec = a_config(CHOICES[path]).spec

    assert isinstance(spec, SpecError)
    assert str(spec).partition(" is not one of ")[2].split(", ") == ENUMS[path]


def test_everything_that_is_measured_can_be_excluded() -> None:
    names = [metric.name for metric in CATALOGUE + LIFECYCLE_CATALOGUE]

    assert ENUMS["spec.metrics.exclude"] == [*names, *RESOURCES]


def test_the_conditions_are_those_of_the_code() -> None:
    types = FIELDS[f"{CONDITION}.type"]["description"]

    assert WORD.findall(types.replace(" or ", " ")) == list(ConditionType)
    assert ENUMS[f"{CONDITION}.status"] == list(ConditionStatus)
    assert set(ConditionType) == set(re.findall(r"(\w+) \(", FIELDS[CONDITION]["description"]))


def test_the_reasons_of_a_loss_are_those_of_the_code() -> None:
    said = FIELDS["status.lastLoss.reason"]["description"]

    assert re.findall(r"([A-Z]\w+) \(", said) == list(body.LOSS_NAMES.values())
