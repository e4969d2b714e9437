"""The metrics that rules and dashboards may use."""

from microshift_telemetry.sample import metrics

HEARTBEAT = metrics.CAPACITY_CPU.name
"""One sample per report, with the newest timestamp: it shows that a device reports."""

DROPPED = "microshift_telemetry_dropped_samples_total"
OLDEST_PENDING = "microshift_telemetry_oldest_pending_seconds"
BUILD_INFO = "microshift_telemetry_build_info"
OWN_SERIES = frozenset({DROPPED, OLDEST_PENDING, BUILD_INFO})
"""What `spec.selfMetrics` adds."""

SENT = frozenset(metric.name for metric in metrics.CATALOGUE) | OWN_SERIES
"""Every metric that a device can send."""
