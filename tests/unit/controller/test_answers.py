"""`requestedAt` is answered soon, whatever can be done about it."""

import asyncio
from collections.abc import Mapping

import pytest

from tests.support.life import A_MINUTE, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

SOON = 2.0


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        pytest.param({"endpoint": ENDPOINT}, "ReportDelivered", id="enabled"),
        pytest.param({"status": "Disabled"}, "Disabled", id="disabled"),
        pytest.param({"endpoint": "gopher://nowhere"}, "InvalidSpec", id="invalid"),
    ],
)
async def test_a_request_is_answered_within_two_seconds(
    spec: Mapping[str, object], reason: str
) -> None:
    async with Life(spec) as life:
        await asyncio.sleep(A_MINUTE + 7)
        life.request("now, please")
        await asyncio.sleep(SOON)

        assert life.status["lastHandledRequestedAt"] == "now, please"
        assert life.condition("Reporting")[1] == reason
