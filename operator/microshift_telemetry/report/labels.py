"""The labels that a series carries on the wire."""

from microshift_telemetry.sample.metrics import CLUSTER_ID_LABEL
from microshift_telemetry.sample.sample import Labels, Series


def wire_labels(series: Series, cluster_id: str, external: Labels = ()) -> Labels:
    """Add `__name__`, `_id` and the external labels, sorted as remote write 1.0 demands.

    A label of the metric's own counts before an external one of its name.
    """
    identity = (("__name__", series.metric), (CLUSTER_ID_LABEL, cluster_id))
    return tuple(sorted(dict((*external, *series.labels, *identity)).items()))
