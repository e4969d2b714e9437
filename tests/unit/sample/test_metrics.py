import re

import pytest

from microshift_telemetry.sample.metrics import (
    CATALOGUE,
    LIFECYCLE_CATALOGUE,
    OWNED_LABELS,
    RESOURCES,
    SELF_CATALOGUE,
    Metric,
)
from microshift_telemetry.spec.shaping import LIFECYCLE_METRICS, SELF_METRICS


def test_the_catalogue_makes_17_series() -> None:
    assert len({metric.name for metric in CATALOGUE}) == len(CATALOGUE) == 11
    assert len(set(RESOURCES)) == len(RESOURCES) == 7
    assert len(CATALOGUE) - 1 + len(RESOURCES) == 17


def test_three_more_are_about_the_operator() -> None:
    assert {metric.name for metric in SELF_CATALOGUE} == SELF_METRICS
    assert len(SELF_METRICS) == 3


def test_three_more_are_about_the_starts_of_microshift() -> None:
    assert {metric.name for metric in LIFECYCLE_CATALOGUE} == LIFECYCLE_METRICS
    assert len(LIFECYCLE_METRICS) == 3


@pytest.mark.parametrize(
    "metric", CATALOGUE + SELF_CATALOGUE + LIFECYCLE_CATALOGUE, ids=lambda metric: metric.name
)
def test_every_metric_says_what_it_is_and_why_it_is_harmless(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z_:]+", metric.name)
    assert metric.unit
    assert metric.help
    assert metric.privacy


def test_no_external_label_can_take_the_place_of_one_of_ours() -> None:
    assert {
        "_id",
        "__name__",
        "instance",
        "resource",
        "version",
        "type",
        "os_version_id",
        "deployment_type",
        "label_kubernetes_io_arch",
        "label_node_openshift_io_os_id",
        "label_beta_kubernetes_io_instance_type",
    } == OWNED_LABELS
