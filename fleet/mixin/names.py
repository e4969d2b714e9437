"""The metrics that rules and dashboards may use."""

from microshift_telemetry.sample import metrics

HEARTBEAT = metrics.CAPACITY_CPU.name
"""One sample per report, with the newest timestamp: it shows that a device reports."""

SENT = frozenset(
    metric.name
    for metric in metrics.CATALOGUE + metrics.SELF_CATALOGUE + metrics.LIFECYCLE_CATALOGUE
)
"""Every metric that a device can send; the later parts with `selfMetrics` and `lifecycle`."""
