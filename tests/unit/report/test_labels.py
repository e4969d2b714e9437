from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.buffer.form import Shape
from microshift_telemetry.report.labels import wire_labels
from microshift_telemetry.sample.metrics import CATALOGUE, Metric
from microshift_telemetry.sample.sample import Labels, Series
from tests.unit.factories import CLUSTER_ID, PODS

SALT, ANOTHER_SALT = b"a salt", b"another salt"
SHAPE = Shape(CLUSTER_ID, "Percent")
HIDING = replace(SHAPE, anonymized=frozenset({"instance", "site"}))
ADDRESS = "192.0.2.7"


def etcd_objects(instance: str) -> Series:
    return Series.of("instance:etcd_object_counts:sum", instance=instance)


def value(name: str, labels: Labels) -> str:
    return dict(labels)[name]


def test_name_and_cluster_stand_among_the_labels_in_order() -> None:
    assert wire_labels(PODS, SHAPE, SALT) == (
        ("__name__", "cluster:usage:resources:sum"),
        ("_id", CLUSTER_ID),
        ("resource", "pods"),
    )


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
def test_labels_are_sorted_and_none_is_there_twice(metric: Metric) -> None:
    series = Series.of(metric.name, **dict.fromkeys(metric.labels, "x"))

    names = [name for name, _ in wire_labels(series, SHAPE, SALT)]

    assert names == sorted(set(names))
    assert set(names) == {"__name__", "_id", *metric.labels}
    assert names[:2] == ["__name__", "_id"]


def test_an_anonymised_value_is_a_hash_that_the_salt_alone_can_tell() -> None:
    """The first half of `printf 'instance\\000192.0.2.7' | openssl dgst -sha256 -hmac 'a salt'`."""
    labels = wire_labels(etcd_objects(ADDRESS), HIDING, SALT)

    salted_otherwise = wire_labels(etcd_objects(ADDRESS), HIDING, ANOTHER_SALT)
    assert value("instance", labels) == "9da26f1da13b0ec734f4d14241ad8171"
    assert value("instance", salted_otherwise) != value("instance", labels)


def test_an_external_label_is_anonymised_where_it_is_named() -> None:
    shape = replace(HIDING, external_labels=(("fleet", "north"), ("site", "Main Street 1")))

    labels = dict(wire_labels(PODS, shape, SALT))

    assert labels["fleet"] == "north"
    assert labels["site"] not in {"", "Main Street 1"}
    assert labels["resource"] == "pods"


def test_equal_values_of_two_labels_cannot_be_told_to_be_equal() -> None:
    shape = replace(HIDING, external_labels=(("site", ADDRESS),))

    labels = dict(wire_labels(etcd_objects(ADDRESS), shape, SALT))

    assert labels["site"] != labels["instance"]


def test_what_receivers_tell_series_by_is_never_anonymised() -> None:
    shape = replace(SHAPE, anonymized=frozenset({"_id", "__name__"}))

    assert wire_labels(PODS, shape, SALT) == wire_labels(PODS, SHAPE, SALT)


@given(st.sets(st.text(min_size=1), min_size=2, max_size=20), st.binary(min_size=1))
def test_two_series_stay_two(instances: set[str], salt: bytes) -> None:
    hashed = {wire_labels(etcd_objects(each), HIDING, salt) for each in instances}

    assert len(hashed) == len(instances)
