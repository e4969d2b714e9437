"""What came of the reports so far, as the ledger and the condition Reporting have it."""

from datetime import datetime

from microshift_telemetry.buffer.records import Loss, LossReason
from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.clock import moment
from microshift_telemetry.controller.overview import reporting_finding
from microshift_telemetry.controller.parts import Parts
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.status.reasons import ReportingReason

_ASK = "request a report: set the annotation telemetry.microshift.io/requestedAt"
_OLD = "widen the receiver's out-of-order window; see docs/receivers.md"
_REFUSED = "the receiver rejects old samples"
_FINE = frozenset({ReportingReason.REPORT_PENDING, ReportingReason.REPORT_DELIVERED})


def reports_line(parts: Parts, spec: Effective, cluster_id: str | None, now: datetime) -> Line:
    """Tell what an admin should know of the reports, now that every hop is well."""
    finding, ledger = reporting_finding(parts, cluster_id), parts.store.ledger
    last_ms, waiting = ledger.remembered.last_report_ms, ledger.backlog.samples
    last = "no report delivered yet"
    if last_ms is not None:
        last = f"last report delivered {_time(last_ms)}"
    dropped = ledger.remembered.dropped_samples
    counts = f"{last}; samples pending: {waiting}, dropped since the object was created: {dropped}"
    if finding.reason in _FINE:
        if (refused := _refused(ledger.remembered.loss, spec, now)) is not None:
            return Line(Hop.REPORTS, Verdict.WARNING, f"{refused}; {counts}", _OLD)
        return Line(Hop.REPORTS, Verdict.OK, counts)
    seen = f"{finding.reason}: {finding.message}; {counts}"
    match finding.reason:
        case ReportingReason.OLD_SAMPLES_REJECTED:
            seen = f"{_REFUSED}: {finding.message}; {counts}"
            return Line(Hop.REPORTS, Verdict.WARNING, seen, _OLD)
        case ReportingReason.SAMPLES_REJECTED:
            remedy = "find the cause in the receiver's log"
            return Line(Hop.REPORTS, Verdict.FAILED, seen, remedy)
        case ReportingReason.INTERNAL_ERROR | ReportingReason.OVERDUE:
            return Line(
                Hop.REPORTS, Verdict.WARNING, seen, "report this bug with the operator's log"
            )
        case _:
            seen = f"last attempt, before this check: {seen}"
            return Line(Hop.REPORTS, Verdict.WARNING, seen, _ASK)


def _refused(loss: Loss | None, spec: Effective, now: datetime) -> str | None:
    """Tell what one of the last two reports has lost, though the newest one has lost nothing."""
    if loss is None or loss.reason is not LossReason.REFUSED:
        return None
    if now - moment(loss.at_ms) > 2 * spec.sending_interval:
        return None
    span = f"{_time(loss.from_ms)} to {_time(loss.to_ms)}"
    return f"{_REFUSED}: {loss.samples} from {span} were dropped {_time(loss.at_ms)}"


def _time(time_ms: int) -> str:
    return moment(time_ms).strftime("%Y-%m-%dT%H:%M:%SZ")
