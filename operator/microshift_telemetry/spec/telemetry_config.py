"""A TelemetryConfig as the API server gives it → what the admin asked for, typed and frozen.

The API server has checked an object against the CRD before; what it let through under an older
CRD, or without validation, is met here with an error that names the field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from microshift_telemetry.errors import excerpt
from microshift_telemetry.spec.authorization import Authorization, parse_authorization
from microshift_telemetry.spec.duration import parse_duration
from microshift_telemetry.spec.endpoint import Endpoint, parse_endpoint
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.fields import Fields
from microshift_telemetry.spec.headers import Header, parse_headers
from microshift_telemetry.spec.label_sources import LabelSource, parse_label_sources
from microshift_telemetry.spec.lifecycle import Lifecycle, modified_fields, parse_lifecycle
from microshift_telemetry.spec.protocol import REMOTE_WRITE, Protocol, parse_protocol
from microshift_telemetry.spec.proxy import ProxyConfig, parse_proxy
from microshift_telemetry.spec.shaping import (
    ExternalLabels,
    parse_anonymized,
    parse_excluded,
    parse_external_labels,
)
from microshift_telemetry.spec.tls import TlsConfig, parse_tls

GROUP = "telemetry.microshift.io"
VERSION = "v1alpha1"
PLURAL = "telemetryconfigs"
KIND = "TelemetryConfig"
REQUESTED_AT = f"{GROUP}/requestedAt"
"""The annotation that asks for a pass and a report at once."""

MIN_INTERVAL, MAX_INTERVAL = timedelta(minutes=1), timedelta(hours=744)
MAX_REPORT_HISTORY = 100
MIN_AGE, MAX_AGE = timedelta(hours=1), timedelta(hours=8760)


@dataclass(frozen=True, slots=True)
class Spec:
    """What the admin asked for; None where nothing was said."""

    enabled: bool = True
    sending_interval: timedelta | None = None
    sampling_interval: timedelta | None = None
    endpoint: Endpoint | None = None
    authorization: Authorization | None = None
    tls: TlsConfig = field(default_factory=TlsConfig)
    proxy: ProxyConfig | None = None
    headers: tuple[Header, ...] = ()
    aggregation: str | None = None
    usage_unit: str | None = None
    max_age: timedelta | None = None
    external_labels: ExternalLabels = ()
    label_sources: tuple[LabelSource, ...] = ()
    """Further external labels, with values of the device."""
    excluded: frozenset[str] = frozenset()
    """Metrics, and values of the label `resource`."""
    has_self_metrics: bool = False
    anonymized: frozenset[str] = frozenset()
    """Labels whose values are hidden behind a hash."""
    report_history_limit: int | None = None
    protocol: Protocol = REMOTE_WRITE
    lifecycle: Lifecycle | None = None
    """None: nothing is told of the starts of MicroShift."""


@dataclass(frozen=True, slots=True)
class TelemetryConfig:
    """One object: its identity, its spec or what is wrong with it, and its last status."""

    name: str
    uid: str
    created: str
    """RFC 3339, for telling the older of two."""
    generation: int
    spec: Spec | SpecError
    requested_at: str | None
    is_deleted: bool
    status: Mapping[str, Any]


def telemetry_config_from(body: Mapping[str, Any]) -> TelemetryConfig:
    """Read an object; whatever is wrong with its spec is kept in place of the spec."""
    metadata = body["metadata"]
    try:
        spec: Spec | SpecError = parse_spec(body.get("spec"))
    except SpecError as error:
        spec = error
    annotations, status = _mapping(metadata.get("annotations")), _mapping(body.get("status"))
    requested_at = annotations.get(REQUESTED_AT)
    return TelemetryConfig(
        name=metadata["name"],
        uid=metadata["uid"],
        created=metadata["creationTimestamp"],
        generation=metadata["generation"],
        spec=spec,
        requested_at=requested_at if isinstance(requested_at, str) else None,
        is_deleted=metadata.get("deletionTimestamp") is not None,
        status=status,
    )


def parse_spec(value: object) -> Spec:
    """Parse a spec. An opt-out counts whatever else the spec holds.

    Raises:
        SpecError: a field can't be used.
    """
    fields = Fields(value, "spec")
    if fields.one_of("status", "Enabled", "Disabled") == "Disabled":
        return Spec(enabled=False)
    url = fields.text("endpoint")
    external_labels = parse_external_labels(fields.object("externalLabels"))
    spec = Spec(
        sending_interval=_duration(fields, "sendingInterval", MIN_INTERVAL, MAX_INTERVAL),
        sampling_interval=_duration(fields, "samplingInterval", MIN_INTERVAL, MAX_INTERVAL),
        endpoint=parse_endpoint(url, "spec.endpoint") if url else None,
        authorization=parse_authorization(fields.object("authorization")),
        tls=parse_tls(fields.object("tlsConfig")),
        proxy=parse_proxy(fields),
        headers=parse_headers(fields),
        aggregation=fields.one_of("aggregation", "Auto", "None", "Average"),
        usage_unit=fields.one_of("usageUnit", "Percent", "Absolute"),
        max_age=_duration(fields.object("buffer"), "maxAge", MIN_AGE, MAX_AGE),
        external_labels=external_labels,
        label_sources=parse_label_sources(fields, external_labels),
        excluded=parse_excluded(fields.object("metrics")),
        has_self_metrics=fields.one_of("selfMetrics", "Enabled", "Disabled") == "Enabled",
        anonymized=parse_anonymized(fields),
        report_history_limit=fields.number("reportHistoryLimit", MAX_REPORT_HISTORY),
        protocol=parse_protocol(fields),
        lifecycle=parse_lifecycle(fields.object("lifecycle"), modified_fields(fields)),
    )
    _refuse_what_the_protocol_forbids(spec)
    return spec


def _refuse_what_the_protocol_forbids(spec: Spec) -> None:
    protocol = spec.protocol
    protocol.refuse_endpoint(spec.endpoint)
    protocol.refuse_authorization(spec.authorization, spec.endpoint)
    protocol.refuse_interval(spec.sending_interval)
    protocol.refuse_labels(spec.external_labels)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _duration(
    fields: Fields, name: str, shortest: timedelta, longest: timedelta
) -> timedelta | None:
    text = fields.text(name)
    if text is None:
        return None
    try:
        duration = parse_duration(text)
    except ValueError as error:
        raise SpecError(f"{fields.path}.{name}: {error}") from error
    if not shortest <= duration <= longest:
        raise SpecError(f"{fields.path}.{name}: {excerpt(text)} is out of range")
    return duration
