"""The whole status that we own, as the API server gets it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from microshift_telemetry import __version__
from microshift_telemetry.buffer.records import Loss, LossReason
from microshift_telemetry.clock import milliseconds, moment
from microshift_telemetry.spec.duration import format_duration
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.status.conditions import Condition, dated


@dataclass(frozen=True, slots=True)
class LastReport:
    """The report of which a receiver took something last; its fields are the API's."""

    time: str
    series: int
    samples: int
    bytes: int
    requests: int
    statusCode: int  # noqa: N815  # the API's name
    durationMillis: int  # noqa: N815  # the API's name
    fresh: bool
    """Its fresh pass was taken."""
    refused: int
    """Samples that the receiver refuses for good."""
    maybeStored: int  # noqa: N815  # the API's name
    """Samples that were given up, and may be stored all the same."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the status says beside its conditions; None where there is nothing to say."""

    generation: int
    opt_out: int | None
    """The generation of the last spec that opted out."""
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
    """As sent by this process, or as the object had it."""
    loss: Loss | None
    """What was lost for good last."""


def status_body(
    facts: Facts, conditions: Iterable[Condition], previous: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Lay out the status; `previous` is the object's own, for the times of its conditions."""
    before = previous.get("conditions")
    body = {
        "observedGeneration": facts.generation,
        "lastOptOutGeneration": facts.opt_out,
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
        "lastLoss": None if facts.loss is None else _loss(facts.loss),
        "conditions": dated(
            conditions,
            before if isinstance(before, list) else [],
            facts.generation,
            str(timestamp(now)),
        ),
    }
    return {name: value for name, value in body.items() if value is not None}


def parse_loss(value: object) -> Loss | None:
    """Read `status.lastLoss`; None when it is absent or makes no sense."""
    if not isinstance(value, Mapping):
        return None
    at, begin, end = (parse_timestamp(value.get(name)) for name in ("time", "from", "to"))
    reason, samples = _LOSS_REASONS.get(str(value.get("reason"))), value.get("samples")
    if at is None or begin is None or end is None or reason is None:
        return None
    if not isinstance(samples, int):
        return None
    return Loss(milliseconds(at), samples, milliseconds(begin), milliseconds(end), reason)


def timestamp(at: datetime | None) -> str | None:
    """Write RFC 3339 in UTC, to the second, as Kubernetes does."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def parse_timestamp(text: object) -> datetime | None:
    """Read a time of a status; None when it is absent or no time."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
        if at is None or at.tzinfo is None:
            return at and at.replace(tzinfo=UTC)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _loss(loss: Loss) -> dict[str, object]:
    return {
        "time": timestamp(moment(loss.at_ms)),
        "samples": loss.samples,
        "from": timestamp(moment(loss.from_ms)),
        "to": timestamp(moment(loss.to_ms)),
        "reason": LOSS_NAMES[loss.reason],
    }


LOSS_NAMES = {
    LossReason.REFUSED: "Refused",
    LossReason.EXPIRED: "Expired",
    LossReason.CROWDED_OUT: "BufferFull",
    LossReason.MOVED: "EndpointChanged",
    LossReason.UNANSWERED: "Unanswered",
    LossReason.UNDATED: "Undated",
}
"""The API's names."""
_LOSS_REASONS = {name: reason for reason, name in LOSS_NAMES.items()}


def _effective(effective: Effective) -> dict[str, str]:
    if not effective.enabled:
        return {"status": "Disabled"}
    return {
        "status": "Enabled",
        "sendingInterval": format_duration(effective.sending_interval),
        "samplingInterval": format_duration(effective.sampling_interval),
        "protocol": effective.destination.protocol.name,
        "endpoint": effective.destination.endpoint.written,
        "authorization": effective.destination.authorization.type,
        "aggregation": effective.aggregation,
        **_lifecycle(effective),
    }


def _lifecycle(effective: Effective) -> dict[str, str]:
    if effective.lifecycle is None:
        return {}
    gateway = effective.gateway
    to = {} if gateway is None else {"pushgatewayUrl": gateway.shown}
    return {"lifecycle": "Enabled", **to}
