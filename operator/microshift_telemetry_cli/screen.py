"""What `status` shows: the operator, and each destination, on one screen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from microshift_telemetry_cli.destination import Condition, Destination, number_in
from microshift_telemetry_cli.errors import NOT_WELL, WELL
from microshift_telemetry_cli.pods import Operator
from microshift_telemetry_cli.style import Style
from microshift_telemetry_cli.words import count, field, moment, parse_time, relative, size, span

CONDITIONS = {
    "Reporting": ("reports", {"True": "delivered", "False": "not delivered"}),
    "Sampling": ("measuring", {"True": "works", "False": "does not work"}),
}
"""What the conditions are called on a screen, and what it means that one is True or False."""
CLOCK_OFF = re.compile(r"the device's clock is (.{1,20} (?:ahead of|behind) the receiver's)")
"""With it a message of Reporting ends while answers are dated more than five minutes off."""
NOTHING_CONFIGURED = "no TelemetryConfig: no samples are taken and no reports are sent"
NOTHING_KNOWN = "TelemetryConfigs unknown: the API server does not answer"


@dataclass(frozen=True)
class Scene:
    """Everything that a screen is about."""

    operator: Operator
    destinations: Sequence[Destination]
    is_stale: bool = False
    """The API server does not answer: this is what it said last."""

    @property
    def exit_code(self) -> int:
        """Tell whether anything asks for something to be done."""
        if self.operator.is_running is False:
            return NOT_WELL
        failed = any(each.is_ready() == "False" for each in self.destinations)
        return NOT_WELL if failed else WELL


def screen(scene: Scene, now: datetime, style: Style) -> list[str]:
    """Write the screen, at most 80 columns wide."""
    lines = list(_operator(scene, now, style))
    for each in scene.destinations:
        is_stale = scene.is_stale or scene.operator.is_running is False
        lines += ["", *destination_lines(each, now, style, is_stale=is_stale)]
    if not scene.destinations:
        lines += ["", NOTHING_KNOWN if scene.is_stale else NOTHING_CONFIGURED]
    return lines


def document(scene: Scene) -> dict[str, Any]:
    """Lay out the same for a program; `status` is the object's own."""
    return {
        "operator": {"running": scene.operator.is_running, "detail": scene.operator.detail},
        "destinations": [document_of(each) for each in scene.destinations],
    }


def document_of(destination: Destination) -> dict[str, Any]:
    """Lay out one destination for a program."""
    return {
        "name": destination.name,
        "finding": finding(destination),
        "status": dict(destination.status),
    }


def finding(destination: Destination) -> str:
    """Say in a few words how it stands."""
    ready, reporting = destination.is_ready(), destination.conditions.get("Reporting")
    if not destination.is_seen and destination.conditions:
        return "unknown: the operator has not yet seen the last edit"
    if not destination.is_enabled:
        return "off: no samples are taken and no reports are sent"
    if "Ready" not in destination.conditions:
        return "unknown: the operator has not processed it yet"
    if ready == "False":
        return f"does not work: {destination.reason('Ready')}"
    if reporting and reporting.reason == "OptedOut":
        return "no reports are sent: the pull secret has opted out"
    if ready == "Unknown":
        return f"unknown: {destination.reason('Ready')}"
    if reporting and reporting.status == "False":
        return f"works, but the last attempt failed: {reporting.reason}"
    return "works"


def destination_lines(
    destination: Destination, now: datetime, style: Style, *, is_stale: bool = False
) -> Iterator[str]:
    """Write one destination; it is stale where nobody says what still holds."""
    mark = {"True": style.good, "False": style.bad}.get(destination.is_ready(), style.open)
    said = mark(finding(destination))
    if is_stale and destination.conditions and destination.is_seen:
        said = f"{style.open('last known:')} {finding(destination)}"
    yield f"{style.strong(destination.name)}: {said}"
    for name, text in _facts(destination, now):
        yield from field(name, text)
    for kind in CONDITIONS:
        if kind in destination.conditions:
            yield from condition_lines(destination.conditions[kind], now)
    reason = destination.reason("Ready")
    if destination.is_ready() == "False" and reason:
        yield from field("more", f"kubectl telemetry explain {reason}")


