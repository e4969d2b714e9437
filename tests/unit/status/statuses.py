"""Small statuses of one object, and the events that follow from them."""

from typing import Any

from microshift_telemetry.status.events import Event, Status, events_between, told_by

EARLIER, LATER = "2026-11-20T22:08:41Z", "2026-11-21T01:20:00Z"
HERE = {"status": "Enabled", "endpoint": "https://here.example/write", "authorization": "None"}
REFUSED = {"samples": 24, "from": EARLIER, "to": LATER, "reason": "Refused"}
UNREACHABLE = ("EndpointUnreachable", "connection refused")
RETRYING = ("Retrying", "the receiver can't take samples now (503)")
DELIVERED = ("ReportDelivered", "accepted by the receiver")
PENDING = ("ReportPending", "no report was sent yet")
COLLECTED = ("SamplesCollected", "all sources were read")
DUPLICATE = ("DuplicateDestination", "an older one writes the same")
OFF = ("Disabled", "spec.status is Disabled: no reports are sent")

Said = tuple[str, str]
"""Reason and message."""


def a_status(
    reporting: Said, sampling: Said = COLLECTED, *, generation: int = 1, **fields: Any
) -> Status:
    said = {"Ready": reporting, "Sampling": sampling, "Reporting": reporting}
    conditions = [
        {"type": kind, "reason": reason, "message": message, "observedGeneration": generation}
        for kind, (reason, message) in said.items()
    ]
    return {"effective": HERE, "droppedSamples": 0, **fields, "conditions": conditions}


def events_of(*statuses: Status) -> list[Event]:
    """Tell the events of statuses that follow one another, the first one being known."""
    known, found = statuses[0], list[Event]()
    for status in statuses[1:]:
        found += events_between(known, status)
        known = told_by(known, status)
    return found


def reasons_of(*statuses: Status) -> list[str]:
    return [event.reason for event in events_of(*statuses)]
