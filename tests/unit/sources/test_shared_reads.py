import asyncio
import gc
import tracemalloc

import pytest

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeAnswerError
from microshift_telemetry.sources.api_server_metrics import ApiServerMetrics
from microshift_telemetry.sources.outcome import SourceError
from tests.unit.sources.canned_api import NEVER, Answer, CannedApi, refusal
from tests.unit.sources.surroundings import METRICS, NODE_NAME, a_list, a_node, shared_reads


async def test_sources_that_need_the_same_read_share_one_request(
    api: CannedApi, kube: KubeClient
) -> None:
    shared = shared_reads(kube)

    first, second = await asyncio.gather(shared.node(), shared.node())
    third = await shared.node()

    assert first is second is third
    assert len(api.asked(f"/api/v1/nodes/{NODE_NAME}")) == 1


async def test_a_failure_is_shared_as_well(api: CannedApi, kube: KubeClient) -> None:
    api.lay_down({"/metrics": Answer(b"x", 503)})
    shared = shared_reads(kube)

    for _ in range(2):
        with pytest.raises(KubeAnswerError, match=r"^/metrics: 503: x$"):
            await shared.api_server_metrics()
    assert len(api.asked("/metrics")) == 1


async def test_a_new_pass_reads_anew(api: CannedApi, kube: KubeClient) -> None:
    await shared_reads(kube).node()
    await shared_reads(kube).node()

    assert len(api.asked(f"/api/v1/nodes/{NODE_NAME}")) == 2


async def test_one_sources_cancellation_leaves_the_others_their_read(kube: KubeClient) -> None:
    shared = shared_reads(kube)
    impatient = asyncio.create_task(shared.api_server_metrics())
    patient = asyncio.create_task(shared.api_server_metrics())
    await asyncio.sleep(0)

    impatient.cancel()

    assert (await patient).object_count == 17
    assert impatient.cancelled()


async def test_an_abandoned_read_is_cut_and_can_be_asked_for_again(
    api: CannedApi, kube: KubeClient
) -> None:
    api.lay_down({"/metrics": [NEVER, Answer(METRICS)]})
    shared = shared_reads(kube)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await shared.api_server_metrics()

    await shared.abandon()

    assert (await shared.api_server_metrics()).object_count == 17


async def test_a_failure_that_comes_when_nobody_waits_any_more_is_not_logged(
    api: CannedApi, kube: KubeClient
) -> None:
    api.lay_down({"/metrics": Answer(b"x", 503)})
    shared, complaints = shared_reads(kube), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, said: complaints.append(said))
    waiting = asyncio.create_task(shared.api_server_metrics())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait(shared._reads.values())

    await shared.abandon()
    del shared, waiting
    gc.collect()

    assert complaints == []


async def test_a_count_of_nodes_that_fails_costs_the_note_only(
    api: CannedApi, kube: KubeClient
) -> None:
    api.lay_down({"/api/v1/nodes": refusal(403, "nodes is forbidden")})

    node = await shared_reads(kube).node()

    assert node.internal_ip
    assert node.note.startswith(f"only node {NODE_NAME} is measured")
    assert "nodes is forbidden" in node.note


async def test_the_only_node_needs_no_name(kube: KubeClient) -> None:
    assert (await shared_reads(kube, node_name=None).node()).name == NODE_NAME


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(a_list(a_node("a"), a_node("b")), "TELEMETRY_NODE_NAME", id="several"),
        pytest.param(a_list(), "has no node yet", id="none"),
        pytest.param({"items": [7]}, "not a list of objects", id="nonsense"),
    ],
)
async def test_without_a_name_there_must_be_one_node(
    api: CannedApi, kube: KubeClient, answer: object, said: str
) -> None:
    api.lay_down({"/api/v1/nodes": answer})

    with pytest.raises(SourceError, match=rf"^/api/v1/nodes: .*{said}"):
        await shared_reads(kube, node_name=None).node()


async def test_the_metrics_come_compressed_and_as_a_stream(
    api: CannedApi, kube: KubeClient
) -> None:
    line = b'apiserver_request_duration_seconds_bucket{verb="LIST",le="0.1"} 1234\n'
    api.lay_down({"/metrics": Answer(line * 150_000 + METRICS)})
    await shared_reads(kube).node()

    tracemalloc.start()
    try:
        metrics = await shared_reads(kube).api_server_metrics()
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert metrics == ApiServerMetrics(17, 1768910512.91)
    assert "gzip" in api.asked("/metrics")[0].headers["Accept-Encoding"]
    assert peak_bytes < len(line) * 150_000


async def test_a_line_without_end_is_refused(api: CannedApi, kube: KubeClient) -> None:
    api.lay_down({"/metrics": Answer(b"apiserver_resource_objects" * 80_000)})

    with pytest.raises(KubeAnswerError, match=r"^/metrics: a line exceeds 1048576 bytes$"):
        await shared_reads(kube).api_server_metrics()
