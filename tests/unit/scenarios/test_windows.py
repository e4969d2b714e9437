"""Receivers that take old samples or don't, after an outage that was longer than they remember."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from tests.models.gateway import Gateway
from tests.models.model import DAY_MS, HOUR_MS, Answer
from tests.models.outage import Loss
from tests.models.prometheus import Prometheus
from tests.models.thanos import Thanos
from tests.unit.fake_time import IN_FAKE_TIME
from tests.unit.scenarios.scene import (
    A_DAY,
    A_MINUTE,
    AN_HOUR,
    DAILY,
    ENDPOINT,
    PER_PASS,
    Scene,
    scene,
)

pytestmark = IN_FAKE_TIME


async def _without_link_for_three_hours(play: Scene) -> float:
    """Lose the link when a report is due; tell when it is back."""
    await asyncio.sleep(AN_HOUR)
    await play.sleep_until_due()
    play.fault(Loss.REFUSED)
    await asyncio.sleep(3 * AN_HOUR)
    play.fault(None)
    return play.now


async def test_three_hours_without_link_cost_a_prometheus_without_window_no_fresh_data(
    tmp_path: Path,
) -> None:
    """Fresh within 20 min and 6 requests; it was 21 h and 938 refused POSTs."""
    async with scene(Prometheus(), tmp_path) as play:
        back = await _without_link_for_three_hours(play)
        await asyncio.sleep(20 * AN_HOUR)

        assert play.first_fresh(back) <= 20 * A_MINUTE
        assert len(play.exchanges(back)) <= 6


async def test_three_hours_without_link_cost_a_thanos_no_fresh_data_and_ready_is_true(
    tmp_path: Path,
) -> None:
    """Fresh within 20 min, Ready tells the truth; it was 0 of 304 stored and "accepted"."""
    async with scene(Thanos(), tmp_path) as play:
        back = await _without_link_for_three_hours(play)
        await asyncio.sleep(20 * AN_HOUR)

        assert play.first_fresh(back) <= 20 * A_MINUTE
        told = [
            at
            for (_, before), (at, after) in pairwise(play.device.statuses)
            if at > back and before.get("lastReportTime") != after.get("lastReportTime")
        ]
        assert told
        assert all(any(each.is_fresh_taken for each in play.exchanges(back, at)) for at in told)


async def test_after_72_hours_a_thanos_with_30_hours_has_376_of_880(tmp_path: Path) -> None:
    """And droppedSamples is 504, the rest; it was 852."""
    async with scene(Thanos(window_ms=30 * HOUR_MS), tmp_path) as play:
        await asyncio.sleep(AN_HOUR)
        await play.sleep_until_due()
        await asyncio.sleep(AN_HOUR / 2)
        down, before = play.now, len(play.outage.model.stored)
        play.fault(Loss.REFUSED)
        await asyncio.sleep(3 * A_DAY)
        play.fault(None)
        play.device.request("back")
        await asyncio.sleep(5 * A_MINUTE)
        stored = len(play.outage.model.stored) - before

        made = [time for time in play.device.passes if time > down]
        assert len(made) >= 73
        assert 376 <= stored <= 376 + PER_PASS
        assert play.dropped == 504


@pytest.mark.parametrize("hours", [4, 54, 100])
async def test_a_receiver_that_answers_500_for_hours_costs_nothing_within_its_window(
    hours: int, tmp_path: Path
) -> None:
    """Dropped were 264, 552 and 1,128."""
    async with scene(Thanos(window_ms=7 * DAY_MS), tmp_path) as play:
        await asyncio.sleep(AN_HOUR)
        await play.sleep_until_due(reports=2)
        down = play.now
        play.fault(Answer(500))
        await asyncio.sleep(hours * AN_HOUR)
        play.fault(None)
        back = play.now
        await asyncio.sleep(AN_HOUR)

        assert play.dropped == 0
        assert play.missing(down - 20 * AN_HOUR, back) == []


async def test_413_at_100_samples_loses_no_pass_that_is_younger_than_an_hour(
    tmp_path: Path,
) -> None:
    """All of 12 passes are stored; 72 samples were lost."""
    spec = DAILY | {"samplingInterval": "5m", "sendingInterval": "1h"}
    async with scene(Gateway(Prometheus(), max_samples=100), tmp_path, spec) as play:
        await asyncio.sleep(2 * AN_HOUR)
        await play.sleep_until_due()
        since = play.now
        await asyncio.sleep(1.2 * AN_HOUR)

        assert play.missing(since - 50 * A_MINUTE, since + AN_HOUR) == []
        assert play.dropped == 0


async def test_a_short_outage_at_the_due_time_keeps_the_last_hour_of_an_hourly_report(
    tmp_path: Path,
) -> None:
    """At least 55 of 60 passes are stored."""
    spec = {"endpoint": ENDPOINT, "aggregation": "None"}
    spec |= {"samplingInterval": "1m", "sendingInterval": "1h"}
    async with scene(Prometheus(), tmp_path, spec) as play:
        await asyncio.sleep(90 * A_MINUTE)
        await play.sleep_until_due()
        due = play.now + 1
        play.fault(Loss.REFUSED)
        await asyncio.sleep(4 * A_MINUTE)
        play.fault(None)
        await asyncio.sleep(50 * A_MINUTE)

        assert len(play.missing(due - 59 * A_MINUTE - 30, due + 30)) <= 5


async def test_a_day_of_503_costs_an_idle_prometheus_no_pass(tmp_path: Path) -> None:
    """All 1,509 passes are stored."""
    spec = {"endpoint": ENDPOINT, "aggregation": "None", "samplingInterval": "1m"}
    async with scene(Prometheus(is_busy=False), tmp_path, spec) as play:
        await asyncio.sleep(AN_HOUR)
        await play.sleep_until_due()
        await asyncio.sleep(A_MINUTE)
        down = play.now
        play.fault(Answer(503))
        await asyncio.sleep(A_DAY + 50 * A_MINUTE)
        play.fault(None)
        back = play.now
        await asyncio.sleep(40 * A_MINUTE)

        assert play.missing(down, back) == []
        assert play.dropped == 0
