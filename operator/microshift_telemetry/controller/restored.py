"""What conditions say before anything was done, and what an earlier process made them say."""

from collections.abc import Mapping
from typing import Any, TypeVar

from microshift_telemetry.buffer.records import Remembered
from microshift_telemetry.clock import milliseconds
from microshift_telemetry.controller.specs import fingerprint
from microshift_telemetry.spec.effective import effective_from
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.telemetry_config import TelemetryConfig
from microshift_telemetry.status.body import parse_loss, parse_timestamp
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import (
    ConditionStatus,
    ConditionType,
    ReportingReason,
    SamplingReason,
)

_JUDGED_ANEW = (
    SamplingReason.DISABLED,
    SamplingReason.SOURCE_UNAVAILABLE,
    ReportingReason.DISABLED,
    ReportingReason.INVALID_SPEC,
    ReportingReason.DUPLICATE_DESTINATION,
    ReportingReason.INTERNAL_ERROR,
    ReportingReason.OVERDUE,
)
"""What this process finds out for itself."""

R = TypeVar("R", SamplingReason, ReportingReason)

SAMPLES_PENDING = Finding(SamplingReason.SAMPLES_PENDING, "no samples were taken yet")
REPORT_PENDING = Finding(
    ReportingReason.REPORT_PENDING,
    "no report was sent yet; status.nextReportTime shows when the first is due",
)


def restored_sampling(config: TelemetryConfig) -> Finding[SamplingReason]:
    """Tell what the condition Sampling says."""
    return _restored(config, ConditionType.SAMPLING, SamplingReason, SAMPLES_PENDING)


def restored_reporting(config: TelemetryConfig) -> Finding[ReportingReason]:
    """Tell what the condition Reporting says."""
    return _restored(config, ConditionType.REPORTING, ReportingReason, REPORT_PENDING)


def seed_from(config: TelemetryConfig) -> Remembered:
    """Tell what the status says of what lasts; a journal knows better.

    Where Ready is True for the spec as it is, the last report went where the spec sends to.
    """
    status = config.status
    last_report = parse_timestamp(status.get("lastReportTime"))
    dropped = status.get("droppedSamples")
    ready = _condition(config, ConditionType.READY) or {}
    is_ready = ready.get("status") == ConditionStatus.TRUE
    return Remembered(
        destination=destination_of(config) if is_ready else "",
        last_report_ms=None if last_report is None else milliseconds(last_report),
        delivered_to=destination_of(config) if is_ready and last_report else "",
        dropped_samples=dropped if isinstance(dropped, int) and dropped > 0 else 0,
        loss=parse_loss(status.get("lastLoss")),
    )


def destination_of(config: TelemetryConfig) -> str:
    """Tell where a spec sends to, as `fingerprint` has it; empty when it can't be used."""
    if isinstance(config.spec, SpecError):
        return ""
    return fingerprint(effective_from(config.spec).destination)


def _restored(
    config: TelemetryConfig, kind: ConditionType, reasons: type[R], otherwise: Finding[R]
) -> Finding[R]:
    """Take a finding from a condition of the same generation: a restart changes no condition."""
    condition = _condition(config, kind)
    reason = None if condition is None else condition.get("reason")
    if condition is None or reason not in list(reasons) or reason in _JUDGED_ANEW:
        return otherwise
    return Finding(reasons(reason), str(condition.get("message", "")))


def _condition(config: TelemetryConfig, kind: ConditionType) -> Mapping[str, Any] | None:
    """Give a condition that is about the spec as it is."""
    conditions = config.status.get("conditions")
    for condition in conditions if isinstance(conditions, list) else ():
        if (
            isinstance(condition, Mapping)
            and condition.get("type") == kind
            and condition.get("observedGeneration") == config.generation
        ):
            return condition
    return None
