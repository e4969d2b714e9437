"""Every condition type and reason, and what each says about the condition and about Ready."""

from dataclasses import dataclass
from enum import StrEnum


class ConditionType(StrEnum):
    """The conditions of a TelemetryConfig."""

    READY = "Ready"
    SAMPLING = "Sampling"
    REPORTING = "Reporting"


class ConditionStatus(StrEnum):
    """metav1.ConditionStatus."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class SamplingReason(StrEnum):
    """How the newest pass went."""

    SAMPLES_PENDING = "SamplesPending"
    SAMPLES_COLLECTED = "SamplesCollected"
    PARTIAL_FAILURE = "PartialFailure"
    SOURCE_UNAVAILABLE = "SourceUnavailable"
    CLOCK_NOT_SYNCHRONIZED = "ClockNotSynchronized"
    DISABLED = "Disabled"


class ReportingReason(StrEnum):
    """How the newest report went."""

    REPORT_PENDING = "ReportPending"
    REPORT_DELIVERED = "ReportDelivered"
    RETRYING = "Retrying"
    ENDPOINT_UNREACHABLE = "EndpointUnreachable"
    OPTED_OUT = "OptedOut"
    CREDENTIALS_MISSING = "CredentialsMissing"
    CREDENTIALS_REFUSED = "CredentialsRefused"
    UNAUTHORIZED = "Unauthorized"
    SAMPLES_REJECTED = "SamplesRejected"
    OLD_SAMPLES_REJECTED = "OldSamplesRejected"
    INVALID_ENDPOINT = "InvalidEndpoint"
    DUPLICATE_DESTINATION = "DuplicateDestination"
    INVALID_SPEC = "InvalidSpec"
    CLOCK_NOT_SYNCHRONIZED = "ClockNotSynchronized"
    OVERDUE = "Overdue"
    INTERNAL_ERROR = "InternalError"
    DISABLED = "Disabled"


class Readiness(StrEnum):
    """What a reason says about Ready."""

    READY = "ready"
    NOT_READY = "not ready"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    """Unknown until something was delivered, and once a sending interval has passed since."""
    LATE = "late"
    """Ready until a sending interval has passed without a delivery; not ready before the first."""
    SILENT = "silent"
    """Leaves the word to the other condition."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reason says."""

    status: ConditionStatus
    readiness: Readiness


Reason = SamplingReason | ReportingReason

_FAILED = Meaning(ConditionStatus.FALSE, Readiness.NOT_READY)
_LATE = Meaning(ConditionStatus.FALSE, Readiness.LATE)
_PENDING = Meaning(ConditionStatus.UNKNOWN, Readiness.WAITING)
_SAMPLED = Meaning(ConditionStatus.TRUE, Readiness.SILENT)
_OFF = Meaning(ConditionStatus.FALSE, Readiness.READY)

_SAMPLING = {
    SamplingReason.SAMPLES_PENDING: Meaning(ConditionStatus.UNKNOWN, Readiness.UNKNOWN),
    SamplingReason.SAMPLES_COLLECTED: _SAMPLED,
    SamplingReason.PARTIAL_FAILURE: _SAMPLED,
    SamplingReason.SOURCE_UNAVAILABLE: _FAILED,
    SamplingReason.CLOCK_NOT_SYNCHRONIZED: _PENDING,
    SamplingReason.DISABLED: _OFF,
}
_REPORTING = {
    ReportingReason.REPORT_PENDING: _PENDING,
    ReportingReason.REPORT_DELIVERED: Meaning(ConditionStatus.TRUE, Readiness.READY),
    ReportingReason.RETRYING: _LATE,
    ReportingReason.ENDPOINT_UNREACHABLE: _LATE,
    ReportingReason.OPTED_OUT: _OFF,
    ReportingReason.CREDENTIALS_MISSING: _FAILED,
    ReportingReason.CREDENTIALS_REFUSED: _FAILED,
    ReportingReason.UNAUTHORIZED: _FAILED,
    ReportingReason.SAMPLES_REJECTED: _FAILED,
    ReportingReason.OLD_SAMPLES_REJECTED: Meaning(ConditionStatus.TRUE, Readiness.READY),
    ReportingReason.INVALID_ENDPOINT: _FAILED,
    ReportingReason.DUPLICATE_DESTINATION: _FAILED,
    ReportingReason.INVALID_SPEC: _FAILED,
    ReportingReason.CLOCK_NOT_SYNCHRONIZED: _FAILED,
    ReportingReason.OVERDUE: _FAILED,
    ReportingReason.INTERNAL_ERROR: _FAILED,
    ReportingReason.DISABLED: _OFF,
}


def meaning(reason: Reason) -> Meaning:
    """Tell what a reason says about its condition and about Ready."""
    if isinstance(reason, SamplingReason):
        return _SAMPLING[reason]
    return _REPORTING[reason]
