"""The generated reference holds what the product holds, read another way than its writer does."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import yaml

from microshift_telemetry import settings
from microshift_telemetry.settings import Variable, settings_from
from tests.support.go_toolchain import REPOSITORY

REFERENCE = REPOSITORY / "docs" / "reference"


class _Read(dict[str, str]):
    """An environment that remembers which variables it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return default


def _entries() -> dict[str, str]:
    """Give the entry of each variable."""
    _, *parts = (REFERENCE / "settings.md").read_text().split("\n### ")
    return {name: text for name, _, text in (part.partition("\n") for part in parts)}


def _rules(schema: Any) -> Iterator[tuple[str, str]]:
    """List each rule below a schema, with its message."""
    if isinstance(schema, dict):
        for rule in schema.get("x-kubernetes-validations", ()):
            yield rule["message"], rule["rule"]
        if isinstance(schema.get("pattern"), str):
            yield "must match a pattern", schema["pattern"]
        for each in schema.values():
            yield from _rules(each)


def test_every_variable_that_the_process_reads_has_an_entry_and_no_other() -> None:
    environment = _Read()

    settings_from(environment)

    assert {name for name in environment.asked if not name.islower()} == set(_entries())


def test_the_default_of_an_entry_is_that_of_the_code() -> None:
    in_code = {
        each.name: each.default for each in vars(settings).values() if isinstance(each, Variable)
    }

    shown = {
        name: "".join(re.findall(r"^\*default `(.+)`\*$", text, flags=re.MULTILINE))
        for name, text in _entries().items()
    }

    assert shown == in_code
    assert shown["TELEMETRY_LISTEN"] == ":8080"


def test_an_entry_shows_the_error_of_an_unusable_value() -> None:
    errors = {
        name: found[1]
        for name, text in _entries().items()
        if (found := re.search(r"^Error: `(.+)`$", text, flags=re.MULTILINE))
    }

    assert errors["TELEMETRY_LOG_FORMAT"] == (
        "TELEMETRY_LOG_FORMAT: 'wrong' is neither plain nor json"
    )
    assert set(errors) == {
        "KUBECONFIG",
        "TELEMETRY_LISTEN",
        "TELEMETRY_PREVIEW_LISTEN",
        "TELEMETRY_DEPLOYMENT_TYPE",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "TELEMETRY_RENEW_POD_SECONDS",
        "TELEMETRY_START_SECONDS",
        "TELEMETRY_LOG_LEVEL",
        "TELEMETRY_LOG_FORMAT",
    }


def test_every_rule_of_the_crd_is_shown_with_its_message() -> None:
    crd = yaml.safe_load((REPOSITORY / "crds" / "telemetryconfigs.yaml").read_text())
    page = (REFERENCE / "fields.md").read_text()

    shown = [
        (unescape(message).removeprefix("each item ").removeprefix("each value "), unescape(rule))
        for message, rule in re.findall(
            r"<summary>(.*)</summary><code>(.*)</code></details>$", page, flags=re.MULTILINE
        )
    ]

    [version] = crd["spec"]["versions"]
    assert sorted(shown) == sorted(_rules(version["schema"]))
    assert len(shown) > 50
