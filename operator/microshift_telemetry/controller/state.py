"""All that is known of one TelemetryConfig between two ticks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.frozen import Progress, Report
from microshift_telemetry.controller.schedule import Plan
from microshift_telemetry.report.aggregation import Learned
from microshift_telemetry.sample.sample import SamplePass
from microshift_telemetry.sources.host import CpuTimes
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.spec.effective import Effective, effective_from
from microshift_telemetry.spec.endpoint import Origin
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.telemetry_config import TelemetryConfig
from microshift_telemetry.status.body import LastReport, parse_timestamp
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import ConditionType, ReportingReason, SamplingReason

TOLD_TO = timedelta(seconds=1)
"""The status tells times cut to the second: what was due in the rest of it was done as well."""

_JUDGED_ANEW = (ReportingReason.INVALID_SPEC,)
"""What an older version could not use, this one may."""

R = TypeVar("R", SamplingReason, ReportingReason)

SAMPLES_PENDING = Finding(SamplingReason.SAMPLES_PENDING, "no pass was made yet")
REPORT_PENDING = Finding(
    ReportingReason.REPORT_PENDING, "no report was sent yet; status.nextReportTime says when"
)
NO_VALID_SPEC = Finding(
    SamplingReason.SAMPLES_PENDING, "no samples are taken until the spec can be used"
)
SETTLING = Finding(
    ReportingReason.REPORT_PENDING,
    "the spec has changed; reports go on once it has stood for a while (10 % of the sending "
    "interval, at most 2m); the annotation telemetry.microshift.io/requestedAt skips the wait",
)
SAMPLING_DISABLED = Finding(SamplingReason.DISABLED, "spec.status is Disabled: nothing is read")
REPORTING_DISABLED = Finding(ReportingReason.DISABLED, "spec.status is Disabled: nothing is sent")


@dataclass(slots=True)
class State:
    """What the controller knows of one object; its parts change it, nobody else."""

    config: TelemetryConfig
    newest: Effective | None
    """What the spec asks for; None when it can't be used."""
    plan: Plan
    edited_at: float
    """Monotonic seconds: since when the spec has stood as it is."""
    in_force: Effective | None = None
    """What reports are sent by; None as long as nothing may be sent."""
    is_asked: bool = False
    """`requestedAt` asks for a report that was not made yet."""
    handled_request: str | None = None
    sampling: Finding[SamplingReason] = SAMPLES_PENDING
    reporting: Finding[ReportingReason] = REPORT_PENDING
    backlog: Backlog = field(default_factory=Backlog)
    newest_pass: SamplePass | None = None
    is_report_due: bool = False
    """The pass for a report was made; the report was not."""
    last_sample: datetime | None = None
    last_report: datetime | None = None
    report: LastReport | Mapping[str, Any] | None = None
    dropped_samples: int = 0
    learned: Learned = field(default_factory=Learned)
    origin: Origin | None = None
    """Whom the backlog was collected for."""
    cpu: CpuTimes | None = None
    """The counters of the last pass."""
    start: MicroshiftStart | None = None
    """MicroShift's start, as it was known after the last pass."""
    answered_start: MicroshiftStart | None = None
    """The start that the last frozen report tells of; None when that is not known."""
    frozen: Report | None = None
    """The report on its way."""
    progress: Progress = field(default_factory=Progress)

    def request_handled(self) -> None:
        """Note that `requestedAt` was answered, if it asks for anything."""
        if self.is_asked:
            self.handled_request, self.is_asked = self.config.requested_at, False

    @property
    def is_enabled(self) -> bool:
        """Tell whether sources may be read."""
        return self.newest is not None and self.newest.enabled


def state_from(config: TelemetryConfig, now: datetime, monotonic: float) -> State:
    """Take up an object where its status says that an earlier process left it."""
    status = config.status
    last_sample = parse_timestamp(status.get("lastSampleTime"))
    last_report = parse_timestamp(status.get("lastReportTime"))
    dropped, report = status.get("droppedSamples"), status.get("lastReport")
    state = State(
        config=config,
        newest=newest_from(config),
        plan=Plan(_done_until(last_sample, now), _done_until(last_report, now)),
        edited_at=monotonic,
        handled_request=_text(status.get("lastHandledRequestedAt")),
        last_sample=last_sample,
        last_report=last_report,
        report=report if isinstance(report, Mapping) else None,
        dropped_samples=dropped if isinstance(dropped, int) else 0,
    )
    state.is_asked = config.requested_at not in {None, state.handled_request}
    state.sampling = _restored(config, ConditionType.SAMPLING, SamplingReason, SAMPLES_PENDING)
    state.reporting = _restored(config, ConditionType.REPORTING, ReportingReason, REPORT_PENDING)
    return state


def newest_from(config: TelemetryConfig) -> Effective | None:
    """Resolve an object's spec; None when it can't be used."""
    return None if isinstance(config.spec, SpecError) else effective_from(config.spec)


def spec_finding(error: SpecError) -> Finding[ReportingReason]:
    """Say what is wrong with a spec."""
    return Finding(ReportingReason.INVALID_SPEC, str(error))


def _done_until(told: datetime | None, now: datetime) -> datetime:
    return now if told is None else min(told, now) + TOLD_TO


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


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
