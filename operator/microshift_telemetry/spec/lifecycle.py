"""What is told of the starts of MicroShift, and to whom: the field `lifecycle`."""

from dataclasses import dataclass, replace

from microshift_telemetry.spec.endpoint import Endpoint, parse_endpoint
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.fields import Fields
from microshift_telemetry.spec.shaping import LIFECYCLE_METRICS

SPEC_FIELDS = (
    "aggregation",
    "anonymizeLabels",
    "authorization",
    "buffer",
    "endpoint",
    "externalLabels",
    "externalLabelsFrom",
    "headers",
    "lifecycle",
    "metrics",
    "protocol",
    "proxyBasicAuth",
    "proxyUrl",
    "reportHistoryLimit",
    "samplingInterval",
    "selfMetrics",
    "sendingInterval",
    "status",
    "tlsConfig",
    "usageUnit",
)
"""The names that can be told of a spec: no other text of it ever becomes a label."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What an admin wants to be told of each start."""

    gateway: Endpoint | None = None
    """Gets it in place of the receiver; None: it goes with the reports."""
    metrics: frozenset[str] = LIFECYCLE_METRICS
    anonymized: frozenset[str] = frozenset()
    """Labels that a gateway does not get: it has no use for a hash that no two devices share."""
    modified: tuple[str, ...] = ()
    """The fields of the spec that differ from the shipped object."""


def parse_lifecycle(fields: Fields, modified: tuple[str, ...]) -> Lifecycle | None:
    """Read `spec.lifecycle`; None where nothing is to be told.

    Raises:
        SpecError: the status is unknown, or the gateway's URL can't be used.
    """
    if fields.one_of("status", "Enabled", "Disabled") != "Enabled":
        return None
    url, path = fields.text("pushgatewayUrl"), f"{fields.path}.pushgatewayUrl"
    gateway = None if url is None else parse_endpoint(url, path)
    if url is not None and ("?" in url or "#" in url):
        raise SpecError(f"{path}: has a query or a fragment; set the URL before /metrics")
    return Lifecycle(gateway, modified=modified)


def modified_fields(fields: Fields) -> tuple[str, ...]:
    """Name the fields that differ from the shipped object, whose spec is empty; never a value."""
    given = {name for name in fields.names() if fields.is_given(name)}
    if fields.text("status") == "Enabled":
        given.discard("status")  # the schema's default
    return tuple(name for name in SPEC_FIELDS if name in given)


def told_at_once(before: Lifecycle | None, newest: Lifecycle | None) -> Lifecycle | None:
    """Tell what of an edit holds before it has settled: what both specs allow, to the same one."""
    if before is None or newest is None or before.gateway != newest.gateway:
        return None
    return replace(
        newest,
        metrics=newest.metrics & before.metrics,
        anonymized=newest.anonymized | before.anonymized,
    )
