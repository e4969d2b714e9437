"""The fleet's rules, read from their files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Rule = Mapping[str, Any]
"""One rule as it stands in its file."""


class RulesError(Exception):
    """A file of rules can't be read; the text says which."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alerting rule."""

    name: str
    expr: str


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a directory."""

    alerts: tuple[Alert, ...]
    recording: tuple[Rule, ...]
    """As they stand in the files, in their order."""


def read_rules(directory: Path) -> Rules:
    """Read the plain files of rules of a directory, as Prometheus and vmalert have them.

    Raises:
        RulesError: there is none, or one is not what it should be.
    """
    files = sorted(directory.glob("*.yaml"))
    if not files:
        raise RulesError(f"{directory}: no file of rules is there")
    alerts, recording = list[Alert](), list[Rule]()
    for file in files:
        try:
            document = yaml.safe_load(file.read_text())
            if document.get("kind") == "PrometheusRule":
                continue  # the same rules, for another reader
            rules = [rule for group in document["groups"] for rule in group["rules"]]
            alerts += [Alert(each["alert"], each["expr"]) for each in rules if "alert" in each]
            recording += [each for each in rules if "record" in each]
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise RulesError(f"{file}: {type(error).__name__}: {error}") from error
    return Rules(tuple(alerts), tuple(recording))
