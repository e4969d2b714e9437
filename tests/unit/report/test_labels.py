import pytest

from microshift_telemetry.report.labels import wire_labels
from microshift_telemetry.sample.metrics import CATALOGUE, Metric
from microshift_telemetry.sample.sample import Series
from tests.unit.factories import CLUSTER_ID, PODS


def test_name_and_cluster_stand_among_the_labels_in_order() -> None:
    assert wire_labels(PODS, CLUSTER_ID) == (
        ("__name__", "cluster:usage:resources:sum"),
        ("_id", CLUSTER_ID),
        ("resource", "pods"),
    )


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
def test_labels_are_sorted_and_none_is_there_twice(metric: Metric) -> None:
    series = Series.of(metric.name, **dict.fromkeys(metric.labels, "x"))

    names = [name for name, _ in wire_labels(series, CLUSTER_ID)]

    assert names == sorted(set(names))
    assert set(names) == {"__name__", "_id", *metric.labels}
    assert names[:2] == ["__name__", "_id"]
