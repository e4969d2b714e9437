"""What was found → the conditions Ready, Sampling and Reporting."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from microshift_telemetry.status.reasons import (
    ConditionStatus,
    ConditionType,
    Readiness,
    Reason,
    ReportingReason,
    SamplingReason,
    meaning,
)

R = TypeVar("R", SamplingReason, ReportingReason)

MAX_MESSAGE_CHARS = 1024


@dataclass(frozen=True, slots=True)
class Finding(Generic[R]):
    """What a pass or a report came to, for one condition.

    The message tells the admin what to do; it has no counter and no time that changes at every
    retry, since each change is a write to the device's flash.
    """

    reason: R
    message: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A metav1.Condition without its times."""

    type: ConditionType
    status: ConditionStatus
    reason: str
    message: str


def conditions_from(
    sampling: Finding[SamplingReason],
    reporting: Finding[ReportingReason],
    *,
    was_delivered: bool,
    is_late: bool,
) -> tuple[Condition, ...]:
    """Tell Ready, Sampling and Reporting.

    Args:
        sampling: how the newest pass went.
        reporting: how the newest report went.
        was_delivered: something was delivered to the destination in force.
        is_late: a sending interval has passed since the last delivery.
    """
    return (
        _ready(sampling, reporting, was_delivered=was_delivered, is_late=is_late),
        _condition(ConditionType.SAMPLING, sampling.reason, sampling.message),
        _condition(ConditionType.REPORTING, reporting.reason, reporting.message),
    )


def dated(
    conditions: Iterable[Condition],
    previous: Sequence[object],
    generation: int,
    now: str,
) -> list[dict[str, Any]]:
    """Date conditions as the API has them: `lastTransitionTime` moves only when `status` flips.

    Args:
        conditions: as they are now.
        previous: as the object had them.
        generation: of the spec that they are about.
        now: RFC 3339.
    """
    before = {str(each.get("type")): each for each in previous if isinstance(each, Mapping)}
    return [
        {
            "type": str(condition.type),
            "status": str(condition.status),
            "reason": condition.reason,
            "message": condition.message[:MAX_MESSAGE_CHARS],
            "observedGeneration": generation,
            "lastTransitionTime": _since(condition, before.get(condition.type), now),
        }
        for condition in conditions
    ]


def _ready(
    sampling: Finding[SamplingReason],
    reporting: Finding[ReportingReason],
    *,
    was_delivered: bool,
    is_late: bool,
) -> Condition:
    """Ready takes its reason from what decides it: a failure first, then what is open."""
    verdicts = []
    for finding in (sampling, reporting):
        readiness = meaning(finding.reason).readiness
        if readiness is not Readiness.SILENT:
            status = _readiness_status(readiness, was_delivered=was_delivered, is_late=is_late)
            verdicts.append((status, finding.reason, finding.message))
    order = (ConditionStatus.FALSE, ConditionStatus.UNKNOWN, ConditionStatus.TRUE)
    decisive = [verdict for status in order for verdict in verdicts if verdict[0] is status]
    if decisive[0][0] is ConditionStatus.TRUE:
        decisive.reverse()
    status, reason, message = decisive[0]
    return Condition(ConditionType.READY, status, str(reason), message)


def _readiness_status(
    readiness: Readiness, *, was_delivered: bool, is_late: bool
) -> ConditionStatus:
    match readiness:
        case Readiness.READY:
            return ConditionStatus.TRUE
        case Readiness.NOT_READY:
            return ConditionStatus.FALSE
        case Readiness.UNKNOWN:
            return ConditionStatus.UNKNOWN
        case Readiness.LATE:
            is_well = was_delivered and not is_late
            return ConditionStatus.TRUE if is_well else ConditionStatus.FALSE
        case _:
            is_well = was_delivered and not is_late
            return ConditionStatus.TRUE if is_well else ConditionStatus.UNKNOWN


def _condition(kind: ConditionType, reason: Reason, message: str) -> Condition:
    return Condition(kind, meaning(reason).status, str(reason), message)


def _since(condition: Condition, before: Mapping[str, Any] | None, now: str) -> str:
    if before is None or before.get("status") != condition.status:
        return now
    since = before.get("lastTransitionTime")
    return since if isinstance(since, str) else now
