"""The simulated device does what the whole controller does, attempt by attempt."""

import asyncio
import random
import uuid
from datetime import timedelta
from itertools import groupby
from pathlib import Path

import pytest

from microshift_telemetry.controller.cluster import CLUSTER_ID_PATH
from microshift_telemetry.controller.schedule import Grid, grids
from microshift_telemetry.sending.answer import Answer
from tests.bench.fleet.device import BEGIN, Arrival, Device
from tests.bench.fleet.world import NEVER, Span, World
from tests.support.fakes import NO_ANSWER, FakeClock
from tests.support.life import AN_HOUR, Life
from tests.unit.fake_time import IN_FAKE_TIME

BREATH = 1.5
"""kopf's pause between two ticks, and a little."""
DRIFT = 0.05
"""A wait that grows with the time since the first failure hands earlier pauses on."""


def _reports(cluster_id: str) -> Grid:
    return grids(cluster_id, timedelta(hours=1), timedelta(days=1)).reports


def _is_due_early(cluster_id: str) -> bool:
    return timedelta(hours=2) < _reports(cluster_id).next_after(BEGIN) - BEGIN < timedelta(hours=3)


CLUSTER_ID = next(
    each for number in range(1000) if _is_due_early(each := str(uuid.UUID(int=number, version=4)))
)
LAST_REPORT = _reports(CLUSTER_ID).next_after(BEGIN) - timedelta(days=1)


async def _live(
    world: World, state_path: Path, until: float, lived: timedelta = timedelta(0)
) -> list[Arrival]:
    """Let the whole controller meet a world; give what reached the receiver.

    Args:
        world: by seconds of the loop; the controller starts at second 0, as after a boot.
        state_path: for the journal.
        until: which second.
        lived: how long before `BEGIN` it starts.
    """
    reported = (LAST_REPORT - lived).isoformat()
    status = {"lastReportTime": reported, "lastSampleTime": reported}
    life = Life(clock=FakeClock(BEGIN - lived), status=status, state_path=state_path)
    life.kube.objects = life.kube.objects | {CLUSTER_ID_PATH: {"metadata": {"uid": CLUSTER_ID}}}
    spans = (world.link_down, world.unavailable)
    changes = sorted({0.0, *(moment for span in spans for moment in (span.begin, span.end))})
    async with life:
        for change in changes:
            await asyncio.sleep(change - asyncio.get_running_loop().time())
            is_down = change in world.link_down
            life.receiver.answer = NO_ANSWER if is_down else Answer(world.status_code(change))
        await asyncio.sleep(until - asyncio.get_running_loop().time())
    posts = [list(same) for _, same in groupby(life.receiver.posts, lambda post: round(post.at, 3))]
    return [Arrival(each[0].at, len(each), each[-1].is_confirmed) for each in posts]


@IN_FAKE_TIME
@pytest.mark.parametrize(
    "world",
    [
        pytest.param(World(link_down=Span(AN_HOUR, 4 * AN_HOUR)), id="offline when it is due"),
        pytest.param(World(NEVER, unavailable=Span(0.0, AN_HOUR)), id="503 from the start"),
    ],
)
async def test_a_simulated_device_sends_when_the_controller_does(
    world: World, tmp_path: Path
) -> None:
    until = 5 * AN_HOUR
    random.seed(7)
    real = await _live(world, tmp_path / "state", until)

    off = BEGIN - LAST_REPORT - timedelta(seconds=1)
    jitter = random.Random(7).random  # noqa: S311  # the numbers that the controller threw
    simulated = list(Device(CLUSTER_ID, world, jitter).boot(off, until))

    assert [(each.requests, each.is_report) for each in simulated] == [
        (each.requests, each.is_report) for each in real
    ]
    times = [each.at for each in real]
    assert [each.at for each in simulated] == pytest.approx(times, rel=DRIFT, abs=BREATH)
    assert sum(each.is_report for each in real) == 2


@IN_FAKE_TIME
async def test_a_device_that_has_run_for_a_day_does_so_too(tmp_path: Path) -> None:
    a_day = timedelta(days=1)
    begin, until = a_day.total_seconds(), 30 * AN_HOUR
    random.seed(7)
    down = Span(begin, begin + 4 * AN_HOUR)
    lived = await _live(World(link_down=down), tmp_path / "state", begin + until, a_day)
    real = [each._replace(at=each.at - begin) for each in lived if each.at >= begin]

    jitter = random.Random(7).random  # noqa: S311  # the numbers that the controller threw
    simulated = list(Device(CLUSTER_ID, World(link_down=Span(0, 4 * AN_HOUR)), jitter).run(until))

    assert [(each.requests, each.is_report) for each in simulated] == [
        (each.requests, each.is_report) for each in real
    ]
    times = [each.at for each in real]
    assert [each.at for each in simulated] == pytest.approx(times, rel=DRIFT, abs=BREATH)
    assert [each.is_report for each in real] == [True, True]
