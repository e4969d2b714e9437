"""What came of an attempt to send a report → what the condition Reporting says, and what to do."""

from dataclasses import replace

from microshift_telemetry.controller.device_labels import LabelsUnreadError
from microshift_telemetry.controller.timekeeping import ClockError
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.errors import KubeForbiddenError
from microshift_telemetry.sending.answer import Answer, Verdict
from microshift_telemetry.sending.connection import UnreachableError
from microshift_telemetry.sending.credentials import (
    CredentialsMissingError,
    CredentialsRefusedError,
    OptedOutError,
)
from microshift_telemetry.sending.proxies import CREDENTIALS_ADVICE
from microshift_telemetry.sending.route import TlsConfigError
from microshift_telemetry.sending.speaker import Speaker
from microshift_telemetry.sending.tokens import OtherLabelsError, TokenError
from microshift_telemetry.spec.authorization import OAuth2
from microshift_telemetry.spec.effective import Destination
from microshift_telemetry.spec.tls import TlsConfig
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import ReportingReason, SamplingReason

SLOW = frozenset(
    {
        ReportingReason.UNAUTHORIZED,
        ReportingReason.SAMPLES_REJECTED,
        ReportingReason.INVALID_ENDPOINT,
        ReportingReason.CLOCK_NOT_SYNCHRONIZED,
    }
)
"""What an admin has to mend: asking again soon would only burden the receiver."""

PASSING = frozenset({ReportingReason.RETRYING, ReportingReason.ENDPOINT_UNREACHABLE})
"""What is expected to pass by itself."""


def unsure_of_clock(sampling: Finding[SamplingReason]) -> Finding[SamplingReason]:
    """Say that passes are made, and that nobody knows yet whether the clock is right."""
    text = (
        "the kernel does not report the device's clock as synchronized; samples are kept until the "
        f"receiver confirms the time; check chronyd; {sampling.message}"
    )
    return Finding(SamplingReason.CLOCK_NOT_SYNCHRONIZED, text)


def delivered(
    refused: Answer | None, *, is_averaging: bool, is_maybe_stored: bool = False
) -> Finding[ReportingReason]:
    """Say that the newest pass has arrived, and what became of the old ones.

    Args:
        refused: the receiver's word on old samples that it does not want; None when it took all.
        is_averaging: it was learned that it takes no old samples.
        is_maybe_stored: some of those may be stored all the same.
    """
    averaging = (
        "; the receiver rejects old samples, so reports contain averages until it accepts them "
        "(spec.aggregation: Auto)"
    )
    if refused is None:
        said = f"accepted by the receiver{averaging if is_averaging else ''}"
        return Finding(ReportingReason.REPORT_DELIVERED, said)
    said = (
        f"the receiver accepted the newest samples and rejected older ones ({refused}), which are "
        "dropped; widen the receiver's out-of-order window"
    )
    if is_maybe_stored:
        said += "; the receiver may have stored some of them (status.lastReport.maybeStored)"
    return Finding(ReportingReason.OLD_SAMPLES_REJECTED, said + (averaging if is_averaging else ""))


def not_delivered(verdict: Verdict, answer: Answer, to: Destination) -> Finding[ReportingReason]:
    """Say why a report waits, in the receiver's words."""
    if answer.speaker is Speaker.PROXY:
        return _by_proxy(verdict, answer)
    match verdict:
        case Verdict.UNAUTHORIZED if answer.renewal_error is not None:
            return _not_renewed(answer, answer.renewal_error, to.protocol.issuer)
        case Verdict.UNAUTHORIZED:
            return _unauthorized(answer, to.credentials_field)
        case Verdict.CONFLICT:
            return Finding(
                ReportingReason.SAMPLES_REJECTED,
                f"{answer.speaker} rejects the newest samples as a conflict ({answer}); find the "
                "cause in the receiver's log; samples are kept",
            )
        case Verdict.REFUSED | Verdict.TOO_LARGE:
            return Finding(
                ReportingReason.SAMPLES_REJECTED,
                f"{answer.speaker} rejects all samples, including the newest ({answer}); find the "
                "cause in the receiver's log; samples are kept",
            )
        case Verdict.WRONG_ENDPOINT:
            return _wrong_endpoint(answer, to.protocol.receiver)
        case _:
            return Finding(
                ReportingReason.RETRYING,
                f"{answer.speaker} cannot accept samples at the moment ({answer}); samples are "
                "kept and sent later; if this persists, see the receiver's log",
            )


