"""The table of reasons: what each says about its condition and about Ready."""

import pytest

from microshift_telemetry.status.conditions import Condition, Finding, conditions_from, dated
from microshift_telemetry.status.reasons import (
    ConditionStatus,
    ConditionType,
    ReportingReason,
    SamplingReason,
    meaning,
)

TRUE, FALSE, UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN

NEW, DELIVERED, LATE = (False, False), (True, False), (True, True)
"""(was_delivered, is_late)"""

FINE = Finding(SamplingReason.SAMPLES_COLLECTED, "sampled")
ARRIVED = Finding(ReportingReason.REPORT_DELIVERED, "arrived")

REPORTING = [
    (ReportingReason.REPORT_PENDING, UNKNOWN, (UNKNOWN, TRUE, UNKNOWN)),
    (ReportingReason.REPORT_DELIVERED, TRUE, (TRUE, TRUE, TRUE)),
    (ReportingReason.OLD_SAMPLES_REJECTED, TRUE, (TRUE, TRUE, TRUE)),
    (ReportingReason.RETRYING, FALSE, (FALSE, TRUE, FALSE)),
    (ReportingReason.ENDPOINT_UNREACHABLE, FALSE, (FALSE, TRUE, FALSE)),
    (ReportingReason.OPTED_OUT, FALSE, (TRUE, TRUE, TRUE)),
    (ReportingReason.CREDENTIALS_MISSING, FALSE, (FALSE, FALSE, FALSE)),
    (ReportingReason.CREDENTIALS_REFUSED, FALSE, (FALSE, FALSE, FALSE)),
    (ReportingReason.UNAUTHORIZED, FALSE, (FALSE, FALSE, FALSE)),
    (ReportingReason.SAMPLES_REJECTED, FALSE, (FALSE, FALSE, FALSE)),
    (ReportingReason.INVALID_ENDPOINT, FALSE, (FALSE, FALSE, FALSE)),
    (ReportingReason.DUPLICATE_DESTINATION, FALSE, (FALSE, FALSE, FALSE)),
    (ReportingReason.INVALID_SPEC, FALSE, (FALSE, FALSE, FALSE)),
    (ReportingReason.CLOCK_NOT_SYNCHRONIZED, FALSE, (FALSE, FALSE, FALSE)),
    (ReportingReason.OVERDUE, FALSE, (FALSE, FALSE, FALSE)),
    (ReportingReason.INTERNAL_ERROR, FALSE, (FALSE, FALSE, FALSE)),
    (ReportingReason.DISABLED, FALSE, (TRUE, TRUE, TRUE)),
]
SAMPLING = [
    (SamplingReason.SAMPLES_PENDING, UNKNOWN, UNKNOWN),
    (SamplingReason.SAMPLES_COLLECTED, TRUE, TRUE),
    (SamplingReason.PARTIAL_FAILURE, TRUE, TRUE),
    (SamplingReason.SOURCE_UNAVAILABLE, FALSE, FALSE),
    (SamplingReason.CLOCK_NOT_SYNCHRONIZED, UNKNOWN, TRUE),
    (SamplingReason.DISABLED, FALSE, TRUE),
]


def _conditions(
    sampling: Finding[SamplingReason],
    reporting: Finding[ReportingReason],
    state: tuple[bool, bool] = DELIVERED,
) -> dict[ConditionType, Condition]:
    was_delivered, is_late = state
    found = conditions_from(sampling, reporting, was_delivered=was_delivered, is_late=is_late)
    return {condition.type: condition for condition in found}


def test_every_reason_stands_in_the_table() -> None:
    assert {reason for reason, *_ in REPORTING} == set(ReportingReason)
    assert {reason for reason, *_ in SAMPLING} == set(SamplingReason)
    assert all(meaning(reason).status for reason in (*SamplingReason, *ReportingReason))


@pytest.mark.parametrize(("reason", "status", "ready"), REPORTING, ids=[r for r, *_ in REPORTING])
@pytest.mark.parametrize("number", [0, 1, 2], ids=["new", "delivered", "late"])
def test_a_reason_of_reporting_decides_its_condition_and_ready(
    reason: ReportingReason,
    status: ConditionStatus,
    ready: tuple[ConditionStatus, ...],
    number: int,
) -> None:
    state = (NEW, DELIVERED, LATE)[number]

    found = _conditions(FINE, Finding(reason, "why"), state)

    assert found[ConditionType.REPORTING] == Condition(
        ConditionType.REPORTING, status, reason, "why"
    )
    assert found[ConditionType.READY] == Condition(
        ConditionType.READY, ready[number], reason, "why"
    )


@pytest.mark.parametrize(("reason", "status", "ready"), SAMPLING, ids=[r for r, *_ in SAMPLING])
def test_a_reason_of_sampling_decides_its_condition_and_ready(
    reason: SamplingReason, status: ConditionStatus, ready: ConditionStatus
) -> None:
    found = _conditions(Finding(reason, "why"), ARRIVED)

    assert found[ConditionType.SAMPLING] == Condition(ConditionType.SAMPLING, status, reason, "why")
    assert found[ConditionType.READY].status == ready
    assert (found[ConditionType.READY].reason == reason) is (ready is not TRUE)


def test_of_two_failures_ready_names_the_one_that_comes_first_on_the_way_of_the_data() -> None:
    sampling = Finding(SamplingReason.SOURCE_UNAVAILABLE, "no API server")
    reporting = Finding(ReportingReason.UNAUTHORIZED, "who are you")

    ready = _conditions(sampling, reporting)[ConditionType.READY]

    assert (ready.status, ready.message) == (FALSE, "no API server")


@pytest.mark.parametrize(
    ("before", "since"),
    [
        pytest.param([], "now", id="first"),
        pytest.param(
            [{"type": "Ready", "status": "True", "lastTransitionTime": "then"}], "then", id="same"
        ),
        pytest.param(
            [{"type": "Ready", "status": "False", "lastTransitionTime": "then"}], "now", id="flip"
        ),
        pytest.param([{"type": "Ready", "status": "True"}], "now", id="undated"),
        pytest.param(["?", None, {"type": ["Ready"]}, {}], "now", id="garbage"),
    ],
)
def test_the_transition_time_moves_only_when_the_status_flips(
    before: list[object], since: str
) -> None:
    ready = Condition(ConditionType.READY, TRUE, "ReportDelivered", "x" * 2000)

    [condition] = dated([ready], before, 3, "now")

    assert condition == {
        "type": "Ready",
        "status": "True",
        "reason": "ReportDelivered",
        "message": "x" * 1024,
        "observedGeneration": 3,
        "lastTransitionTime": since,
    }
