"""`spec.lifecycle` in fake time: each start of MicroShift is told once, as it went."""

import asyncio
from pathlib import Path

import pytest

from microshift_telemetry.kube.errors import KubeForbiddenError
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sources.shared_reads import VERSION_PATH
from microshift_telemetry.spec.shaping import DURATION, INVOCATION, MODIFICATION
from microshift_telemetry.status.body import parse_timestamp
from tests.support.fake_kube import READY_SECONDS
from tests.support.life import A_MINUTE, AN_HOUR, Life
from tests.unit.controller.lifecycles import ON, SPEC, install, told
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME


async def test_an_installation_is_told_once_when_its_result_is_known(tmp_path: Path) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)

        assert told(life, INVOCATION) == [
            {"command": "install", "version": "4.21.3", "result": "Success", "duration": "2.5"}
        ]
        assert told(life, DURATION) == [
            {"stage": "manifests_applied", "minutes": "2.5"},
            {"stage": "node_ready", "minutes": "2.5"},
            {"stage": "telemetry_ready", "minutes": "2.5"},
        ]
        assert [each["field"] for each in told(life, MODIFICATION)] == [
            "aggregation",
            "endpoint",
            "lifecycle",
        ]


async def test_the_start_report_waits_for_nothing_and_one_small_report_follows() -> None:
    async with Life(SPEC) as without, Life(ON) as life:
        await asyncio.sleep(AN_HOUR)

        assert life.reports[0] == without.reports[0] < 7 * A_MINUTE
        assert len(without.receiver.posts) == 1
        assert len(life.receiver.posts) == 2
        assert life.reports[1] <= 10 * A_MINUTE + 30 + 5 * A_MINUTE + 30


@pytest.mark.parametrize(
    ("version", "command"),
    [("4.21.3", "start"), ("4.21.10", "upgrade"), ("4.22.0", "upgrade"), ("4.21.1", "rollback")],
)
async def test_a_restart_is_told_by_the_versions_before_and_after_it(
    tmp_path: Path, version: str, command: str
) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        await install(life)
        life.restart_microshift()
        await asyncio.sleep(A_MINUTE)
        life.kube.set_version(version)  # MicroShift writes it after its API server answers
        await asyncio.sleep(AN_HOUR)

        assert told(life, INVOCATION)[1:] == [
            {
                "command": command,
                "from_version": "4.21.3",
                "version": version,
                "result": "Success",
                "duration": "2.5",
            }
        ]


async def test_an_upgrade_that_is_rolled_back_before_its_result_is_a_roll_back(
    tmp_path: Path,
) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        await install(life)
        life.kube.set_version("4.22.0")
        life.restart_microshift()
        await asyncio.sleep(5 * A_MINUTE)
        await life.end()
        life.kube.set_version("4.21.3")
        life.reboot()
        life.begin()
        await asyncio.sleep(AN_HOUR)

        commands = [(each["command"], each["from_version"]) for each in told(life, INVOCATION)[1:]]
        assert commands == [("rollback", "4.22.0")]


async def test_a_node_that_is_ready_late_has_its_minutes(tmp_path: Path) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        await install(life)
        life.restart_microshift()
        life.kube.ready_since = life.clock.monotonic() + 21 * A_MINUTE
        await asyncio.sleep(AN_HOUR)

        assert [(each["result"], each["duration"]) for each in told(life, INVOCATION)[1:]] == [
            ("Success", "22.5")
        ]


async def test_a_node_that_is_never_ready_is_told_after_an_hour(tmp_path: Path) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        await install(life)
        life.restart_microshift()
        life.kube.ready_since = None
        await asyncio.sleep(AN_HOUR - A_MINUTE)
        before = len(told(life, INVOCATION))
        await asyncio.sleep(10 * A_MINUTE)

        assert before == 1
        assert [(each["result"], each["duration"]) for each in told(life, INVOCATION)[1:]] == [
            ("NodeNotReady", "60+")
        ]
        assert "node_ready" not in {each["stage"] for each in told(life, DURATION)[3:]}


async def test_pods_that_are_not_ready_ten_minutes_after_the_node_are_told(tmp_path: Path) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        await install(life)
        life.restart_microshift()
        life.kube.are_pods_ready = False
        await asyncio.sleep(AN_HOUR)

        assert [each["result"] for each in told(life, INVOCATION)[1:]] == ["PodsNotReady"]


async def test_a_node_that_stays_ready_over_a_restart_is_ready_at_its_kubelets_first_word(
    tmp_path: Path,
) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        await install(life)
        before = life.kube.ready_since
        life.restart_microshift()
        life.kube.ready_since = before
        await asyncio.sleep(AN_HOUR)

        assert [each["duration"] for each in told(life, INVOCATION)[1:]] == ["2.5"]


