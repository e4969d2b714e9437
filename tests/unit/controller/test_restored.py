"""What an object's status says of an earlier process, and what it may never break."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import Loss, LossReason, Remembered
from microshift_telemetry.clock import Clock, Instant, milliseconds
from microshift_telemetry.controller.restored import (
    REPORT_PENDING,
    SAMPLES_PENDING,
    destination_of,
    restored_reporting,
    restored_sampling,
    seed_from,
)
from microshift_telemetry.controller.schedule import grids
from microshift_telemetry.controller.specs import Requests, Specs
from microshift_telemetry.controller.timetable import Timetable
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import ReportingReason, SamplingReason
from tests.support.fakes import CLUSTER_ID
from tests.support.life import a_config
from tests.unit.sources.surroundings import json_values

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MORNING = datetime(2026, 11, 20, 8, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)


class NoonClock(Clock):
    """Stands still."""

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0

    def read(self) -> Instant:
        return Instant(milliseconds(NOON), 60_000, "a-boot", is_synchronized=True)


def _condition(kind: str, reason: str, generation: int = 1, status: str = "True") -> dict[str, Any]:
    known = {"type": kind, "reason": reason, "status": status}
    return {**known, "message": "why", "observedGeneration": generation}


def test_a_new_object_has_done_nothing() -> None:
    config = a_config()

    assert restored_sampling(config) == SAMPLES_PENDING
    assert restored_reporting(config) == REPORT_PENDING
    assert seed_from(config) == Remembered()


def test_times_counts_and_findings_are_taken_up() -> None:
    times = {"time": "2026-11-20T08:00:00Z", "from": "2026-11-20T08:00:00Z"}
    status = {
        "lastReportTime": "2026-11-20T08:00:00Z",
        "droppedSamples": 12,
        "lastLoss": {**times, "to": "2026-11-20T08:00:00Z", "samples": 12, "reason": "Expired"},
        "conditions": [
            _condition("Sampling", "PartialFailure"),
            _condition("Reporting", "Unauthorized"),
        ],
    }
    config, at_ms = a_config(status=status), milliseconds(MORNING)

    assert restored_sampling(config) == Finding(SamplingReason.PARTIAL_FAILURE, "why")
    assert restored_reporting(config) == Finding(ReportingReason.UNAUTHORIZED, "why")
    assert seed_from(config) == Remembered(
        last_report_ms=at_ms,
        dropped_samples=12,
        loss=Loss(at_ms, 12, at_ms, at_ms, LossReason.EXPIRED),
    )


@pytest.mark.parametrize(
    ("ready", "is_here"),
    [
        pytest.param(_condition("Ready", "ReportDelivered"), True, id="ready"),
        pytest.param(_condition("Ready", "ReportDelivered", 2), False, id="edited since"),
        pytest.param(_condition("Ready", "Retrying", status="False"), False, id="not ready"),
        pytest.param("garbage", False, id="garbage"),
    ],
)
def test_a_report_went_where_the_spec_sends_to_if_ready_was_true_for_it(
    ready: object, *, is_here: bool
) -> None:
    config = a_config(status={"lastReportTime": "2026-11-20T08:00:00Z", "conditions": [ready]})

    seed = seed_from(config)

    here = destination_of(config) if is_here else ""
    assert (seed.destination, seed.delivered_to) == (here, here)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(_condition("Reporting", "Unauthorized", generation=2), id="of another spec"),
        pytest.param(_condition("Reporting", "Whatever"), id="unknown"),
        pytest.param(_condition("Reporting", "InvalidSpec"), id="judged by an older version"),
        pytest.param(_condition("Reporting", "Overdue"), id="of another process"),
        pytest.param("garbage", id="garbage"),
    ],
)
def test_a_finding_that_no_longer_holds_is_not_taken_up(condition: object) -> None:
    assert restored_reporting(a_config(status={"conditions": [condition]})) == REPORT_PENDING


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *("lastSampleTime", "lastReportTime", "droppedSamples", "lastReport", "lastLoss"),
                *("conditions", "lastHandledRequestedAt", "lastOptOutGeneration"),
            ]
        ),
        json_values | st.just("9999-12-31T23:59:59Z") | st.just("0001-01-01T00:00:00+14:00"),
    )
)
def test_no_status_keeps_an_object_from_being_taken_up(status: dict[str, Any]) -> None:
    config, on = a_config(status=status), grids(CLUSTER_ID, AN_HOUR, AN_HOUR)

    timetable = Timetable(NoonClock(), status)
    timetable.resume(Ledger(seed_from(config)))

    assert timetable.next_pass(on) <= NOON + AN_HOUR + timedelta(seconds=1)
    assert restored_reporting(config).reason in ReportingReason
    assert restored_sampling(config).reason in SamplingReason
    assert not Requests(None, status).is_open
    assert Specs(config, NoonClock()).opt_out >= 0
