import pytest

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeExpiredError
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.outcome import Readings, SourceError
from microshift_telemetry.sources.pods import PAGE_SIZE, PODS_PATH, RunningPods, running_containers
from tests.unit.sources.canned_api import CannedApi, refusal
from tests.unit.sources.surroundings import a_list, a_pod, shared_reads

EXPIRED = refusal(410, "The provided continue parameter is too old")


def counted(pods: int, containers: int) -> Readings:
    return Readings(
        (
            Reading(Series.of("cluster:usage:resources:sum", resource="pods"), pods),
            Reading(Series.of("cluster:usage:containers:sum"), containers),
        )
    )


@pytest.mark.parametrize(
    ("pod", "count"),
    [
        pytest.param(a_pod(running=2), 2, id="containers"),
        pytest.param(a_pod(running=1, waiting=2), 1, id="waiting-ones-do-not-run"),
        pytest.param(a_pod(running=1, sidecars=1), 2, id="sidecar"),
        pytest.param(a_pod(running=1, debuggers=1), 2, id="kubectl-debug"),
        pytest.param({}, 0, id="no-status"),
        pytest.param({"status": {"containerStatuses": None}}, 0, id="null"),
        pytest.param({"status": {"containerStatuses": [{"state": {}}]}}, 0, id="not-told-yet"),
        pytest.param(
            {"status": {"containerStatuses": [{"state": {"running": {}}}]}}, 1, id="no-start-time"
        ),
    ],
)
def test_a_container_counts_when_its_state_is_running(pod: dict[str, object], count: int) -> None:
    assert running_containers(pod) == count


@pytest.mark.parametrize("status", [7, {"containerStatuses": 7}, {"containerStatuses": [7]}])
def test_a_pod_that_makes_no_sense_is_an_error(status: object) -> None:
    with pytest.raises(SourceError, match=r"^/api/v1/pods: "):
        running_containers({"status": status})


async def test_all_pages_are_counted_and_only_running_pods_are_asked_for(
    api: CannedApi, kube: KubeClient
) -> None:
    full = [a_pod(running=2)] * PAGE_SIZE
    api.lay_down({PODS_PATH: [a_list(*full, more=3), a_list(more=3), a_list(a_pod(), a_pod())]})

    assert await RunningPods().collect(shared_reads(kube)) == counted(
        PAGE_SIZE + 2, 2 * PAGE_SIZE + 2
    )
    query = {"limit": str(PAGE_SIZE), "fieldSelector": "status.phase=Running"}
    following = {**query, "continue": "there-is-more"}
    assert [dict(each.query) for each in api.asked(PODS_PATH)] == [query, following, following]


async def test_a_list_that_expires_between_two_pages_is_begun_anew(
    api: CannedApi, kube: KubeClient
) -> None:
    first = a_list(a_pod(), more=1)
    api.lay_down({PODS_PATH: [first, EXPIRED, first, a_list(a_pod(running=3))]})

    assert await RunningPods().collect(shared_reads(kube)) == counted(2, 4)


async def test_a_list_that_expires_twice_is_given_up(api: CannedApi, kube: KubeClient) -> None:
    first = a_list(a_pod(), more=1)
    api.lay_down({PODS_PATH: [first, EXPIRED, first, EXPIRED]})

    with pytest.raises(KubeExpiredError, match="410: The provided continue parameter is too old"):
        await RunningPods().collect(shared_reads(kube))
    assert len(api.asked(PODS_PATH)) == 4
