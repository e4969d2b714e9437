"""What a scrape of the operator tells of its TelemetryConfigs."""

import re
from datetime import UTC, datetime

import pytest

from microshift_telemetry import __version__
from microshift_telemetry.sources.outcome import SourceRead
from microshift_telemetry.status.conditions import Condition
from microshift_telemetry.status.own_metrics import (
    OBJECT_LABEL,
    OWN_METRICS,
    PREFIX,
    Figures,
    OwnMetric,
    metrics_page,
)
from microshift_telemetry.status.reasons import ConditionStatus, ConditionType, ReportingReason
from tests.support.exposition import parse_page

MORNING = datetime(2026, 11, 2, 6, tzinfo=UTC)
READY = Condition(
    ConditionType.READY, ConditionStatus.TRUE, ReportingReason.REPORT_DELIVERED, "accepted"
)


def figures(name: str = "cluster") -> Figures:
    return Figures(
        name=name,
        conditions=(READY,),
        attempts={"delivered": 3, "partial": 0, "failed": 2},
        last_delivery=MORNING,
        pending_samples=12,
        oldest_pending=MORNING,
        sent_samples=304,
        dropped_samples=7,
        requests=11,
        sent_bytes=4321,
        responses={503: 2, 204: 8},
        last_pass=MORNING,
        reads={"cpu": SourceRead(0.25, is_well=True), "pods": SourceRead(45.0, is_well=False)},
    )


def test_every_figure_is_told_under_the_name_of_its_object() -> None:
    page = metrics_page([figures()])

    samples = [line for line in page.splitlines() if not line.startswith("#")]
    assert re.fullmatch(
        rf'microshift_telemetry_build_info{{version="{__version__}",'
        r'python_version="3\.\d+\.\d+"} 1',
        samples[0],
    )
    at = f"{MORNING.timestamp():.0f}"
    told = [line.removeprefix(PREFIX).replace('telemetryconfig="cluster"', "*") for line in samples]
    assert told[1:] == [
        'condition{*,type="Ready",status="True",reason="ReportDelivered"} 1',
        'report_attempts_total{*,result="delivered"} 3',
        'report_attempts_total{*,result="partial"} 0',
        'report_attempts_total{*,result="failed"} 2',
        f"last_delivery_timestamp_seconds{{*}} {at}",
        "samples_pending{*} 12",
        f"oldest_pending_sample_timestamp_seconds{{*}} {at}",
        "samples_sent_total{*} 304",
        "samples_dropped_total{*} 7",
        "requests_total{*} 11",
        'responses_total{*,code="204"} 8',
        'responses_total{*,code="503"} 2',
        "sent_bytes_total{*} 4321",
        f"last_pass_timestamp_seconds{{*}} {at}",
        'source_duration_seconds{*,source="cpu"} 0.25',
        'source_duration_seconds{*,source="pods"} 45',
        'source_success{*,source="cpu"} 1',
        'source_success{*,source="pods"} 0',
    ]


def test_what_is_not_known_has_no_series() -> None:
    page = metrics_page(
        [figures()._replace(last_delivery=None, oldest_pending=None, last_pass=None, reads={})]
    )

    assert "_timestamp_seconds" not in page
    assert "source" not in page


def test_each_object_has_series_of_its_own_below_one_header() -> None:
    text = metrics_page([figures("cluster"), figures("fleet")])

    page = parse_page(text)
    assert page.series_of(OBJECT_LABEL, "cluster") == page.series_of(OBJECT_LABEL, "fleet") == 18
    assert len(re.findall(r"^# TYPE ", text, flags=re.MULTILINE)) == 1 + len(OWN_METRICS)


def test_without_an_object_there_is_the_version_alone() -> None:
    assert {name for name, _ in parse_page(metrics_page([])).values} == {f"{PREFIX}build_info"}


@pytest.mark.parametrize("metric", OWN_METRICS, ids=lambda metric: metric.name)
def test_names_are_as_prometheus_asks_for(metric: OwnMetric) -> None:
    name, kind, said, _ = metric

    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
    assert name.endswith("_total") == (kind == "counter")
    assert re.fullmatch(r"[A-Z1].*\.", said)
    assert ("timestamp" in name) == name.endswith("_timestamp_seconds")
