import pytest

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sample.metrics import CATALOGUE, RESOURCES, Kind
from microshift_telemetry.sources.collection import collect_pass
from microshift_telemetry.sources.shared_reads import VERSION_PATH
from tests.unit.sources.canned_api import CannedApi, refusal
from tests.unit.sources.surroundings import (
    CONTAINERD,
    DYNAMIC,
    EVERYTHING,
    NODE_NAME,
    a_node,
    every_source,
    shared_reads,
)

INVENTORY = (
    ("label_beta_kubernetes_io_instance_type", "rhde"),
    ("label_kubernetes_io_arch", "amd64"),
    ("label_node_openshift_io_os_id", "rhel"),
)


async def test_a_pass_reads_the_17_series_of_the_catalogue(kube: KubeClient) -> None:
    outcome = await collect_pass(every_source(), shared_reads(kube), 0, wanted=EVERYTHING)

    dynamic = [(each.series.metric, *each.series.labels) for each in outcome.sample_pass.dynamic]
    static = [(each.series.metric, *each.series.labels) for each in outcome.sample_pass.static]
    assert outcome.failures == {}
    assert outcome.notes == {}
    assert static == [
        ("cluster:capacity_cpu_cores:sum", *INVENTORY),
        ("cluster:capacity_memory_bytes:sum", *INVENTORY),
        ("cluster:capacity_disk_bytes:sum", *INVENTORY),
        ("cluster_version", ("type", "microshift-rpm"), ("version", "4.20.3")),
        (
            "microshift_version",
            ("deployment_type", "rpm"),
            ("os_version_id", "9.6"),
            ("version", "4.20.3"),
        ),
    ]
    assert sorted(dynamic) == sorted(
        [
            ("cluster:cpu_usage_cores:sum",),
            ("cluster:memory_usage_bytes:sum",),
            ("cluster:disk_usage_bytes:sum",),
            *(("cluster:usage:resources:sum", ("resource", each)) for each in RESOURCES),
            ("cluster:usage:containers:sum",),
            ("instance:etcd_object_counts:sum", ("instance", "192.0.2.7")),
        ]
    )


async def test_counts_are_those_of_the_cluster(kube: KubeClient) -> None:
    outcome = await collect_pass(every_source(), shared_reads(kube), 0, wanted=DYNAMIC)

    counts = {
        dict(each.series.labels).get("resource", each.series.metric): each.value
        for each in outcome.sample_pass.dynamic
        if each.total is None
    }
    assert counts == {
        "pods": 2,
        "namespaces": 9,
        "services": 5,
        "ingresses.networking.k8s.io": 0,
        "routes.route.openshift.io": 1,
        "customresourcedefinitions.apiextensions.k8s.io": 11,
        "images": 3,
        "cluster:usage:containers:sum": 4,
        "instance:etcd_object_counts:sum": 17,
    }


async def test_plain_kubernetes_has_four_series_less_and_no_failure_for_them(
    api: CannedApi, kube: KubeClient
) -> None:
    """No Routes, no list of images, and no version of MicroShift under two names."""
    api.lay_down({"/apis/route.openshift.io/v1/routes": refusal(404, "not found")})
    api.lay_down({VERSION_PATH: refusal(404, "not found")})
    api.lay_down({f"/api/v1/nodes/{NODE_NAME}": a_node(nodeInfo=CONTAINERD)})
    shared = shared_reads(kube, "no-images")

    outcome = await collect_pass(every_source(), shared, 0, wanted=EVERYTHING)

    assert len(outcome.sample_pass.dynamic) + len(outcome.sample_pass.static) == 13
    assert outcome.failures == {}


@pytest.mark.parametrize("kind", [Kind.STATIC, Kind.DYNAMIC])
async def test_every_source_belongs_where_the_catalogue_puts_its_metrics(
    kube: KubeClient, kind: Kind
) -> None:
    kinds = {metric.name: metric.kind for metric in CATALOGUE}
    sources = [source for source in every_source() if source.kind is kind]

    outcome = await collect_pass(sources, shared_reads(kube), 0, wanted=EVERYTHING)

    readings = outcome.sample_pass.dynamic + outcome.sample_pass.static
    assert {kinds[reading.series.metric] for reading in readings} == {kind}


def test_no_two_sources_have_one_name() -> None:
    names = [source.name for source in every_source()]

    assert len(set(names)) == len(names) == 16


def test_each_call_makes_sources_of_its_own() -> None:
    first, second = every_source(), every_source()

    of_cpu = [next(each for each in made if each.name == "cpu") for made in (first, second)]
    assert of_cpu[0] is not of_cpu[1]
