"""Receivers and proxies that limit a request, or that end connections."""

import asyncio
from pathlib import Path

from tests.models.cortex import Mimir
from tests.models.gateway import Gateway
from tests.models.model import DAY_MS, Answer
from tests.models.prometheus import Prometheus
from tests.models.victoria_metrics import VictoriaMetrics
from tests.unit.fake_time import IN_FAKE_TIME
from tests.unit.scenarios.scene import A_DAY, A_MINUTE, AN_HOUR, DAILY, scene

pytestmark = IN_FAKE_TIME

TENANT = {"headers": [{"name": "X-Scope-OrgID", "value": "plant"}]}


async def test_what_a_server_takes_that_closes_after_each_answer_goes_as_fast_as_the_link(
    tmp_path: Path,
) -> None:
    """2,881 passes arrive in minutes; they took hours, and 8,651 took 11 h."""
    spec = DAILY | {"samplingInterval": "1m"}
    async with scene(VictoriaMetrics(), tmp_path, spec) as play:
        play.stage.network.closes_silently = True
        await asyncio.sleep(AN_HOUR)
        play.fault(Answer(503))
        await asyncio.sleep(2_881 * A_MINUTE)
        play.fault(None)
        back = play.now
        await asyncio.sleep(30 * A_MINUTE)

        assert len(play.device.passes) >= 2_881
        assert play.missing(0, back) == []


async def test_a_burst_limit_of_200_samples_keeps_nothing_back(tmp_path: Path) -> None:
    """All of 276 waiting samples are stored; they never were."""
    model = Mimir(window_ms=7 * DAY_MS, burst=200, rate=50)
    async with scene(model, tmp_path, DAILY | TENANT) as play:
        await asyncio.sleep(AN_HOUR)
        await play.sleep_until_due(reports=2)
        due = play.now
        await asyncio.sleep(6 * AN_HOUR)

        assert play.missing(0, due) == []
        assert play.dropped == 0


async def test_a_proxy_that_answers_502_to_more_than_8_passes_lets_all_through(
    tmp_path: Path,
) -> None:
    """All are stored with at most 110 requests a day; it was 502 for ever."""
    async with scene(Gateway(VictoriaMetrics(), max_passes=8), tmp_path) as play:
        await asyncio.sleep(AN_HOUR)
        await play.sleep_until_due(reports=2)
        due = play.now
        await asyncio.sleep(A_DAY - AN_HOUR)

        assert play.missing(0, due) == []
        assert len(play.exchanges(due)) <= 110


async def test_400_to_everything_costs_few_requests_a_day(tmp_path: Path) -> None:
    """At most 110, 96 and 96 requests and 0.1 MB a day; it was 1,540 and 1.45 MB on day 3."""
    async with scene(Prometheus(), tmp_path) as play:
        await asyncio.sleep(AN_HOUR)
        await play.sleep_until_due()
        play.fault(Answer(400, body=b"no"))
        began = play.now
        await asyncio.sleep(3 * A_DAY)
        days = [play.exchanges(began + day * A_DAY, began + (day + 1) * A_DAY) for day in range(3)]

        assert len(days[0]) <= 110
        assert max(len(day) for day in days[1:]) <= 96
        assert max(sum(each.bytes for each in day) for day in days) <= 100_000


async def test_one_lost_answer_counts_nothing_as_dropped(tmp_path: Path) -> None:
    """`droppedSamples` is 0 with five passes ten minutes apart; it was 48."""
    spec = DAILY | {"samplingInterval": "10m", "sendingInterval": "1h"}
    async with scene(Prometheus(), tmp_path, spec) as play:
        await asyncio.sleep(2 * AN_HOUR)
        await play.sleep_until_due()
        play.outage.lost_answers = 1
        await asyncio.sleep(1)
        due = play.now
        await asyncio.sleep(40 * A_MINUTE)

        assert play.missing(0, due) == []
        assert play.dropped == 0
