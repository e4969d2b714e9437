"""Two statuses of one object, one after the other → the events that tell what has happened.

What is told follows from what the status says, so that an event never knows more than a condition,
and a restart, after which the status says the same, is no news.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from microshift_telemetry.status.reasons import ConditionType, ReportingReason, SamplingReason

Status = Mapping[str, Any]


class EventType(StrEnum):
    """The types that Kubernetes has for events."""

    NORMAL = "Normal"
    WARNING = "Warning"


class EventReason(StrEnum):
    """Reasons of events beside those of the conditions."""

    DESTINATION_CHANGED = "DestinationChanged"
    SAMPLES_DROPPED = "SamplesDropped"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened to a TelemetryConfig."""

    type: EventType
    reason: str
    message: str
    cause: str = ""
    """The message without the figures that differ from one time to the next; empty: it has none."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """Tell what makes it the same event as an earlier one, which is then counted up."""
        return self.type, self.reason, self.cause or self.message


WHY_DROPPED = {
    "Refused": "the receiver rejects samples this old; widen its out-of-order window",
    "Expired": "they were not delivered within spec.buffer.maxAge; see the condition Reporting",
    "BufferFull": "the buffer was full; see the condition Reporting",
    "EndpointChanged": "they were collected for a different server than that of spec.endpoint",
    "Unanswered": "the receiver may have stored their average; its answer was lost",
    "Undated": "they were taken before a restart while the clock was not set; check chronyd",
}
"""By the reason of `status.lastLoss`."""

_GOOD = frozenset(
    {
        *(SamplingReason.SAMPLES_PENDING, SamplingReason.SAMPLES_COLLECTED),
        *(ReportingReason.REPORT_PENDING, ReportingReason.REPORT_DELIVERED),
        *(ReportingReason.OPTED_OUT, ReportingReason.DISABLED),
    }
)
_PENDING = frozenset({SamplingReason.SAMPLES_PENDING, ReportingReason.REPORT_PENDING})
_DELIVERED = frozenset({ReportingReason.REPORT_DELIVERED, ReportingReason.OLD_SAMPLES_REJECTED})


def type_of(reason: str) -> EventType:
    """Tell the type of the event that says that a condition has this reason now."""
    return EventType.NORMAL if reason in _GOOD else EventType.WARNING


def events_between(before: Status, after: Status) -> Iterator[Event]:
    """Tell what has happened from one status to the next, in its order.

    Args:
        before: as `told_by` gives it; empty for an object that had no status.
        after: as it was written.
    """
    yield from _moved(before, after)
    reporting = _news(before, after, ConditionType.REPORTING)
    if reporting.get("reason") == ReportingReason.DISABLED:
        yield _opted_out(before)
        return
    yield from _told(_news(before, after, ConditionType.SAMPLING))
    yield from _told(reporting, _delivery(before, after))
    yield from _dropped(before, after)


def told_by(before: Status, after: Status) -> Status:
    """Tell what the events know once those between two statuses are told.

    It is what the later status says. But a restart can make a condition pending for a while, which
    is no news, and neither is what the condition says again afterwards. And how long nothing was
    delivered is known only at the end of an outage.
    """
    known = [_known(before, after, kind) for kind in ConditionType]
    told = {**after, "conditions": [condition for condition in known if condition]}
    if _condition(after, ConditionType.REPORTING).get("reason") not in _DELIVERED:
        told["lastReportTime"] = before.get("lastReportTime")
    return told


def _known(before: Status, after: Status, kind: ConditionType) -> Mapping[str, Any]:
    old, new = _condition(before, kind), _condition(after, kind)
    return old if old and _is_pending_anew(old, new) else new


def _news(before: Status, after: Status, kind: ConditionType) -> Mapping[str, Any]:
    """Give a condition that says something new; an empty one when it does not.

    The same reason in other words is news only after an edit of the spec: a receiver words its
    answers differently every time.
    """
    old, new = _condition(before, kind), _condition(after, kind)
    if not new or _is_pending_anew(old, new):
        return {}
    is_edited = old.get("observedGeneration") != new.get("observedGeneration")
    is_reworded = old.get("message") != new.get("message")
    is_new = old.get("reason") != new.get("reason") or (is_edited and is_reworded)
    return new if is_new else {}


def _is_pending_anew(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether a condition is pending although no edit of the spec has asked for that."""
    is_edited = bool(old) and old.get("observedGeneration") != new.get("observedGeneration")
    return new.get("reason") in _PENDING and not is_edited


def _told(condition: Mapping[str, Any], figures: str = "") -> Iterator[Event]:
    if condition:
        reason, said = str(condition.get("reason")), str(condition.get("message"))
        yield Event(type_of(reason), reason, said + figures, said)


def _opted_out(before: Status) -> Event:
    """Say that nothing is read or sent any more, in one event for both conditions."""
    waiting = _count(before, "pendingSamples")
    said = "spec.status is Disabled: no samples are taken and no reports are sent"
    figures = f"; {waiting} pending samples are never sent" if waiting else ""
    return Event(EventType.NORMAL, ReportingReason.DISABLED, said + figures, said)


def _moved(before: Status, after: Status) -> Iterator[Event]:
    old, new = _destination(before), _destination(after)
    if old and new and old != new:
        said = f"reports now go to {new}; before, they went to {old}"
        yield Event(EventType.NORMAL, EventReason.DESTINATION_CHANGED, said)


def _destination(status: Status) -> str:
    """Name where a status says that reports go; a query may have a key in it, and is left out."""
    effective = status.get("effective")
    if not isinstance(effective, Mapping) or "endpoint" not in effective:
        return ""
    url = str(effective["endpoint"]).partition("?")[0]
    return f"{url} (authorization {effective.get('authorization')})"


def _delivery(before: Status, after: Status) -> str:
    """Tell what has arrived after an outage."""
    old = _condition(before, ConditionType.REPORTING).get("reason")
    new = _condition(after, ConditionType.REPORTING).get("reason")
    report, last = after.get("lastReport"), before.get("lastReportTime")
    if new not in _DELIVERED or old in _DELIVERED or last == after.get("lastReportTime"):
        return ""
    if not isinstance(report, Mapping):
        return ""
    since = f"since {last}" if last else "ever"
    return f"; first delivery {since}: {report.get('samples')} samples"


def _dropped(before: Status, after: Status) -> Iterator[Event]:
    dropped = _count(after, "droppedSamples") - _count(before, "droppedSamples")
    loss = after.get("lastLoss")
    if dropped <= 0 or not before or not isinstance(loss, Mapping):
        return
    why = WHY_DROPPED.get(str(loss.get("reason")), str(loss.get("reason")))
    some = "" if loss.get("samples") == dropped else f"{loss.get('samples')} of them "
    span = f"{some}measured from {loss.get('from')} to {loss.get('to')}"
    said = f"{dropped} samples dropped, {span}: {why}"
    yield Event(EventType.WARNING, EventReason.SAMPLES_DROPPED, said, why)


def _count(status: Status, name: str) -> int:
    count = status.get(name)
    return count if isinstance(count, int) else 0


def _condition(status: Status, kind: ConditionType) -> Mapping[str, Any]:
    """Give a condition of a status; an empty one when it has none."""
    conditions = status.get("conditions")
    for condition in conditions if isinstance(conditions, list) else ():
        if isinstance(condition, Mapping) and condition.get("type") == kind:
            return condition
    return {}
