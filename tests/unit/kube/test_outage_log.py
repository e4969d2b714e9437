"""What is said of an API server that can't be reached: once when it goes, once when it is back."""

import logging
import re
import time

import aiohttp
import pytest

from microshift_telemetry.kube.access import ApiAccess
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeError
from tests.unit.sources.canned_api import NEVER, connect, refusal, serve

PATH = "/api/v1/pods"
A_SECOND = aiohttp.ClientTimeout(total=1)


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.name.endswith("outage_log")]


async def test_an_outage_is_told_when_it_begins_and_when_it_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    began = time.monotonic()
    async with serve({PATH: refusal(403, "no")}) as api:
        server = api.server
    async with connect(server) as kube:
        for _ in range(3):
            with pytest.raises(KubeError, match="connection refused"):
                await kube.get(PATH)
        away = said(caplog)
        async with serve({PATH: refusal(403, "no")}) as api:
            kube.access = ApiAccess(api.server)
            for _ in range(2):
                with pytest.raises(KubeError, match="403"):
                    await kube.get(PATH)

    assert away == ["no answer from the API server: connection refused; retrying until it answers"]
    [*before, last] = said(caplog)
    back = re.fullmatch(r"the API server answers again after (\d+) s", last)
    assert before == away
    assert back
    assert int(back[1]) <= time.monotonic() - began + 0.5  # rounded


async def test_kopfs_session_tells_of_it_too(caplog: pytest.LogCaptureFixture) -> None:
    async with serve({}) as api:
        server = api.server
    kube = KubeClient(ApiAccess(server))
    async with kube.open_session() as session:
        for _ in range(2):
            with pytest.raises(OSError, match="Connect"):
                await session.get(server)

    assert len(said(caplog)) == 1


async def test_an_api_server_that_is_slow_or_refuses_is_not_away(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve({PATH: [refusal(503, "busy"), NEVER]}) as api, connect(api.server) as kube:
        with pytest.raises(KubeError, match="503"):
            await kube.get(PATH)
        monkeypatch.setattr("microshift_telemetry.kube.client.REQUEST_TIMEOUT", A_SECOND)
        with pytest.raises(KubeError, match="no answer in time"):
            await kube.get(PATH)

    assert said(caplog) == []
