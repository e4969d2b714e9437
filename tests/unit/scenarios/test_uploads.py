"""The whole device before a telemeter, for hours and days of fake time."""

import asyncio
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import pytest

from tests.models.outage import Loss
from tests.support.decoder import decode_request
from tests.support.fault_receiver import Answer
from tests.support.telemeter_server import UPLOAD_GAP_SECONDS
from tests.unit.fake_time import IN_FAKE_TIME
from tests.unit.scenarios.scene import A_DAY, A_MINUTE, AN_HOUR
from tests.unit.scenarios.uploads import DAILY, UploadScene, uploading

pytestmark = IN_FAKE_TIME

MEMORY = "cluster:memory_usage_bytes:sum"
PODS = "cluster:usage:containers:sum"


def gaps(scene: UploadScene) -> list[float]:
    return [later.at - earlier.at for earlier, later in pairwise(scene.uploads)]


async def test_a_day_costs_two_requests_and_tells_every_series(tmp_path: Path) -> None:
    async with uploading(tmp_path) as scene:
        await asyncio.sleep(10 * A_MINUTE)
        await scene.sleep_until_due()
        first = len(scene.telemeter.arrivals)
        await scene.sleep_until_due()

        assert [each.path for each in scene.telemeter.arrivals[first:]] == ["/authorize", "/upload"]
        assert all(each.status == 200 for each in scene.telemeter.arrivals)
        assert len(scene.samples) == 17
        assert scene.reporting()[0] == "ReportDelivered"
        assert scene.ready() == "True"
        assert scene.device.status["pendingSamples"] == 0
        assert scene.device.status["effective"]["aggregation"] == "Average"
        assert scene.device.status["effective"]["protocol"] == "TelemeterUpload"
        report = scene.device.status["lastReport"]
        assert (report["samples"], report["requests"], report["statusCode"]) == (17, 1, 200)


async def test_usage_is_the_mean_since_the_last_delivered_report(tmp_path: Path) -> None:
    async with uploading(tmp_path, {**DAILY, "usageUnit": "Absolute"}) as scene:
        await asyncio.sleep(10 * A_MINUTE)
        begin = len(scene.device.passes)
        await scene.sleep_until_due()

        hours = len(scene.device.passes) - begin
        assert hours >= 2
        assert scene.newest[MEMORY] == fmean([1 << 30] * hours)


async def test_each_upload_carries_what_the_authoriser_demands(tmp_path: Path) -> None:
    demanded = {"account": "7", "instance": "theirs", "site": "theirs"}
    spec = {**DAILY, "externalLabels": {"site": "ours", "rack": "a"}}
    async with uploading(tmp_path, spec, labels=demanded) as scene:
        await asyncio.sleep(10 * A_MINUTE)

        assert scene.samples
        for sample in scene.samples:
            assert demanded.items() <= dict(sample.labels).items()
            assert dict(sample.labels)["rack"] == "a"
        _, message = scene.reporting()
        assert "label site has the value that the receiver demands" in message
        assert "label instance has the value that the receiver demands" in message


async def test_no_two_uploads_come_within_the_servers_limit_whatever_happens(
    tmp_path: Path,
) -> None:
    async with uploading(tmp_path, {**DAILY, "sendingInterval": "5m"}) as scene:
        for number in range(12):
            await asyncio.sleep(2 * A_MINUTE)
            scene.device.request(f"{number}")
            if number == 4:
                await scene.device.restart()
            if number == 6:
                scene.device.edit({**scene.device.spec, "usageUnit": "Absolute"})
            if number == 8:
                scene.device.edit({**scene.device.spec, "externalLabels": {"site": "a"}})
            if number == 10:
                await scene.device.restart()
        await asyncio.sleep(10 * A_MINUTE)

        assert len(scene.uploads) >= 6
        assert min(gaps(scene)) >= UPLOAD_GAP_SECONDS
        assert {each.status for each in scene.uploads} == {200}
        assert scene.device.status["lastHandledRequestedAt"] == "11"


