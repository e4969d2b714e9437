"""What the reference pages list is what the code has, and the other way round."""

import re
from pathlib import Path

import pytest

from microshift_telemetry.check.line import Hop, Verdict
from microshift_telemetry.sample.metrics import (
    CATALOGUE,
    LIFECYCLE_CATALOGUE,
    RESOURCES,
    SELF_CATALOGUE,
)
from microshift_telemetry.status.events import WHY_DROPPED, EventReason, EventType, type_of
from microshift_telemetry.status.own_metrics import OWN_METRICS
from microshift_telemetry.status.reasons import ReportingReason, SamplingReason

REPOSITORY = Path(__file__).parents[2]


def _first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("section", "reasons"),
    [("## Sampling", SamplingReason), ("## Reporting", ReportingReason)],
    ids=["Sampling", "Reporting"],
)
def test_every_reason_is_documented_once(
    section: str, reasons: type[SamplingReason] | type[ReportingReason]
) -> None:
    page = (REPOSITORY / "docs/conditions.md").read_text()

    documented = _first_cells(page.partition(section)[2].partition("\n## ")[0])

    assert sorted(documented) == sorted(reasons)


def test_the_type_of_each_reason_s_event_is_documented() -> None:
    page = (REPOSITORY / "docs/events.md").read_text()

    documented = {
        kind: set(re.findall(r"`(\w+)`", row))
        for kind, row in re.findall(r"^\| (Normal|Warning) \| (`.*) \|$", page, flags=re.MULTILINE)
    }

    reasons = {str(each) for each in (*SamplingReason, *ReportingReason)}
    assert documented == {
        kind: {reason for reason in reasons if type_of(reason) is kind} for kind in EventType
    }


def test_every_other_event_is_documented_word_for_word() -> None:
    page = (REPOSITORY / "docs/events.md").read_text()

    section = page.partition("## What no condition keeps")[2].partition("\n## ")[0]
    of_events, of_losses = section.split("| reason | why |")

    assert _first_cells(of_events) == [*EventReason, ReportingReason.DISABLED]
    assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", of_losses, flags=re.MULTILINE)) == (
        WHY_DROPPED
    )


@pytest.mark.parametrize("page", ["README.md", "docs/metrics.md"])
def test_every_metric_is_documented(page: str) -> None:
    documented = _first_cells((REPOSITORY / page).read_text())

    assert {name for name in documented if ":" in name or name.endswith("_version")} == {
        metric.name for metric in CATALOGUE
    }


def test_every_metric_about_the_operator_is_documented() -> None:
    page = (REPOSITORY / "docs/metrics.md").read_text()
    section = page.partition("## About the operator itself")[2].partition("\n## ")[0]

    assert _first_cells(section) == [metric.name for metric in SELF_CATALOGUE]


def test_every_metric_about_the_starts_of_microshift_is_documented() -> None:
    page = (REPOSITORY / "docs/metrics.md").read_text()
    section = page.partition("## About the starts of MicroShift")[2].partition("\n## ")[0]

    assert _first_cells(section) == [metric.name for metric in LIFECYCLE_CATALOGUE]


def test_every_own_metric_is_documented_with_its_type() -> None:
    page = (REPOSITORY / "docs/monitoring.md").read_text()

    documented = re.findall(r"^\| `([a-z_]+)` \| (\w+) \|", page, flags=re.MULTILINE)

    assert documented == [
        ("build_info", "gauge"),
        *((metric.name, metric.kind) for metric in OWN_METRICS),
    ]


def test_every_counted_resource_is_on_the_first_page() -> None:
    text = (REPOSITORY / "README.md").read_text()

    assert sorted(re.findall(r'`resource="([^"]+)"`', text)) == sorted(RESOURCES)


def test_every_hop_of_a_check_is_documented_in_its_order() -> None:
    page = (REPOSITORY / "docs/check.md").read_text()

    documented = _first_cells(page.partition("## The hops")[2].partition("\n## ")[0])

    assert documented == list(Hop)
    verdicts = _first_cells(page.partition("## The hops")[0])
    assert verdicts == list(Verdict)
