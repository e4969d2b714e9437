"""Each rule of the CRD, asked of a real API server: one value that passes, one that does not."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.crd.rule import Object, Rule, supported
from tests.crd.rules import RULES
from tests.crd.telemetry_configs import RefusedError, TelemetryConfigs
from tests.support.go_toolchain import REPOSITORY


def case_id(value: object) -> str:
    return value.field if isinstance(value, Rule) else ascii(value)[:60]


@pytest.mark.parametrize(
    ("rule", "value"), [(rule, value) for rule in RULES for value in rule.accepts], ids=case_id
)
def test_a_good_value_is_accepted(
    telemetry_configs: TelemetryConfigs, rule: Rule, value: Any
) -> None:
    created = telemetry_configs.create("trial", rule.spec_with(value), dry_run=True)

    assert created["spec"] == {"status": "Enabled", **rule.spec_with(value)}


@pytest.mark.parametrize(
    ("rule", "value"), [(rule, value) for rule in RULES for value in rule.refuses], ids=case_id
)
def test_a_bad_value_is_refused_with_one_readable_message(
    telemetry_configs: TelemetryConfigs, rule: Rule, value: Any
) -> None:
    with pytest.raises(RefusedError) as refused:
        telemetry_configs.create("trial", rule.spec_with(value), dry_run=True)

    [complaint] = refused.value.complaints
    assert complaint.field == f"spec.{rule.field}"
    assert rule.message in as_said_today(complaint.message)


def as_said_today(message: str) -> str:
    """Kubernetes 1.30 has other words for the limit of a length."""
    return re.sub(r"may not be longer than (\d+)", r"may not be more than \1 bytes", message)


def test_every_rule_of_the_schema_has_its_cases() -> None:
    crd = yaml.safe_load((REPOSITORY / "crds" / "telemetryconfigs.yaml").read_text())
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]

    tested = {(rule.field, rule.message) for rule in RULES}
    assert set(rules_below(schema["properties"]["spec"], "")) == tested


def rules_below(schema: Object, path: str) -> Iterator[tuple[str, str]]:
    yield from rules_of(schema, path)
    for name, child in schema.get("properties", {}).items():
        yield from rules_below(child, f"{path}.{name}".removeprefix("."))
    for child in (schema.get("items"), schema.get("additionalProperties")):
        if child:
            yield from rules_below(child, f"{path}[]")


def rules_of(schema: Object, path: str) -> Iterator[tuple[str, str]]:
    yield from ((path, rule["message"]) for rule in schema.get("x-kubernetes-validations", ()))
    yield from ((f"{path}.{name}", "Required value") for name in schema.get("required", ()))
    if "enum" in schema:
        yield path, supported(schema["enum"])
    if "maxLength" in schema:
        yield path, f"may not be more than {schema['maxLength']} bytes"
    if "maxItems" in schema or "maxProperties" in schema:
        most = schema.get("maxItems") or schema["maxProperties"]
        yield path, f"must have at most {most} items"
    if "x-kubernetes-list-type" in schema:
        yield f"{path}[]", "Duplicate value"