async def test_a_token_is_renewed_before_its_end_and_after_a_401(tmp_path: Path) -> None:
    async with uploading(tmp_path, {**DAILY, "sendingInterval": "1h"}) as scene:
        await asyncio.sleep(2.5 * AN_HOUR)
        assert len(scene.telemeter.requests("/authorize")) == 1
        scene.telemeter.end_tokens()
        await asyncio.sleep(AN_HOUR)

        assert len(scene.telemeter.requests("/authorize")) == 2
        assert [each.status for each in scene.uploads].count(401) == 1
        assert scene.uploads[-1].status == 200
        await asyncio.sleep(A_DAY)
        assert [each.status for each in scene.uploads].count(401) == 1
        assert len(scene.telemeter.requests("/authorize")) == 3


async def test_a_token_for_another_cluster_sends_nothing(tmp_path: Path) -> None:
    async with uploading(tmp_path, labels={"_id": "another"}) as scene:
        await asyncio.sleep(10 * A_MINUTE)

        assert scene.uploads == []
        reason, message = scene.reporting()
        assert reason == "CredentialsRefused"
        assert "access token for cluster another" in message
        assert scene.ready() == "False"


ANSWERS = [
    pytest.param("/upload", Answer(400, b"no"), "SamplesRejected", id="400"),
    pytest.param("/upload", Answer(409, b"no"), "SamplesRejected", id="409"),
    pytest.param("/upload", Answer(413, b"no"), "SamplesRejected", id="413"),
    pytest.param("/upload", Answer(422, b"no"), "SamplesRejected", id="422"),
    pytest.param("/upload", Answer(401, b"no"), "Unauthorized", id="401"),
    pytest.param("/upload", Answer(403, b"no"), "Unauthorized", id="403"),
    pytest.param("/upload", Answer(429, b"write limit reached"), "Retrying", id="429"),
    pytest.param("/upload", Answer(500, b"no"), "Retrying", id="500"),
    pytest.param("/upload", Answer(502, b"no"), "Retrying", id="502"),
    pytest.param("/upload", Answer(404, b"no"), "InvalidEndpoint", id="404"),
    pytest.param("/upload", Answer(302, b"no"), "InvalidEndpoint", id="302"),
    pytest.param(
        "/upload", Answer(200, b"<html><title>Log in</title>"), "InvalidEndpoint", id="a page"
    ),
    pytest.param("/authorize", Answer(401, b"no"), "Unauthorized", id="authorize-401"),
    pytest.param("/authorize", Answer(409, b"no"), "Unauthorized", id="authorize-409"),
    pytest.param("/authorize", Answer(404, b"no"), "InvalidEndpoint", id="authorize-404"),
    pytest.param("/authorize", Answer(500, b"no"), "Retrying", id="authorize-500"),
    pytest.param(
        "/authorize", Answer(429, b"no", {"Retry-After": "300"}), "Retrying", id="authorize-429"
    ),
    pytest.param(
        "/authorize",
        Answer(200, b"<html><title>Log in</title>"),
        "InvalidEndpoint",
        id="authorize-page",
    ),
]


@pytest.mark.parametrize(("path", "answer", "reason"), ANSWERS)
async def test_while_nothing_is_taken_little_is_asked_and_nothing_is_lost(
    tmp_path: Path, path: str, answer: Answer, reason: str
) -> None:
    async with uploading(tmp_path) as scene:
        scene.telemeter.faults[path] = answer
        await asyncio.sleep(A_DAY)

        assert len(scene.telemeter.arrivals) <= 110
        assert scene.reporting()[0] == reason
        assert scene.ready() == "False"
        assert scene.telemeter.accepted == []
        assert scene.device.status["droppedSamples"] == 0
        # A refused token is renewed, and the request repeated, at once.
        assert sum(gap < UPLOAD_GAP_SECONDS for gap in gaps(scene)) <= 2
        scene.telemeter.faults.clear()
        await asyncio.sleep(25 * A_MINUTE)
        assert len(scene.telemeter.accepted) == 1
        assert scene.reporting()[0] == "ReportDelivered"
        assert scene.device.status["pendingSamples"] <= 12
        assert scene.device.status["droppedSamples"] == 0


