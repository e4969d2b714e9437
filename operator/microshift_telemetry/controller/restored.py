"""What conditions say before anything was done, and what an earlier process made them say."""

from collections.abc import Mapping
from typing import TypeVar

from microshift_telemetry.buffer.records import Remembered
from microshift_telemetry.controller.schedule import milliseconds
from microshift_telemetry.spec.telemetry_config import TelemetryConfig
from microshift_telemetry.status.body import parse_timestamp
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import ConditionType, ReportingReason, SamplingReason

_JUDGED_ANEW = (
    SamplingReason.DISABLED,
    ReportingReason.DISABLED,
    ReportingReason.INVALID_SPEC,
    ReportingReason.DUPLICATE_DESTINATION,
    ReportingReason.INTERNAL_ERROR,
    ReportingReason.OVERDUE,
)
"""What this process finds out for itself."""

R = TypeVar("R", SamplingReason, ReportingReason)

SAMPLES_PENDING = Finding(SamplingReason.SAMPLES_PENDING, "no pass was made yet")
REPORT_PENDING = Finding(
    ReportingReason.REPORT_PENDING, "no report was sent yet; status.nextReportTime says when"
)


def restored_sampling(config: TelemetryConfig) -> Finding[SamplingReason]:
    """Tell what the condition Sampling says."""
    return _restored(config, ConditionType.SAMPLING, SamplingReason, SAMPLES_PENDING)


def restored_reporting(config: TelemetryConfig) -> Finding[ReportingReason]:
    """Tell what the condition Reporting says."""
    return _restored(config, ConditionType.REPORTING, ReportingReason, REPORT_PENDING)


def seed_from(config: TelemetryConfig) -> Remembered:
    """Tell what the status says of what lasts; a journal knows better."""
    last_report = parse_timestamp(config.status.get("lastReportTime"))
    dropped = config.status.get("droppedSamples")
    return Remembered(
        last_report_ms=None if last_report is None else milliseconds(last_report),
        dropped_samples=dropped if isinstance(dropped, int) and dropped > 0 else 0,
    )


def _restored(
    config: TelemetryConfig, kind: ConditionType, reasons: type[R], otherwise: Finding[R]
) -> Finding[R]:
    """Take a finding from a condition of the same generation: a restart changes no condition."""
    conditions = config.status.get("conditions")
    for condition in conditions if isinstance(conditions, list) else ():
        if (
            isinstance(condition, Mapping)
            and condition.get("type") == kind
            and condition.get("observedGeneration") == config.generation
            and condition.get("reason") in list(reasons)
            and condition["reason"] not in _JUDGED_ANEW
        ):
            return Finding(reasons(condition["reason"]), str(condition.get("message", "")))
    return otherwise
