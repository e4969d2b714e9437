"""An API server that is busy, slow, one of several, or refuses: what each of it may cost."""

import asyncio
import shutil
from pathlib import Path

import pytest

from microshift_telemetry.controller.cluster import CLUSTER_ID_PATH
from microshift_telemetry.controller.overview import sampling_finding
from microshift_telemetry.kube.errors import (
    KubeAnswerError,
    KubeForbiddenError,
)
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sources.api_server_metrics import METRICS_PATH
from microshift_telemetry.sources.node import NODES_PATH
from microshift_telemetry.sources.shared_reads import VERSION_PATH
from tests.support.life import A_DAY, A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

BUSY = KubeAnswerError(f"{NODES_PATH}: 429: too many requests")
FORBIDDEN = KubeForbiddenError(f"{NODES_PATH}: 403: nodes is forbidden")
NO_ANSWER = "no answer from the API server"
CAPACITIES = {
    "cluster:capacity_cpu_cores:sum",
    "cluster:capacity_memory_bytes:sum",
    "cluster:capacity_disk_bytes:sum",
}
STATIC = {*CAPACITIES, "cluster_version", "microshift_version"}
UNAVAILABLE = {
    "conditions": [
        {
            "type": "Sampling",
            "status": "False",
            "reason": "SourceUnavailable",
            "message": f"{CLUSTER_ID_PATH}: {NO_ANSWER}",
            "observedGeneration": 1,
        }
    ]
}
WEEKLY = {"endpoint": ENDPOINT, "sendingInterval": "168h"}


def sampling(life: Life) -> str:
    """Tell what the condition Sampling says."""
    [found] = [each for each in life.status["conditions"] if each["type"] == "Sampling"]
    return str(found["message"])


def metrics_of_last_report(life: Life) -> set[str]:
    return {dict(each.labels)["__name__"] for each in life.receiver.confirmed[-1].series}


async def test_a_report_carries_the_static_series_that_were_read_well_before() -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        life.kube.errors[NODES_PATH] = BUSY
        life.request("while it is busy")
        await asyncio.sleep(A_MINUTE)

        assert len(life.reports) == 2
        assert metrics_of_last_report(life) >= STATIC
        assert "429" in sampling(life)


async def test_a_static_reading_that_failed_is_made_at_the_next_pass_and_its_message_ends() -> None:
    async with Life() as life:
        life.kube.errors[NODES_PATH] = BUSY
        await asyncio.sleep(10 * A_MINUTE)
        del life.kube.errors[NODES_PATH]
        failed, reports = sampling(life), len(life.reports)
        await asyncio.sleep(AN_HOUR)

        assert (reports, len(life.reports)) == (1, 1)
        assert "429" in failed
        assert sampling(life) == "all sources were read"


@pytest.mark.parametrize("path", [NODES_PATH, VERSION_PATH])
async def test_a_new_start_of_microshift_takes_over_no_static_reading_of_the_old(path: str) -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        life.kube.errors[path] = BUSY
        life.restart_microshift()
        await asyncio.sleep(10 * A_MINUTE)

        assert life.receiver.confirmed[-1].at > AN_HOUR
        assert not metrics_of_last_report(life) >= STATIC


@pytest.mark.parametrize(
    "edited", [{"status": "Disabled"}, {"endpoint": "http://elsewhere.example/write"}]
)
async def test_no_static_reading_of_before_goes_out_after_an_opt_out_or_to_another_server(
    edited: dict[str, str],
) -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        life.edit(edited)
        await asyncio.sleep(A_MINUTE)
        life.kube.errors[NODES_PATH] = FORBIDDEN
        life.edit({"endpoint": ENDPOINT} | edited | {"status": "Enabled"})
        life.request("now")
        await asyncio.sleep(10 * A_MINUTE)

        assert life.receiver.confirmed[-1].at > AN_HOUR
        assert not metrics_of_last_report(life) & CAPACITIES


async def test_a_message_ends_with_the_exclusion_of_what_it_tells_of() -> None:
    async with Life() as life:
        life.kube.errors[VERSION_PATH] = BUSY
        await asyncio.sleep(AN_HOUR)
        failed = sampling(life)
        names = ["cluster_version", "microshift_version"]
        life.edit({"endpoint": ENDPOINT, "metrics": {"exclude": names}})
        await asyncio.sleep(AN_HOUR + A_MINUTE)

        assert "429" in failed
        assert sampling(life) == "all sources were read"


