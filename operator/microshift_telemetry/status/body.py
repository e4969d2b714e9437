"""The whole status that we own, as the API server gets it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from microshift_telemetry import __version__
from microshift_telemetry.spec.duration import format_duration
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.status.conditions import Condition, dated


@dataclass(frozen=True, slots=True)
class LastReport:
    """The report that was delivered last; its fields are the API's."""

    time: str
    series: int
    samples: int
    bytes: int
    requests: int
    statusCode: int  # noqa: N815  # the API's name
    durationMillis: int  # noqa: N815  # the API's name


@dataclass(frozen=True, slots=True)
class Facts:
    """What the status says beside its conditions; None where there is nothing to say."""

    generation: int
    cluster_id: str | None
    requested_at: str | None
    """The last `requestedAt` that was handled."""
    effective: Effective | None
    last_sample: datetime | None
    next_sample: datetime | None
    last_report: datetime | None
    next_report: datetime | None
    oldest_pending: datetime | None
    pending_samples: int
    dropped_samples: int
    report: LastReport | Mapping[str, Any] | None
    """As delivered by this process, or as the object had it."""


def status_body(
    facts: Facts, conditions: Iterable[Condition], previous: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Lay out the status; `previous` is the object's own, for the times of its conditions."""
    before = previous.get("conditions")
    body = {
        "observedGeneration": facts.generation,
        "clusterID": facts.cluster_id,
        "operatorVersion": __version__,
        "lastHandledRequestedAt": facts.requested_at,
        "effective": None if facts.effective is None else _effective(facts.effective),
        "lastSampleTime": timestamp(facts.last_sample),
        "nextSampleTime": timestamp(facts.next_sample),
        "lastReportTime": timestamp(facts.last_report),
        "nextReportTime": timestamp(facts.next_report),
        "oldestPendingTime": timestamp(facts.oldest_pending),
        "pendingSamples": facts.pending_samples,
        "droppedSamples": facts.dropped_samples,
        "lastReport": asdict(facts.report)
        if isinstance(facts.report, LastReport)
        else facts.report,
        "conditions": dated(
            conditions,
            before if isinstance(before, list) else [],
            facts.generation,
            str(timestamp(now)),
        ),
    }
    return {name: value for name, value in body.items() if value is not None}


def timestamp(moment: datetime | None) -> str | None:
    """Write RFC 3339 in UTC, to the second, as Kubernetes does."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def parse_timestamp(text: object) -> datetime | None:
    """Read a time of a status; None when it is absent or no time."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        if moment is None or moment.tzinfo is None:
            return moment and moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _effective(effective: Effective) -> dict[str, str]:
    if not effective.enabled:
        return {"status": "Disabled"}
    return {
        "status": "Enabled",
        "sendingInterval": format_duration(effective.sending_interval),
        "samplingInterval": format_duration(effective.sampling_interval),
        "endpoint": effective.destination.endpoint.url,
        "authorization": effective.destination.authorization.type,
        "aggregation": effective.aggregation,
    }
