import pytest

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.etcd_objects import EtcdObjects
from microshift_telemetry.sources.outcome import Readings, SourceError
from tests.unit.sources.canned_api import Answer, CannedApi
from tests.unit.sources.surroundings import NODE_NAME, a_node, shared_reads


async def test_the_api_servers_count_is_told_with_the_nodes_first_address(
    kube: KubeClient,
) -> None:
    series = Series.of("instance:etcd_object_counts:sum", instance="192.0.2.7")

    assert await EtcdObjects().collect(shared_reads(kube)) == Readings((Reading(series, 17.0),))


@pytest.mark.parametrize(
    "metrics",
    [
        pytest.param(b"process_start_time_seconds 1\n", id="not-told"),
        pytest.param(b'apiserver_resource_objects{resource="pods"} -1\n', id="unknown"),
        pytest.param(b'apiserver_resource_objects{resource="pods"} 0\n', id="not-counted-yet"),
    ],
)
async def test_an_api_server_that_has_not_counted_is_an_error_and_not_a_zero(
    api: CannedApi, kube: KubeClient, metrics: bytes
) -> None:
    api.lay_down({"/metrics": Answer(metrics)})

    with pytest.raises(
        SourceError, match=r"^/metrics: the API server does not report object counts"
    ):
        await EtcdObjects().collect(shared_reads(kube))


async def test_a_node_without_an_internal_address_is_an_error_that_names_it(
    api: CannedApi, kube: KubeClient
) -> None:
    api.lay_down({f"/api/v1/nodes/{NODE_NAME}": a_node(addresses=[])})

    with pytest.raises(SourceError, match=rf"^node {NODE_NAME}: status.addresses has no"):
        await EtcdObjects().collect(shared_reads(kube))
