"""The spec with defaults and conflicts resolved: what the operator acts on and the status shows.

Defaults live here and not in the CRD: the API server persists a schema's default at creation, so a
fleet could never be moved to a better one.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from microshift_telemetry.spec.authorization import Authorization, NoAuthorization, PullSecret
from microshift_telemetry.spec.endpoint import Endpoint
from microshift_telemetry.spec.headers import Header
from microshift_telemetry.spec.label_sources import LabelSource
from microshift_telemetry.spec.lifecycle import Lifecycle
from microshift_telemetry.spec.protocol import REMOTE_WRITE, Protocol
from microshift_telemetry.spec.proxy import ProxyConfig
from microshift_telemetry.spec.shaping import LIFECYCLE_METRICS, SELF_METRICS, ExternalLabels
from microshift_telemetry.spec.telemetry_config import Spec
from microshift_telemetry.spec.tls import TlsConfig

DEFAULT_SENDING_INTERVAL = timedelta(hours=24)
DEFAULT_SAMPLING_INTERVAL = timedelta(hours=1)
DEFAULT_MAX_AGE = timedelta(hours=168)
DEFAULT_REPORT_HISTORY = 7


@dataclass(frozen=True, slots=True)
class Destination:
    """Where reports go, as whom, and as whose series."""

    endpoint: Endpoint
    authorization: Authorization
    tls: TlsConfig
    proxy: ProxyConfig | None
    """None: what the process' environment says."""
    headers: tuple[Header, ...]
    external_labels: ExternalLabels
    label_sources: tuple[LabelSource, ...] = ()
    """Further external labels, each with a value of the device that counts before a fixed one."""
    protocol: Protocol = REMOTE_WRITE

    @property
    def target(self) -> Endpoint:
        """Where each report is posted."""
        return self.endpoint.below(self.protocol.path)

    @property
    def credentials_field(self) -> str:
        """Name the field that says who sends; empty where none does."""
        if not isinstance(self.authorization, NoAuthorization):
            return "spec.authorization"
        has_secret = any(not isinstance(header.value, str) for header in self.headers)
        return "spec.headers" if has_secret else ""

    @property
    def store(self) -> tuple[str, bool]:
        """Where series end up: the base of a telemeter server, and True; or another URL.

        Such a server keeps in one what comes by either protocol.
        """
        url = self.target.url
        base = url.removesuffix(self.protocol.telemeter_path)
        return base, base != url

    @property
    def written(
        self,
    ) -> tuple[tuple[str, bool], frozenset[Header], ExternalLabels, tuple[LabelSource, ...]]:
        """Where series go, and as which ones: two that agree in it would write each twice.

        The letter case of a header's name says nothing.
        """
        headers = (replace(header, name=header.name.lower()) for header in self.headers)
        return self.store, frozenset(headers), self.external_labels, self.label_sources


@dataclass(frozen=True, slots=True)
class Effective:
    """What the operator acts on."""

    enabled: bool
    sending_interval: timedelta
    sampling_interval: timedelta
    """Never longer than the sending interval."""
    destination: Destination
    aggregation: str
    usage_unit: str
    max_age: timedelta
    """At least twice the sending interval."""
    excluded: frozenset[str]
    """Metrics, and values of the label `resource`."""
    anonymized: frozenset[str]
    report_history_limit: int
    """How many reports stay on the device as they were sent; 0: none."""
    lifecycle: Lifecycle | None = None
    """None: nothing is told of the starts of MicroShift."""

    @property
    def gateway(self) -> Endpoint | None:
        """Who gets what is told of the starts in place of the receiver; None: nobody."""
        return None if self.lifecycle is None else self.lifecycle.gateway


def effective_from(spec: Spec) -> Effective:
    """Resolve defaults and conflicts; whatever the spec says, something sensible comes out."""
    sending_interval = spec.sending_interval or DEFAULT_SENDING_INTERVAL
    return Effective(
        enabled=spec.enabled,
        sending_interval=sending_interval,
        sampling_interval=min(
            spec.sampling_interval or DEFAULT_SAMPLING_INTERVAL, sending_interval
        ),
        destination=Destination(
            endpoint=spec.endpoint or spec.protocol.default_endpoint,
            authorization=spec.authorization or _default_authorization(spec),
            tls=spec.tls,
            proxy=spec.proxy,
            headers=spec.headers,
            external_labels=spec.external_labels,
            label_sources=spec.label_sources,
            protocol=spec.protocol,
        ),
        aggregation="Average" if spec.protocol.is_averaged else spec.aggregation or "Auto",
        usage_unit=spec.usage_unit or "Percent",
        max_age=max(spec.max_age or DEFAULT_MAX_AGE, 2 * sending_interval),
        excluded=_excluded(spec),
        anonymized=spec.anonymized,
        report_history_limit=(
            DEFAULT_REPORT_HISTORY
            if spec.report_history_limit is None
            else spec.report_history_limit
        ),
        lifecycle=_lifecycle(spec),
    )


def _excluded(spec: Spec) -> frozenset[str]:
    """Tell what no report has: what the admin names, and what was not asked for."""
    excluded = spec.excluded
    if not spec.has_self_metrics:
        excluded |= SELF_METRICS
    if spec.lifecycle is None or spec.lifecycle.gateway is not None:
        excluded |= LIFECYCLE_METRICS
    return excluded


def _lifecycle(spec: Spec) -> Lifecycle | None:
    if spec.lifecycle is None:
        return None
    metrics = LIFECYCLE_METRICS - spec.excluded
    return replace(spec.lifecycle, metrics=metrics, anonymized=spec.anonymized)


def _default_authorization(spec: Spec) -> Authorization:
    """Give the pull secret with the default endpoint only; an own one gets no credential."""
    if spec.endpoint in {None, spec.protocol.default_endpoint}:
        return PullSecret()
    return NoAuthorization()