async def test_what_is_told_waits_for_the_receiver_with_its_own_time(tmp_path: Path) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        await install(life)
        life.receiver.answer = Answer(503)
        life.restart_microshift()
        await asyncio.sleep(3 * AN_HOUR)
        await life.restart()
        await asyncio.sleep(3 * AN_HOUR)
        life.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)

        assert [each["command"] for each in told(life, INVOCATION)] == ["install", "start"]


async def test_restarts_of_the_operator_tell_nothing_anew(tmp_path: Path) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        for _ in range(40):
            await asyncio.sleep(A_MINUTE)
            await life.restart()
        await asyncio.sleep(AN_HOUR)

        assert [each["command"] for each in told(life, INVOCATION)] == ["install"]


async def test_without_a_disk_a_start_is_told_at_most_once() -> None:
    async with Life(ON) as life:
        await install(life)
        for _ in range(3):
            await life.restart()
            await asyncio.sleep(20 * A_MINUTE)

        assert len(told(life, INVOCATION)) == 1


async def test_another_cluster_than_microshift_tells_nothing() -> None:
    life = Life(ON)
    del life.kube.objects[VERSION_PATH]
    [node] = life.kube.objects["/api/v1/nodes"]["items"]
    node["status"]["nodeInfo"] = {"containerRuntimeVersion": "containerd://2.0"}
    async with life:
        await asyncio.sleep(90 * A_MINUTE)
        await life.restart()
        await asyncio.sleep(30 * A_MINUTE)
        asked = life.kube.asked[VERSION_PATH]
        await asyncio.sleep(10 * A_MINUTE)

        assert life.kube.asked[VERSION_PATH] == asked
        assert told(life, INVOCATION) == []
        assert life.condition("Sampling") == ("True", "SamplesCollected")


async def test_a_permission_that_is_missing_costs_a_line_and_no_report(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        await install(life)
        life.kube.errors[VERSION_PATH] = KubeForbiddenError(f"{VERSION_PATH}: 403: forbidden")
        life.restart_microshift()
        await asyncio.sleep(3 * AN_HOUR)

        said = [each for each in caplog.messages if "how the start of MicroShift went" in each]
        assert len(said) == 1
        assert "forbidden" in said[0]
        assert len(told(life, INVOCATION)) == 1
        assert life.condition("Reporting") == ("True", "ReportDelivered")


@pytest.mark.parametrize("seconds", [*range(1, 600, 43), *range(600, 1200, 19)])
async def test_a_process_that_ends_at_any_moment_tells_a_start_once(
    tmp_path: Path, seconds: int
) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        await asyncio.sleep(seconds)
        await life.restart()
        await asyncio.sleep(2 * A_MINUTE)
        await life.restart()
        await asyncio.sleep(AN_HOUR)

        assert [each["command"] for each in told(life, INVOCATION)] == ["install"]


async def test_a_start_that_lies_within_the_second_of_the_boot_is_no_earlier_than_now(
    tmp_path: Path,
) -> None:
    """The time of a boot is cut to whole seconds: a start may seem to lie ahead of now."""
    async with Life(ON, state_path=tmp_path) as life:
        await install(life)
        life.restart_microshift()
        life.kube.started += 1.5
        await asyncio.sleep(AN_HOUR)

        assert [each["command"] for each in told(life, INVOCATION)] == ["install", "start"]
        assert life.condition("Reporting") == ("True", "ReportDelivered")


async def test_averaged_reports_tell_a_start_too(tmp_path: Path) -> None:
    async with Life({**ON, "aggregation": "Average"}, state_path=tmp_path) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(3 * AN_HOUR)
        life.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)

        assert [each["command"] for each in told(life, INVOCATION)] == ["install"]
        assert len(told(life, DURATION)) == 3


@pytest.mark.parametrize("before", [1, 10, 20, 29])
async def test_a_start_that_a_pass_of_the_grid_tells_is_reported_as_soon(before: int) -> None:
    """The pass comes so many seconds after the node's pods are due, before a tick has asked."""
    async with Life({**ON, "sendingInterval": "24h"}) as life:
        await install(life)
        due = parse_timestamp(life.status["nextSampleTime"])
        assert due is not None
        wait = (due - life.clock.now()).total_seconds() - READY_SECONDS - 600 - before
        await asyncio.sleep(wait)
        life.restart_microshift()
        await asyncio.sleep(READY_SECONDS + 600 + before + 10 * A_MINUTE)

        assert [each["command"] for each in told(life, INVOCATION)] == ["install", "start"]
