import pytest

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.form import Form, Shape, WriteRequest
from microshift_telemetry.report.report import TimeSeries, time_series
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from tests.unit.factories import CLUSTER_ID, CORES, HOUR, MEMORY, NOON, PODS

PERCENT, ABSOLUTE = Form(Shape(CLUSTER_ID, "Percent")), Form(Shape(CLUSTER_ID, "Absolute"))
MEAN = Form(Shape(CLUSTER_ID, "Percent"), is_averaged=True)
MEMORY_LABELS = (("__name__", "cluster:memory_usage_bytes:sum"), ("_id", CLUSTER_ID))
PODS_LABELS = (
    ("__name__", "cluster:usage:resources:sum"),
    ("_id", CLUSTER_ID),
    ("resource", "pods"),
)
CORES_LABELS = (("__name__", "cluster:capacity_cpu_cores:sum"), ("_id", CLUSTER_ID))


@pytest.fixture
def backlog() -> Backlog:
    """Two passes; the second one has lost its pods."""
    backlog = Backlog()
    backlog.add(SamplePass(NOON, (Reading(MEMORY, 512.0, 2048.0), Reading(PODS, 7.0))))
    backlog.add(SamplePass(NOON + HOUR, (Reading(MEMORY, 1024.0, 2048.0),)))
    return backlog


def test_usages_are_told_as_shares_and_counts_as_they_are(backlog: Backlog) -> None:
    request = WriteRequest((NOON, NOON + HOUR), PERCENT)

    assert list(time_series(request, backlog, b"")) == [
        TimeSeries(MEMORY_LABELS, ((NOON, 25.0), (NOON + HOUR, 50.0))),
        TimeSeries(PODS_LABELS, ((NOON, 7.0),)),
    ]


def test_usages_are_told_in_their_units_when_asked_for(backlog: Backlog) -> None:
    request = WriteRequest((NOON, NOON + HOUR), ABSOLUTE)

    assert list(time_series(request, backlog, b"")) == [
        TimeSeries(MEMORY_LABELS, ((NOON, 512.0), (NOON + HOUR, 1024.0))),
        TimeSeries(PODS_LABELS, ((NOON, 7.0),)),
    ]


def test_statics_stand_at_the_newest_instant(backlog: Backlog) -> None:
    request = WriteRequest((NOON, NOON + HOUR), PERCENT, (CORES,))

    *_, last = time_series(request, backlog, b"")

    assert last == TimeSeries(CORES_LABELS, ((NOON + HOUR, 2.0),))


def test_a_series_without_a_reading_in_the_request_is_not_named(backlog: Backlog) -> None:
    request = WriteRequest((NOON + HOUR,), PERCENT)

    assert [series.labels for series in time_series(request, backlog, b"")] == [MEMORY_LABELS]


def test_an_averaged_request_has_one_mean_a_series_at_the_newest_instant(backlog: Backlog) -> None:
    request = WriteRequest((NOON, NOON + HOUR), MEAN, (CORES,))

    assert list(time_series(request, backlog, b"")) == [
        TimeSeries(MEMORY_LABELS, ((NOON + HOUR, 37.5),)),
        TimeSeries(PODS_LABELS, ((NOON + HOUR, 7.0),)),
        TimeSeries(CORES_LABELS, ((NOON + HOUR, 2.0),)),
    ]


def test_a_pass_that_was_dropped_in_between_is_left_out(backlog: Backlog) -> None:
    request = WriteRequest((NOON, NOON + HOUR), PERCENT)
    backlog.discard([NOON])

    assert list(time_series(request, backlog, b"")) == [
        TimeSeries(MEMORY_LABELS, ((NOON + HOUR, 50.0),))
    ]


def test_labels_are_sorted_with_those_that_every_series_has() -> None:
    backlog = Backlog()
    backlog.add(SamplePass(NOON, (Reading(Series.of("m", z="1", Z="2", a="3"), 1.0),)))

    [series] = time_series(WriteRequest((NOON,), PERCENT), backlog, b"")

    assert series.labels == (
        *(("Z", "2"), ("__name__", "m"), ("_id", CLUSTER_ID)),
        *(("a", "3"), ("z", "1")),
    )
