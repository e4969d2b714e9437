"""How an attempt has failed → the wait before the next one, and what the condition says."""

from microshift_telemetry.controller.attempt import Attempt
from microshift_telemetry.controller.findings import is_without_dns, not_delivered, not_sent
from microshift_telemetry.controller.retries import Failure
from microshift_telemetry.delivery.round import Ended
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.sending.answer import REFUSALS, Answer
from microshift_telemetry.sending.connection import UnreachableError
from microshift_telemetry.sending.tokens import TokenError
from microshift_telemetry.spec.effective import Destination
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import ReportingReason


def unsent(error: TelemetryError) -> tuple[Failure, Finding[ReportingReason]]:
    """Tell of an attempt in which nothing could be sent."""
    finding = not_sent(error)
    failure = Failure(
        finding.reason,
        has_connection=not isinstance(error, UnreachableError),
        is_without_dns=is_without_dns(error),
        retry_after_seconds=_asked_by(error),
    )
    return failure, finding


def failure_of(attempt: Attempt, ended: Ended, finding: Finding[ReportingReason]) -> Failure:
    """Tell of an attempt that ended waiting."""
    answer = attempt.answer
    return Failure(
        reason=finding.reason,
        was_answered=answer is not None,
        has_connection=attempt.has_connection,
        is_without_dns=is_without_dns(attempt.error),
        is_refusal=ended.verdict in REFUSALS,
        has_taken=ended.has_taken,
        has_progressed=ended.has_progressed,
        is_fresh_taken=attempt.tally.is_fresh_taken,
        retry_after_seconds=max(_asked_by(attempt.error), _asked_in(answer)),
    )


def _asked_in(answer: Answer | None) -> float:
    """Give the wait that an answer asks for, or a renewal of the token that it refuses."""
    if answer is None:
        return 0.0
    return max(answer.retry_after_seconds, _asked_by(answer.renewal_error))


def _asked_by(error: TelemetryError | None) -> float:
    return error.retry_after_seconds if isinstance(error, TokenError) else 0.0


def finding_of(attempt: Attempt, ended: Ended, to: Destination) -> Finding[ReportingReason]:
    """Say why a round waits."""
    answer = attempt.refusal if ended.verdict in REFUSALS else attempt.answer
    if attempt.error is not None or answer is None:
        return not_sent(attempt.error or TelemetryError("the receiver did not answer"))
    return not_delivered(ended.verdict, answer, to)
