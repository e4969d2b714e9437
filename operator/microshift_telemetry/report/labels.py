"""The labels that a series carries on the wire."""

from microshift_telemetry.sample.metrics import CLUSTER_ID_LABEL
from microshift_telemetry.sample.sample import Labels, Series


def wire_labels(series: Series, cluster_id: str) -> Labels:
    """Add `__name__` and `_id`, sorted by name as remote write 1.0 demands."""
    identity = (("__name__", series.metric), (CLUSTER_ID_LABEL, cluster_id))
    return tuple(sorted((*identity, *series.labels)))