def _by_proxy(verdict: Verdict, answer: Answer) -> Finding[ReportingReason]:
    """Say that the proxy answers in the receiver's place."""
    reason = {
        Verdict.UNAUTHORIZED: ReportingReason.UNAUTHORIZED,
        Verdict.SERVER_ERROR: ReportingReason.RETRYING,
        Verdict.RETRY: ReportingReason.RETRYING,
    }.get(verdict, ReportingReason.INVALID_ENDPOINT)
    if answer.status_code == 407:
        text = (
            f"the proxy rejects the operator's credentials ({answer}); {CREDENTIALS_ADVICE}; "
            "samples are kept"
        )
    else:
        text = (
            f"the proxy answers instead of the receiver ({answer}); configure the proxy to allow "
            "requests to spec.endpoint; samples are kept"
        )
    return Finding(reason, text)


def _not_renewed(answer: Answer, error: TelemetryError, issuer: str) -> Finding[ReportingReason]:
    """Say why a rejected access token has no successor: an outage of its issuer passes."""
    if isinstance(error, OtherLabelsError):
        text = f"{error} ({answer}); samples are kept and sent with them"
        return Finding(ReportingReason.RETRYING, text)
    cause = not_sent(error)
    text = (
        f"{answer.speaker} rejects the access token ({answer}), and {issuer} issued no new one: "
        f"{cause.message}"
    )
    return Finding(cause.reason, text)


def _unauthorized(answer: Answer, credentials_field: str) -> Finding[ReportingReason]:
    text = (
        f"{answer.speaker} rejects the credentials ({answer}); correct the credentials that "
        f"{credentials_field} references; samples are kept"
    )
    if not credentials_field:
        text = (
            f"{answer.speaker} requires credentials, and spec.authorization is None ({answer}); "
            "set spec.authorization; samples are kept"
        )
    if answer.speaker is Speaker.EITHER:
        text = (
            f"{answer.speaker} denies access ({answer}); credentials are never sent over plain "
            "http; use an https endpoint, or allow the request in the proxy; samples are kept"
        )
    return Finding(ReportingReason.UNAUTHORIZED, text)


def _wrong_endpoint(answer: Answer, receiver: str) -> Finding[ReportingReason]:
    if answer.is_page:
        text = (
            f"spec.endpoint returns a web page ({answer}); if it is the login page of your "
            "network, log in there; otherwise correct the path; samples are kept"
        )
    elif 300 <= answer.status_code <= 399:
        text = (
            f"spec.endpoint redirects the request{_to(answer)} ({answer}); redirects are never "
            "followed; set spec.endpoint to the final URL; samples are kept"
        )
    else:
        text = (
            f"no {receiver} answers at spec.endpoint ({answer}); correct its path; samples are kept"
        )
    if answer.speaker is Speaker.EITHER:
        text = f"{answer.speaker} answers: {text}"
    return Finding(ReportingReason.INVALID_ENDPOINT, text)


def _to(answer: Answer) -> str:
    return f" to {answer.location}" if answer.location else ""


def catching_up(
    waiting: Finding[ReportingReason],
) -> Finding[ReportingReason]:
    """Say that the newest pass has arrived, and that older ones still wait."""
    said = f"the receiver accepted the newest samples; older ones wait: {waiting.message}"
    return Finding(ReportingReason.REPORT_DELIVERED, said)


