"""What the status says while nobody takes anything."""

import asyncio
from pathlib import Path

from tests.models.captive_portal import CaptivePortal
from tests.models.model import Answer
from tests.models.victoria_metrics import VictoriaMetrics
from tests.search.plan import HOSTS, PORTAL
from tests.unit.fake_time import IN_FAKE_TIME
from tests.unit.scenarios.scene import A_MINUTE, AN_HOUR, DAILY, scene

pytestmark = IN_FAKE_TIME

LONGEST_SETTLING = 2 * A_MINUTE


async def test_an_edit_to_an_endpoint_that_refuses_connections_makes_ready_false(
    tmp_path: Path,
) -> None:
    """Within a minute of coming into force; it was True for 24 h."""
    async with scene(VictoriaMetrics(), tmp_path) as play:
        await asyncio.sleep(AN_HOUR)
        before = play.ready()
        play.device.edit(DAILY | {"endpoint": f"http://{HOSTS[2]}/api/v1/write"})
        await asyncio.sleep(LONGEST_SETTLING + A_MINUTE)

        assert before == "True"
        assert play.ready() == "False"
        assert play.reason() == "EndpointUnreachable"


async def test_200_with_a_login_page_delivers_nothing(tmp_path: Path) -> None:
    """`InvalidEndpoint`, and all is kept; it was `ReportDelivered`, and deleted."""
    async with scene(VictoriaMetrics(), tmp_path) as play:
        await asyncio.sleep(AN_HOUR)
        await play.sleep_until_due()
        play.fault(PORTAL)
        due = play.now
        await asyncio.sleep(5 * A_MINUTE)
        said, waiting = play.reason(), play.device.status["pendingSamples"]
        play.fault(None)
        await asyncio.sleep(30 * A_MINUTE)

        assert isinstance(PORTAL, Answer)
        assert CaptivePortal().receive([], 0) == PORTAL
        assert said == "InvalidEndpoint"
        assert waiting > 0
        assert play.missing(0, due) == []
