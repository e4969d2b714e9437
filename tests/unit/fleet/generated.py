"""The committed files of the mixin, read back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[3]
FLEET = REPOSITORY / "fleet"
PAGES = ("fleet", "device", "delivery", "growth")
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FLEET / "rules/microshift-telemetry.yaml").read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = [rule for rule in RULES if "alert" in rule]


def page(name: str) -> dict[str, Any]:
    """Read a dashboard."""
    read: dict[str, Any] = json.loads((FLEET / f"dashboards/{name}.json").read_text())
    return read


def panels(name: str) -> list[dict[str, Any]]:
    """Give the panels of a dashboard that show something."""
    return [panel for panel in page(name)["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[tuple[str, str]]:
    """Give every expression of rules and dashboards, with where it stands."""
    for rule in RULES:
        yield rule.get("record") or rule["alert"], rule["expr"]
    for name in PAGES:
        for panel in panels(name):
            for target in panel["targets"]:
                yield f"{name}: {panel['title']}", target["expr"]