FOR_AN_ENDED_TOKEN = 3
"""A new one, one more where that is refused too, and the request once more with it."""


@pytest.mark.parametrize("path", ["/authorize", "/upload"])
async def test_on_further_days_still_less_is_asked(tmp_path: Path, path: str) -> None:
    async with uploading(tmp_path) as scene:
        scene.telemeter.faults[path] = Answer(401)
        await asyncio.sleep(A_DAY)
        first_day = len(scene.telemeter.arrivals)
        await asyncio.sleep(A_DAY)

        assert len(scene.telemeter.arrivals) - first_day <= 96 + FOR_AN_ENDED_TOKEN


async def test_a_server_that_rejects_every_token_is_asked_as_little(tmp_path: Path) -> None:
    async with uploading(tmp_path) as scene:
        await asyncio.sleep(10 * A_MINUTE)
        scene.telemeter.faults |= {"/upload": Answer(401), "/authorize": Answer(401)}
        await scene.sleep_until_due()
        before = len(scene.telemeter.arrivals)
        await asyncio.sleep(A_DAY)

        assert len(scene.telemeter.arrivals) - before <= 110


@pytest.mark.parametrize("loss", [Loss.REFUSED, Loss.RESET, Loss.HANG, Loss.VANISH])
async def test_an_outage_of_a_day_ends_with_one_upload(tmp_path: Path, loss: Loss) -> None:
    async with uploading(tmp_path) as scene:
        await asyncio.sleep(10 * A_MINUTE)
        delivered = len(scene.telemeter.accepted)
        scene.fault = loss
        await asyncio.sleep(A_DAY)
        before = len(scene.telemeter.accepted)
        scene.fault = None
        await asyncio.sleep(25 * A_MINUTE)

        assert delivered == 1
        assert len(scene.telemeter.accepted) == before + 1
        assert scene.reporting()[0] == "ReportDelivered"
        assert scene.device.status["droppedSamples"] == 0
        assert scene.device.status["pendingSamples"] <= 12


async def test_an_edit_of_the_protocol_on_the_same_server_keeps_what_waits(tmp_path: Path) -> None:
    """The other way tells it then: the origin is the same."""
    async with uploading(tmp_path) as scene:
        scene.telemeter.faults["/upload"] = Answer(503)
        await asyncio.sleep(5 * AN_HOUR)
        waiting = scene.device.status["pendingSamples"]
        spec = {**DAILY, "protocol": "RemoteWrite", "aggregation": "None"}
        scene.device.edit({**spec, "endpoint": f"{DAILY['endpoint']}/metrics/v1/receive"})
        await asyncio.sleep(10 * A_MINUTE)

        assert waiting >= 48
        assert scene.device.status["droppedSamples"] == 0
        assert scene.device.status["pendingSamples"] >= waiting
        assert scene.ready() == "False"  # nothing was delivered to this destination
        assert scene.telemeter.requests("/metrics/v1/receive")
        scene.telemeter.faults.clear()
        scene.device.edit(DAILY)
        await asyncio.sleep(25 * A_MINUTE)
        assert scene.reporting()[0] == "ReportDelivered"
        assert scene.device.status["pendingSamples"] <= 12
        assert scene.device.status["droppedSamples"] == 0


async def test_both_protocols_say_the_same_of_the_newest_pass(tmp_path: Path) -> None:
    async with uploading(tmp_path) as scene:
        await asyncio.sleep(10 * A_MINUTE)
        by_upload = {sample.labels: sample.value for sample in scene.samples}
        scene.telemeter.faults["/metrics/v1/receive"] = Answer(200)
        url = f"{DAILY['endpoint']}/metrics/v1/receive"
        scene.device.edit({**DAILY, "protocol": "RemoteWrite", "endpoint": url})
        await asyncio.sleep(10 * A_MINUTE)

        newest = decode_request(scene.telemeter.requests("/metrics/v1/receive")[-1].body)
        by_write = {series.labels: series.samples[-1][1] for series in newest}
        assert len(by_upload) == 17
        assert by_upload == by_write
        assert scene.reporting()[0] == "ReportDelivered"
