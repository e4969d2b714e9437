import pytest

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeForbiddenError, KubeNotFoundError
from microshift_telemetry.sample.metrics import CAPACITY_CPU, CAPACITY_MEMORY
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.capacity import NodeCapacity, capacity
from microshift_telemetry.sources.host import HostError
from microshift_telemetry.sources.node import Node
from microshift_telemetry.sources.outcome import Readings, SourceError
from tests.unit.sources.canned_api import CannedApi, refusal
from tests.unit.sources.surroundings import NODE_NAME, a_node, shared_reads

NODE_PATH = f"/api/v1/nodes/{NODE_NAME}"

CPU = NodeCapacity("cpu_capacity", CAPACITY_CPU, "cpu")
MEMORY = NodeCapacity("memory_capacity", CAPACITY_MEMORY, "memory")


async def test_capacity_is_read_from_the_node_and_labelled(kube: KubeClient) -> None:
    shared = shared_reads(kube, "unquoted-os-release")
    labels = {
        "label_kubernetes_io_arch": "amd64",
        "label_node_openshift_io_os_id": "centos",
        "label_beta_kubernetes_io_instance_type": "rhde",
    }

    assert await CPU.collect(shared) == Readings(
        (Reading(Series.of("cluster:capacity_cpu_cores:sum", **labels), 2.0),)
    )
    assert await MEMORY.collect(shared) == Readings(
        (Reading(Series.of("cluster:capacity_memory_bytes:sum", **labels), 2007036 * 1024.0),)
    )


@pytest.mark.parametrize(
    ("quantities", "said"),
    [
        pytest.param({}, "^node edge: status.capacity has no cpu$", id="missing"),
        pytest.param({"cpu": 2}, "^node edge: status.capacity has no cpu$", id="not-a-text"),
        pytest.param({"cpu": "0"}, "^node edge: status.capacity.cpu is 0$", id="zero"),
        pytest.param({"cpu": "-1"}, "^node edge: status.capacity.cpu is -1$", id="negative"),
        pytest.param({"cpu": "two"}, "'two' is not a Kubernetes quantity", id="no-quantity"),
    ],
)
def test_a_capacity_that_makes_no_sense_is_an_error(
    quantities: dict[str, object], said: str
) -> None:
    with pytest.raises(SourceError, match=said):
        capacity(Node("edge", capacity=quantities), "cpu")


async def test_one_missing_quantity_leaves_the_other(api: CannedApi, kube: KubeClient) -> None:
    api.lay_down({NODE_PATH: a_node(capacity={"cpu": "3500m"})})
    shared = shared_reads(kube)

    assert (await CPU.collect(shared)).readings[0].value == 3.5
    with pytest.raises(SourceError):
        await MEMORY.collect(shared)


async def test_a_lost_os_release_is_an_error_that_names_it(kube: KubeClient) -> None:
    with pytest.raises(HostError, match=r"^/usr/lib/os-release: no such file$"):
        await CPU.collect(shared_reads(kube, "lost-mounts"))


async def test_a_node_of_another_name_is_an_error_that_names_it(kube: KubeClient) -> None:
    with pytest.raises(KubeNotFoundError, match=r"^/api/v1/nodes/edge-2: 404: not found$"):
        await CPU.collect(shared_reads(kube, node_name="edge-2"))


async def test_a_missing_permission_is_said_with_the_servers_words(
    api: CannedApi, kube: KubeClient
) -> None:
    api.lay_down({NODE_PATH: refusal(403, "nodes is forbidden: User cannot get")})

    with pytest.raises(KubeForbiddenError, match="403: nodes is forbidden: User cannot get"):
        await CPU.collect(shared_reads(kube))
