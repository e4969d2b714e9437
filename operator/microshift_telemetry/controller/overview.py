"""What is known of one TelemetryConfig → what its status, and who scrapes the operator, is told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from microshift_telemetry.clock import moment
from microshift_telemetry.controller.findings import overdue, unsure_of_clock
from microshift_telemetry.controller.parts import Parts
from microshift_telemetry.controller.schedule import grids
from microshift_telemetry.controller.specs import fingerprint
from microshift_telemetry.status.body import Facts
from microshift_telemetry.status.conditions import Condition, Finding, conditions_from
from microshift_telemetry.status.own_metrics import Figures
from microshift_telemetry.status.reasons import ReportingReason, SamplingReason

NO_VALID_SPEC = Finding(
    SamplingReason.SAMPLES_PENDING, "no samples are taken until the spec is valid"
)
SETTLING = Finding(
    ReportingReason.REPORT_PENDING,
    "the spec changed; reports resume once it stays unchanged for 10 % of the sending interval, at "
    "most 2m; to skip the wait, set the annotation telemetry.microshift.io/requestedAt",
)
SAMPLING_DISABLED = Finding(
    SamplingReason.DISABLED, "spec.status is Disabled: no samples are taken"
)
REPORTING_DISABLED = Finding(
    ReportingReason.DISABLED, "spec.status is Disabled: no reports are sent"
)


def sampling_finding(parts: Parts) -> Finding[SamplingReason]:
    """Tell what the condition Sampling says."""
    if parts.specs.error is not None:
        return NO_VALID_SPEC
    if not parts.specs.is_enabled:
        note = parts.store.note
        said = SAMPLING_DISABLED.message
        return replace(SAMPLING_DISABLED, message=f"{said}; {note}") if note else SAMPLING_DISABLED
    finding, epoch = _with_disk(parts), parts.timekeeper.epoch
    if epoch is None or epoch.is_trusted or finding.reason is SamplingReason.SOURCE_UNAVAILABLE:
        return finding
    return unsure_of_clock(finding)


def _with_disk(parts: Parts) -> Finding[SamplingReason]:
    """Add what is wrong with the disk by now; an earlier process may have said it already."""
    finding, note = parts.passes.finding, parts.store.note
    if not note or note in finding.message:
        return finding
    return replace(finding, message=f"{finding.message}; {note}")


def reporting_finding(parts: Parts, cluster_id: str | None) -> Finding[ReportingReason]:
    """Tell what the condition Reporting says: what the admin has asked for comes first."""
    specs = parts.specs
    if specs.error is not None:
        return Finding(ReportingReason.INVALID_SPEC, str(specs.error))
    if not specs.is_enabled:
        return REPORTING_DISABLED
    hindrance = parts.hindrances.finding
    if hindrance is not None:
        return hindrance
    if specs.is_settling:
        return SETTLING
    return overdue() if _is_overdue(parts, cluster_id) else _with_notes(parts)


def _with_notes(parts: Parts) -> Finding[ReportingReason]:
    """Add what is done for want of a name server, and which labels a report was without.

    An earlier process may have said the latter already.
    """
    finding, newest, renewal = parts.rounds.finding, parts.specs.newest, parts.renewal
    notes = () if newest is None else parts.labels.notes(newest.destination)
    notes += () if newest is None else parts.demanded.notes(newest)
    renewing = "" if renewal is None else renewal.note(parts.rounds.seconds_without_dns)
    added = [each for each in (*notes, renewing) if each and each not in finding.message]
    return replace(finding, message="; ".join((finding.message, *added)))


def conditions_of(parts: Parts, cluster_id: str | None, now: datetime) -> tuple[Condition, ...]:
    """Tell the three conditions."""
    newest, last_report = parts.specs.newest, last_report_of(parts)
    late = None if newest is None else newest.sending_interval
    return conditions_from(
        sampling_finding(parts),
        reporting_finding(parts, cluster_id),
        was_delivered=last_report is not None and is_delivered(parts),
        # A delivery that lies in the future was dated by a clock that was set back since.
        is_late=bool(late and last_report and abs(now - last_report) > late),
    )


def facts_of(parts: Parts, cluster_id: str | None, written: Mapping[str, Any]) -> Facts:
    """Tell the rest; `written` is the status that the object has."""
    ledger, report = parts.store.ledger, written.get("lastReport")
    oldest_ms = ledger.backlog.oldest_ms
    next_sample, next_report = _next(parts, cluster_id)
    return Facts(
        generation=parts.specs.config.generation,
        opt_out=parts.specs.opt_out or None,
        cluster_id=cluster_id,
        requested_at=parts.requests.handled,
        effective=parts.specs.newest,
        last_sample=parts.passes.last_sample,
        next_sample=next_sample,
        last_report=last_report_of(parts),
        next_report=next_report,
        oldest_pending=None if oldest_ms is None else moment(oldest_ms),
        pending_samples=ledger.backlog.samples,
        dropped_samples=ledger.remembered.dropped_samples,
        report=parts.rounds.last_report or (report if isinstance(report, Mapping) else None),
        loss=ledger.remembered.loss,
    )


def figures_of(parts: Parts, cluster_id: str | None, now: datetime) -> Figures | None:
    """Tell what a scrape of the operator gets; None of an object that has opted out."""
    newest, ledger, counters = parts.specs.newest, parts.store.ledger, parts.counters
    if newest is not None and not newest.enabled:
        return None
    oldest_ms = ledger.backlog.oldest_ms
    return Figures(
        name=parts.specs.config.name,
        conditions=conditions_of(parts, cluster_id, now),
        attempts=counters.attempts,
        last_delivery=last_report_of(parts),
        pending_samples=ledger.backlog.samples,
        oldest_pending=None if oldest_ms is None else moment(oldest_ms),
        sent_samples=counters.sent_samples,
        dropped_samples=ledger.remembered.dropped_samples,
        requests=counters.requests,
        sent_bytes=counters.sent_bytes,
        responses=counters.responses,
        last_pass=parts.passes.last_sample,
        reads=parts.passes.reads(frozenset() if newest is None else newest.excluded),
    )


def last_report_of(parts: Parts) -> datetime | None:
    """Tell when a report was last delivered."""
    time_ms = parts.store.ledger.remembered.last_report_ms
    return None if time_ms is None else moment(time_ms)


def is_delivered(parts: Parts) -> bool:
    """Tell whether the last delivery went to the destination that the spec asks for."""
    newest = parts.specs.newest
    to = parts.store.ledger.remembered.delivered_to
    return newest is not None and to == fingerprint(newest.destination)


def _is_overdue(parts: Parts, cluster_id: str | None) -> bool:
    spec = parts.specs.in_force
    if spec is None or cluster_id is None or not parts.timekeeper.is_trusted:
        return False
    on = grids(cluster_id, spec.sampling_interval, spec.sending_interval)
    return parts.rounds.is_overdue or parts.timetable.is_overdue(on)


def _next(parts: Parts, cluster_id: str | None) -> tuple[datetime | None, datetime | None]:
    """Tell when the next pass and the next report are due; None while neither can be."""
    spec = parts.specs.newest
    if spec is None or not spec.enabled or cluster_id is None:
        return None, None
    on = grids(cluster_id, spec.sampling_interval, spec.sending_interval)
    return parts.timetable.next_pass(on), parts.timetable.next_report(on)