async def test_an_api_server_that_is_back_is_not_said_to_be_away() -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        life.kube.is_away = True
        await life.restart()
        await asyncio.sleep(A_MINUTE)
        unsaid = sampling_finding(life.telemetry.parts).message
        life.kube.is_away = False
        await asyncio.sleep(A_MINUTE)

        assert NO_ANSWER in unsaid
        assert NO_ANSWER not in sampling(life)
        assert life.condition("Ready")[0] == "True"


async def test_an_api_server_that_is_back_before_the_next_process_is_not_said_to_be_away() -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        life.kube.is_away = True
        await life.restart()
        await asyncio.sleep(A_MINUTE)
        life.kube.is_away = False
        life.forget_status(UNAVAILABLE)
        before = sampling(life)
        await life.restart()
        await asyncio.sleep(A_MINUTE)

        assert NO_ANSWER in before
        assert NO_ANSWER not in sampling(life)


async def test_a_message_about_the_disk_ends_when_the_disk_is_well(tmp_path: Path) -> None:
    async with Life(state_path=tmp_path / "state") as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(10 * A_MINUTE)
        shutil.rmtree(tmp_path / "state")
        (tmp_path / "state").touch()
        await asyncio.sleep(20 * A_MINUTE)
        failed = sampling(life)
        made = life.status["lastSampleTime"]
        (tmp_path / "state").unlink()
        await asyncio.sleep(30 * A_MINUTE)

        assert "samples are kept in memory only" in failed
        assert life.status["lastSampleTime"] == made
        assert "memory only" not in sampling(life)


async def test_slow_metrics_are_read_once_a_pass_and_once_a_break() -> None:
    async with Life() as life:
        life.kube.metrics_seconds = 12.0
        await asyncio.sleep(A_DAY)
        passes = life.kube.asked[METRICS_PATH]
        life.cluster.want_look()
        await asyncio.sleep(10 * A_MINUTE)

        assert passes <= 27
        assert life.kube.asked[METRICS_PATH] - passes <= 2


async def test_metrics_that_fail_are_read_a_few_times_a_break() -> None:
    async with Life() as life:
        life.kube.errors[METRICS_PATH] = KubeAnswerError("/metrics: 504: timeout")
        await asyncio.sleep(A_DAY)

        assert life.kube.asked[METRICS_PATH] <= 29


async def test_several_api_servers_tell_no_start(tmp_path: Path) -> None:
    async with Life(state_path=tmp_path) as life:
        life.kube.more_starts = (-40.0, -20.0)
        for _ in range(8):
            await asyncio.sleep(A_DAY / 4)
            await life.restart()

        assert len(life.reports) == 3


async def test_without_permission_on_nodes_passes_are_kept_and_it_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Life(WEEKLY, state_path=tmp_path) as life:
        life.kube.errors[NODES_PATH] = FORBIDDEN
        await asyncio.sleep(5 * AN_HOUR)
        before = life.backlog.times_ms
        await life.restart()
        await asyncio.sleep(2 * A_MINUTE)

        assert len(before) >= 4
        assert life.backlog.times_ms[: len(before)] == before
        assert "without the machine ID" in caplog.text
        assert "nodes is forbidden" in sampling(life)


async def test_what_was_kept_with_the_machines_id_is_found_again_without_it_and_with_it(
    tmp_path: Path,
) -> None:
    async with Life(WEEKLY, state_path=tmp_path) as life:
        await asyncio.sleep(3 * AN_HOUR)
        before = life.backlog.times_ms
        life.kube.errors[NODES_PATH] = FORBIDDEN
        await life.restart()
        await asyncio.sleep(2 * A_MINUTE)
        without = life.backlog.times_ms
        life.kube.errors.clear()
        await life.restart()
        await asyncio.sleep(2 * A_MINUTE)

        assert before
        assert without[: len(before)] == before
        assert life.backlog.times_ms[: len(before)] == before


@pytest.mark.parametrize("answer", [{"metadata": 7}, {"metadata": {"uid": 7}}, {}])
async def test_a_namespace_that_makes_no_sense_is_no_bug(answer: dict[str, object]) -> None:
    async with Life() as life:
        life.kube.objects[CLUSTER_ID_PATH] = answer
        await asyncio.sleep(A_MINUTE)

        assert "the namespace has no UID" in sampling(life)