def _operator(scene: Scene, now: datetime, style: Style) -> Iterator[str]:
    operator, written = scene.operator, [each.status for each in scene.destinations]
    versions = {str(each["operatorVersion"]) for each in written if "operatorVersion" in each}
    name = " ".join(["operator", *sorted(versions)])
    if operator.is_running:
        since = parse_time(operator.detail)
        ran = "" if since is None else f" for {_lasting(since, now)}"
        yield f"{style.strong(name)}: {style.good(f'running{ran}')}"
    elif operator.is_running is None:
        yield f"{style.strong(name)}: {style.open('unknown whether it is running')}"
        yield from field("why", operator.detail)
    else:
        yield f"{style.strong(name)}: {style.bad('not running')}"
        yield from field("why", operator.detail)
        if any(written):
            yield from field("note", "the rest of this screen shows its last status")
    ids = {str(each["clusterID"]) for each in written if "clusterID" in each}
    for each in sorted(ids):
        yield from field("device", each)


def _facts(destination: Destination, now: datetime) -> Iterator[tuple[str, str]]:
    status, effective = destination.status, destination.mapping("effective")
    if destination.endpoint:
        yield "sends to", destination.endpoint
    if destination.protocol:
        yield "protocol", destination.protocol
    if "sendingInterval" in effective:
        yield (
            "how often",
            f"reports every {effective['sendingInterval']}, "
            f"samples every {effective.get('samplingInterval')}",
        )
    yield "last report", _last_report(destination, now)
    if destination.is_enabled:
        yield "next report", _next_report(parse_time(status.get("nextReportTime")), now)
    yield "waiting", _backlog(destination, now)
    if destination.number("droppedSamples"):
        yield "lost", _loss(destination, now)
    if destination.is_enabled:
        yield "clock", _clock(destination)


def _next_report(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "unknown"
    due = "" if at > now else "was due "
    return f"{due}{relative(at, now)}, {moment(at)}"


def _last_report(destination: Destination, now: datetime) -> str:
    at = parse_time(destination.status.get("lastReportTime"))
    return "none yet" if at is None else f"{relative(at, now)}{_figures(destination)}"


def _figures(destination: Destination) -> str:
    figures = report_figures(destination)
    return f": {figures}" if figures else ""


def report_figures(destination: Destination) -> str:
    """Say what the last report was; empty when that is not known."""
    report = destination.mapping("lastReport")
    parts = [
        count(number, noun)
        for key, noun in (("series", "series"), ("samples", "sample"), ("requests", "request"))
        if (number := number_in(report, key)) is not None
    ]
    sent, code = number_in(report, "bytes"), number_in(report, "statusCode")
    parts += [] if sent is None else [size(sent)]
    parts += [] if code is None else [f"HTTP {code}"]
    return ", ".join(parts)


def _backlog(destination: Destination, now: datetime) -> str:
    oldest = parse_time(destination.status.get("oldestPendingTime"))
    if not destination.pending:
        return "nothing"
    samples = count(destination.pending, "sample")
    return samples if oldest is None else f"{samples}, the oldest from {relative(oldest, now)}"


def _loss(destination: Destination, now: datetime) -> str:
    text = f"{count(destination.number('droppedSamples') or 0, 'sample')} so far"
    loss = destination.mapping("lastLoss")
    at, samples = parse_time(loss.get("time")), number_in(loss, "samples")
    if at is None or samples is None:
        return text
    return f"{text}; the last {samples:,} of them {relative(at, now)}: {loss.get('reason')}"


def _clock(destination: Destination) -> str:
    sampling, reporting = destination.reason("Sampling"), destination.reason("Reporting")
    if reporting == "ClockNotSynchronized":
        return "wrong: more than an hour off the receiver's clock"
    if off := CLOCK_OFF.search(destination.message("Reporting")):
        return off[1]
    if sampling == "ClockNotSynchronized":
        return "not confirmed as synchronized"
    return "synchronized" if sampling in {"SamplesCollected", "PartialFailure"} else "unknown"


def _lasting(since: datetime, now: datetime) -> str:
    """Say for how long; the clock of who asks may be behind the device's."""
    return span(max((now - since).total_seconds(), 0))


def condition_lines(condition: Condition, now: datetime) -> list[str]:
    """Write a condition in words, with its reason and its message."""
    name, words = CONDITIONS[condition.type]
    said = "off" if condition.reason == "Disabled" else words.get(condition.status, "unknown")
    since = parse_time(condition.since)
    lasts = "" if since is None else f" for {_lasting(since, now)}"
    return [
        *field(name, f"{said}{lasts} ({condition.reason})"),
        *field("", condition.message),
    ]
