"""Lives of devices in hours, and what promtool finds that rules make of them."""

import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from fleet.mixin.names import HEARTBEAT
from microshift_telemetry.sample import metrics
from tests.support.tools import Tools

REPOSITORY = Path(__file__).parents[2]
RULES = REPOSITORY / "fleet/rules/microshift-telemetry.yaml"
GB = 10**9

Labels = Mapping[str, str]
Result = Mapping[tuple[tuple[str, str], ...], float]
"""Values by sorted labels."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series with one place per hour; None is an hour without a sample."""

    name: str
    labels: Labels
    hours: Sequence[float | None]

    def document(self) -> dict[str, str]:
        """Give it as promtool reads it."""
        labels = ",".join(f'{name}="{value}"' for name, value in self.labels.items())
        values = " ".join("_" if value is None else f"{value:.10g}" for value in self.hours)
        return {"series": f'{{__name__="{self.name}",{labels}}}', "values": values}


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an expression gives at an hour."""

    hour: float
    expr: str
    result: Result


def labelled(**labels: str) -> tuple[tuple[str, str], ...]:
    """Give labels as the key of a result; `id` stands for `_id`."""
    return tuple(sorted(("_id" if name == "id" else name, each) for name, each in labels.items()))


def on(hours: Iterable[int], value: float, length: int) -> list[float | None]:
    """Give a series of one value with samples in some hours only."""
    chosen = set(hours)
    return [value if hour in chosen else None for hour in range(length)]


def device(name: str, site: str, reports: Iterable[int], length: int, **labels: str) -> Series:
    """Give what shows that a device reports: one sample in each hour of a report."""
    return Series(HEARTBEAT, {"_id": name, "site": site, **labels}, on(reports, 4, length))


def running(name: str, site: str, version: str, reports: Iterable[int], length: int) -> Series:
    """Give the series of a version that a device runs in some reports."""
    labels = {
        "_id": name,
        "site": site,
        "version": version,
        "os_version_id": "9.6",
        "deployment_type": "rpm",
    }
    return Series(metrics.MICROSHIFT_VERSION.name, labels, on(reports, 1, length))


def firing(alert: str, hour: float, *devices: str) -> Expectation:
    """Expect an alert for these devices and no others, with its site and the labels of its text."""
    named = {"site"} | {
        label
        for group in yaml.safe_load(RULES.read_text())["groups"]
        for rule in group["rules"]
        if rule.get("alert") == alert
        for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["description"])
    }
    chosen = [f'alertname="{alert}"', FIRING, *(f'{label}!=""' for label in sorted(named))]
    result = {labelled(id=each): 1.0 for each in devices}
    return Expectation(hour, f"count by (_id) (ALERTS{{{','.join(chosen)}}})", result)


FIRING = 'alertstate="firing"'
"""Matches alerts whose expression has held for as long as they ask."""


def check(
    tools: Tools,
    directory: Path,
    series: Iterable[Series],
    expected: Iterable[Expectation],
    without: str = "",
) -> None:
    """Run the rules over the series; what promtool finds otherwise fails the test."""
    said = promtool_said(tools, directory, series, expected, without)
    assert said == "", said


def promtool_said(
    tools: Tools,
    directory: Path,
    series: Iterable[Series],
    expected: Iterable[Expectation],
    without: str = "",
) -> str:
    """Give what promtool finds to be otherwise; empty when nothing is.

    Only those rules run that are asked for, and those that they need, since a day of all takes a
    second. The rule named `without` is left out: the series stand for what it would have recorded.
    """
    expected = list(expected)
    rules = directory / "rules.yaml"
    rules.write_text(_needed([each.expr for each in expected], without))
    document = {
        "rule_files": [str(rules)],
        "evaluation_interval": "15m",
        "fuzzy_compare": True,
        "tests": [
            {
                "interval": "1h",
                "input_series": [each.document() for each in series],
                "promql_expr_test": [_expected(each) for each in expected],
            }
        ],
    }
    file = directory / "test.yaml"
    file.write_text(yaml.safe_dump(document))
    finished = subprocess.run(
        [tools.promtool, "test", "rules", file], capture_output=True, text=True, check=False
    )
    return "" if finished.returncode == 0 else finished.stdout + finished.stderr


def _needed(exprs: Iterable[str], without: str) -> str:
    """Keep of the committed rules what expressions name, and what that needs in turn."""
    document = yaml.safe_load(RULES.read_text())
    texts = list(exprs)
    kept: set[str] = set()
    while texts:
        text = texts.pop()
        for rule in (rule for group in document["groups"] for rule in group["rules"]):
            name = rule.get("record") or rule["alert"]
            if name in text and name not in kept | {without}:
                kept.add(name)
                texts.append(rule["expr"])
    for group in document["groups"]:
        group["rules"] = [
            rule for rule in group["rules"] if (rule.get("record") or rule["alert"]) in kept
        ]
    return yaml.safe_dump({"groups": [group for group in document["groups"] if group["rules"]]})


def _expected(expectation: Expectation) -> dict[str, object]:
    samples = [
        {
            "labels": "{" + ",".join(f'{name}="{value}"' for name, value in labels) + "}",
            "value": value,
        }
        for labels, value in expectation.result.items()
    ]
    minutes = round(expectation.hour * 60)
    return {"expr": expectation.expr, "eval_time": f"{minutes}m", "exp_samples": samples}
