"""A start of MicroShift told from what was seen of it: pure, and by its labels."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.own_pod import OwnPod
from microshift_telemetry.sources.launch import (
    BEYOND,
    Launch,
    Result,
    command,
    judged,
    minutes,
    next_launch,
    readings,
    ready_seconds,
)
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.sources.node import Readiness, parse_node
from microshift_telemetry.sources.pods import PODS_PATH, are_pods_ready
from microshift_telemetry.spec.lifecycle import Lifecycle
from microshift_telemetry.spec.shaping import DURATION, INVOCATION, LIFECYCLE_METRICS
from tests.unit.sources.canned_api import CannedApi
from tests.unit.sources.surroundings import a_list, a_node

START = MicroshiftStart("a-boot", 31.5)
LAUNCH = Launch(
    START,
    before="4.20.7",
    version="4.21.3",
    node_ready_seconds=200,
    manifests_applied_seconds=290,
    telemetry_ready_seconds=20,
    result=Result.SUCCESS,
)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "2.5"),
        (149.9, "2.5"),
        (150, "2.5"),
        (150.1, "5"),
        (1500, "25"),
        (3450, "57.5"),
        (3600, "60"),
        (3601, "60+"),
        (1e9, "60+"),
    ],
)
def test_minutes_are_told_by_the_end_of_their_step(seconds: float, told: str) -> None:
    assert minutes(seconds) == told


@given(st.floats(0, 1e7))
def test_there_are_25_durations(seconds: float) -> None:
    steps = [f"{step * 2.5:g}" for step in range(1, 25)]

    assert minutes(seconds) in {*steps, BEYOND}
    assert minutes(seconds) == BEYOND or float(minutes(seconds)) * 60 >= seconds


@pytest.mark.parametrize(
    ("before", "version", "is_first", "told"),
    [
        ("", "4.21.3", True, "install"),
        ("", "4.21.3", False, "start"),
        ("4.21.3", "4.21.3", False, "start"),
        ("4.9.30", "4.10.0", False, "upgrade"),
        ("4.21.9", "4.21.10", False, "upgrade"),
        ("4.21.10", "4.21.9", False, "rollback"),
        ("5.0.0", "4.99.99", False, "rollback"),
    ],
)
def test_versions_are_compared_as_versions(
    before: str,
    version: str,
    is_first: bool,  # noqa: FBT001  # a case
    told: str,
) -> None:
    launch = replace(LAUNCH, before=before, version=version, is_first=is_first)

    assert command(launch) == told


def test_what_is_not_known_has_no_label_and_no_series() -> None:
    launch = replace(LAUNCH, before="", manifests_applied_seconds=None)
    told = readings(launch, Lifecycle())

    assert [dict(each.series.labels) for each in told] == [
        {"command": "start", "version": "4.21.3", "result": "Success", "duration": "5"},
        {"stage": "node_ready", "minutes": "5"},
        {"stage": "telemetry_ready", "minutes": "2.5"},
    ]
    assert {each.value for each in told} == {1.0}


def test_a_start_whose_result_is_not_known_has_no_series() -> None:
    assert readings(replace(LAUNCH, result=None), Lifecycle()) == ()


def test_only_what_is_wanted_is_told() -> None:
    wanted = Lifecycle(metrics=LIFECYCLE_METRICS - {DURATION}, modified=("endpoint",))

    assert [each.series.metric for each in readings(LAUNCH, wanted)] == [
        INVOCATION,
        "microshift_lifecycle_modification",
    ]


def test_the_next_start_knows_the_last_version_that_was_seen() -> None:
    known = next_launch(LAUNCH, START, 12.4, is_first=False, is_late=False)
    unread = next_launch(replace(LAUNCH, version=""), START, 1.0, is_first=False, is_late=False)

    assert (known.before, known.version, known.is_first) == ("4.21.3", "", False)
    assert known.telemetry_ready_seconds == 12
    assert unread.before == "4.20.7"


def test_a_start_that_is_seen_an_hour_late_is_not_told() -> None:
    assert next_launch(None, START, 3601, is_first=True, is_late=False).is_told
    assert not next_launch(None, START, 3599, is_first=True, is_late=False).is_told


def test_a_start_without_a_version_is_not_told() -> None:
    assert judged(replace(LAUNCH, version="", result=None), Result.SUCCESS, 800).is_told
    assert not judged(replace(LAUNCH, result=None), Result.SUCCESS, 800).is_told


NOW = 10_000.0


@pytest.mark.parametrize(
    ("since", "heartbeat", "after"),
    [
        pytest.param(9_940, 9_990, 240, id="became Ready in this start"),
        pytest.param(9_000, 9_600, None, id="of before: no kubelet has spoken"),
        pytest.param(9_000, 9_850, 150, id="stayed Ready: the first word counts"),
        pytest.param(20_000, 9_850, 150, id="a clock that was ahead has dated it"),
        pytest.param(20_000, 20_001, None, id="a clock that was ahead, only"),
        pytest.param(None, None, 300, id="nobody dates it"),
    ],
)
def test_ready_counts_from_this_start(
    since: float | None, heartbeat: float | None, after: float | None
) -> None:
    ready = Readiness(is_true=True, since_seconds=since, heartbeat_seconds=heartbeat)

    assert ready_seconds(ready, 300, NOW) == after
    assert ready_seconds(replace(ready, is_true=False), 300, NOW) is None


def test_a_nodes_condition_is_read_with_its_times() -> None:
    conditions = [
        {"type": "MemoryPressure", "status": "False"},
        {
            "type": "Ready",
            "status": "True",
            "lastTransitionTime": "2026-11-28T10:00:00Z",
            "lastHeartbeatTime": "2026-11-28T10:05:00Z",
        },
    ]
    node = a_node()
    node["status"]["conditions"] = conditions

    ready = parse_node(node).ready

    assert ready.is_true
    assert (ready.since_seconds, ready.heartbeat_seconds) == (1795860000.0, 1795860300.0)


@pytest.mark.parametrize(
    "conditions",
    [None, 7, [7], [{"type": "Ready"}], [{"type": "Ready", "status": True}], []],
)
def test_a_condition_that_makes_no_sense_is_not_ready(conditions: object) -> None:
    node = a_node()
    node["status"]["conditions"] = conditions

    assert not parse_node(node).ready.is_true


def a_pod(ready: str, uid: str = "uid", **metadata: str) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": ready}]
    return {"metadata": {"uid": uid, **metadata}, "status": {"conditions": conditions}}


@pytest.mark.parametrize(
    ("pods", "are_ready"),
    [
        pytest.param([a_pod("True"), a_pod("True")], True, id="all"),
        pytest.param([a_pod("True"), a_pod("False")], False, id="one is not"),
        pytest.param([{"metadata": {"uid": "x"}}], False, id="one has no status yet"),
        pytest.param([a_pod("False", deletionTimestamp="now")], True, id="one is being deleted"),
        pytest.param([a_pod("False", uid="own")], True, id="the operator's own"),
        pytest.param([], True, id="none"),
    ],
)
async def test_pods_are_ready_when_each_that_counts_is(
    api: CannedApi,
    kube: KubeClient,
    pods: list[dict[str, Any]],
    are_ready: bool,  # noqa: FBT001  # a case
) -> None:
    api.lay_down({PODS_PATH: [a_list(*pods)]})

    assert await are_pods_ready(kube, "edge-1", OwnPod("ns", "pod", "own")) is are_ready
    [asked] = api.asked(PODS_PATH)
    assert asked.query["fieldSelector"] == (
        "spec.nodeName=edge-1,status.phase!=Succeeded,status.phase!=Failed"
    )