def not_sent(error: TelemetryError) -> Finding[ReportingReason]:
    """Say why nothing could be sent at all."""
    if (reason := _said_in_full(error)) is not None:
        return Finding(reason, str(error))
    match error:
        case OptedOutError():
            text = (
                f"{error}; no reports are sent, and samples are kept until the entry is back; to "
                "stop sampling too, set spec.status to Disabled; to use your own receiver, set "
                "spec.endpoint"
            )
            return Finding(ReportingReason.OPTED_OUT, text)
        case CredentialsMissingError():
            text = f"{error}; samples are kept, and the operator retries"
            return Finding(ReportingReason.CREDENTIALS_MISSING, text)
        case TokenError():
            return _without_token(error)
        case UnreachableError():
            text = f"{error}; {error.advice}; samples are kept and sent later"
            return Finding(ReportingReason.ENDPOINT_UNREACHABLE, text)
        case KubeForbiddenError():
            text = (
                f"cannot read a Secret or ConfigMap that the spec references: {error}; apply the "
                "Role microshift-telemetry again; samples are kept"
            )
            return Finding(ReportingReason.RETRYING, text)
        case _:
            text = (
                f"cannot read a Secret or ConfigMap that the spec references: {error}; samples are "
                "kept, and the operator retries"
            )
            return Finding(ReportingReason.RETRYING, text)


def _without_token(error: TokenError) -> Finding[ReportingReason]:
    if not error.is_lasting:
        return Finding(ReportingReason.RETRYING, f"{error}; samples are kept and sent later")
    elsewhere = ReportingReason.INVALID_ENDPOINT
    reason = elsewhere if error.is_elsewhere else ReportingReason.UNAUTHORIZED
    return Finding(reason, f"{error}; {error.advice}; samples are kept")


def is_without_dns(error: TelemetryError | None) -> bool:
    """Tell whether nothing could be sent for want of a name server."""
    return isinstance(error, UnreachableError) and error.is_without_dns


def _said_in_full(error: TelemetryError) -> ReportingReason | None:
    """Give the reason of an error whose text says what to do; None for any other."""
    match error:
        case CredentialsRefusedError():
            return ReportingReason.CREDENTIALS_REFUSED
        case TlsConfigError():
            return ReportingReason.INVALID_SPEC
        case ClockError(is_wrong=True):
            return ReportingReason.CLOCK_NOT_SYNCHRONIZED
        case ClockError() | LabelsUnreadError():
            return ReportingReason.RETRYING
        case _:
            return None


def with_risk(finding: Finding[ReportingReason], to: Destination) -> Finding[ReportingReason]:
    """Add what an admin has allowed and should not forget."""
    message = finding.message
    if to.endpoint.is_encrypted and not to.tls.is_verified:
        message += (
            "; the receiver's certificate is not verified (spec.tlsConfig.insecureSkipVerify)"
        )
    match to.authorization:
        case OAuth2(tls=TlsConfig(is_verified=False)):
            message += (
                "; the token server's certificate is not verified "
                "(spec.authorization.oauth2.tlsConfig.insecureSkipVerify)"
            )
        case _:
            pass
    return replace(finding, message=message)


def duplicate_of(older: str) -> Finding[ReportingReason]:
    """Say that an older object of this name writes the same series already."""
    return Finding(
        ReportingReason.DUPLICATE_DESTINATION,
        f"the older TelemetryConfig {older} already writes the same series to the same receiver; "
        "delete one of the two, or change spec.endpoint, spec.headers or spec.externalLabels",
    )


def overdue() -> Finding[ReportingReason]:
    """Say that a report was due, and that nothing has come of it."""
    return Finding(
        ReportingReason.OVERDUE,
        "a report has been due for more than two hours, and was neither delivered nor rejected; "
        "save the operator's log, then delete its pod",
    )


def internal_error(while_doing: str, error: Exception) -> Finding[ReportingReason]:
    """Say that a bug of ours has stopped an attempt."""
    return Finding(
        ReportingReason.INTERNAL_ERROR,
        f"internal error while {while_doing} ({type(error).__name__}); samples are kept, and the "
        "operator retries; report this bug with the traceback from the operator's log",
    )
