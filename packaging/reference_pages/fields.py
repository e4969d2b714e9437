"""The page of every field of the resource, from its CRD."""

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import yaml

CRD = Path(__file__).parents[2] / "crds" / "telemetryconfigs.yaml"

Schema = Mapping[str, Any]


def fields_page() -> Iterator[str]:
    """List every field of spec and status, with its type, limits and rules."""
    [version] = yaml.safe_load(CRD.read_text())["spec"]["versions"]
    properties = version["schema"]["openAPIV3Schema"]["properties"]
    yield "# Fields of a TelemetryConfig"
    yield f"`telemetry.microshift.io/{version['name']}`, cluster-scoped, short name `tcfg`. On a"
    yield "cluster, `kubectl explain tcfg.spec` shows the same, field by field. Below a field are"
    yield "the messages with which the API server refuses a value; each unfolds to its CEL rule."
    for part in ("spec", "status"):
        yield ""
        yield f"## {part}"
        yield ""
        yield properties[part]["description"]
        yield from fields_below(properties[part], part)


def fields_below(schema: Schema, path: str) -> Iterator[str]:
    """List the fields of an object, each followed by its own."""
    for name, field in schema.get("properties", {}).items():
        is_required = name in schema.get("required", ())
        yield from _field(field, f"{path}.{name}", is_required=is_required)
        items = field.get("items", {})
        yield from fields_below(field, f"{path}.{name}")
        yield from fields_below(items, f"{path}.{name}[]")


def _field(field: Schema, path: str, *, is_required: bool) -> Iterator[str]:
    yield ""
    yield f"### {path}"
    yield ""
    yield f"*{', '.join(_facts(field, is_required=is_required))}*"
    yield ""
    yield field["description"]
    rules = [*_rules(field), *_rules(field.get("items", {}), "each item ")]
    rules += _rules(field.get("additionalProperties", {}), "each value ")
    if rules:
        yield ""
        yield from rules


def _facts(field: Schema, *, is_required: bool) -> Iterator[str]:
    yield _type(field)
    if is_required:
        yield "required"
    if "default" in field:
        yield f"default {field['default']}"
    for limit, text in LIMITS.items():
        if limit in field:
            yield text.format(field[limit])
    if field.get("x-kubernetes-list-type") == "set":
        yield "no item twice"
    if keys := field.get("x-kubernetes-list-map-keys"):
        yield f"no two items with the same {' and '.join(keys)}"


LIMITS = {
    "minimum": "at least {}",
    "minLength": "at least {} character",
    "maxLength": "at most {} characters",
    "maxItems": "at most {} items",
    "maxProperties": "at most {} entries",
}
"""Limits of the schema, and how each is told."""


def _type(field: Schema) -> str:
    if "enum" in field:
        return "one of " + ", ".join(f"`{value}`" for value in field["enum"])
    if field["type"] == "array":
        return f"list of {_type(field['items'])}"
    if "additionalProperties" in field:
        return f"map of {_type(field['additionalProperties'])}"
    return str(field.get("format", field["type"]))


def _rules(field: Schema, whose: str = "") -> list[str]:
    """Give the messages with which the API server refuses a value, each over its rule."""
    rules = [(each["message"], each["rule"]) for each in field.get("x-kubernetes-validations", ())]
    if pattern := field.get("pattern"):
        rules.append(("must match a pattern", pattern))
    return [
        f'<details class="rule"><summary>{whose}{escape(message, quote=False)}</summary>'
        f"<code>{_code(rule)}</code></details>"
        for message, rule in rules
    ]


def _code(expression: str) -> str:
    """Escape an expression; `[a](b)` in it is no link."""
    return escape(expression, quote=False).replace("](", "]&#40;")
