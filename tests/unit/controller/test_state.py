"""What an object's status says of an earlier process, and what it may never break."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.controller.schedule import grids
from microshift_telemetry.controller.state import REPORT_PENDING, SAMPLES_PENDING, state_from
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import ReportingReason, SamplingReason
from tests.support.fakes import CLUSTER_ID
from tests.support.life import a_config
from tests.unit.sources.surroundings import json_values

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)


def _condition(kind: str, reason: str, generation: int = 1) -> dict[str, object]:
    return {"type": kind, "reason": reason, "message": "why", "observedGeneration": generation}


def test_a_new_object_has_done_nothing() -> None:
    state = state_from(a_config(), NOON, 0.0)

    assert (state.sampling, state.reporting) == (SAMPLES_PENDING, REPORT_PENDING)
    assert (state.last_sample, state.last_report, state.dropped_samples) == (None, None, 0)
    assert state.in_force is None


def test_times_counts_and_findings_are_taken_up() -> None:
    status = {
        "lastSampleTime": "2026-11-20T11:30:00Z",
        "lastReportTime": "2026-11-20T08:00:00Z",
        "droppedSamples": 12,
        "lastHandledRequestedAt": "a",
        "lastReport": {"series": 17},
        "conditions": [
            _condition("Sampling", "PartialFailure"),
            _condition("Reporting", "Unauthorized"),
        ],
    }

    state = state_from(a_config(status=status, requested_at="a"), NOON, 0.0)

    assert state.last_sample == datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
    assert state.last_report == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert state.sampling == Finding(SamplingReason.PARTIAL_FAILURE, "why")
    assert state.reporting == Finding(ReportingReason.UNAUTHORIZED, "why")
    assert (state.dropped_samples, state.report) == (12, {"series": 17})
    assert not state.is_asked


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(_condition("Reporting", "Unauthorized", generation=2), id="of another spec"),
        pytest.param(_condition("Reporting", "Whatever"), id="unknown"),
        pytest.param(_condition("Reporting", "InvalidSpec"), id="judged by an older version"),
        pytest.param("garbage", id="garbage"),
    ],
)
def test_a_finding_that_no_longer_holds_is_not_taken_up(condition: object) -> None:
    state = state_from(a_config(status={"conditions": [condition]}), NOON, 0.0)

    assert state.reporting == REPORT_PENDING


@given(
    st.dictionaries(
        st.sampled_from(
            ["lastSampleTime", "lastReportTime", "droppedSamples", "lastReport", "conditions"]
        ),
        json_values | st.just("9999-12-31T23:59:59Z") | st.just("0001-01-01T00:00:00+14:00"),
    )
)
def test_no_status_keeps_an_object_from_being_taken_up(status: dict[str, Any]) -> None:
    state = state_from(a_config(status=status), NOON, 0.0)

    on = grids(CLUSTER_ID, AN_HOUR, AN_HOUR)
    assert state.plan.next_pass(on) <= NOON + AN_HOUR + timedelta(seconds=1)
