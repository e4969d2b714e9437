"""What a device does while its receiver or its API server is away, and afterwards."""

import asyncio
from itertools import pairwise

import pytest

from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.status.events import WHY_DROPPED
from tests.support.fakes import NO_ANSWER
from tests.support.life import A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

HOURLY = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(Answer(503, "overloaded"), "Retrying", id="503"),
        pytest.param(Answer(429), "Retrying", id="429"),
        pytest.param(NO_ANSWER, "EndpointUnreachable", id="unreachable"),
    ],
)
async def test_twenty_failing_retries_write_the_status_twice(answer: Answer, reason: str) -> None:
    async with Life({"endpoint": ENDPOINT, "samplingInterval": "24h"}) as life:
        await asyncio.sleep(AN_HOUR)
        life.receiver.answer = answer
        life.receiver.connects.clear()
        life.request("now")
        writes = len(life.kube.applies)
        await asyncio.sleep(4 * AN_HOUR)

        assert len(life.receiver.connects) > 20
        assert life.condition("Reporting") == ("False", reason)
        assert life.condition("Ready") == ("True", reason)
        assert len(life.kube.applies) - writes <= 2


async def test_ready_turns_false_one_sending_interval_after_the_last_delivery() -> None:
    async with Life(HOURLY) as life:
        await asyncio.sleep(2 * AN_HOUR)
        delivered = life.reports[-1]
        life.receiver.answer = NO_ANSWER
        await asyncio.sleep(delivered + AN_HOUR - A_MINUTE - asyncio.get_running_loop().time())
        before = life.condition("Ready")
        await asyncio.sleep(A_MINUTE + 40)

        assert before == ("True", "ReportDelivered")
        assert life.condition("Ready") == ("False", "EndpointUnreachable")


async def test_what_an_outage_held_back_is_delivered_once_and_the_newest_pass_by_itself() -> None:
    async with Life(HOURLY) as life:
        await asyncio.sleep(2 * AN_HOUR)
        delivered = len(life.receiver.posts)
        life.receiver.answer = Answer(503)
        await asyncio.sleep(12 * AN_HOUR)
        waiting = len(life.backlog.times_ms)
        life.receiver.answer = Answer(204)
        await asyncio.sleep(2 * AN_HOUR)

    after = [post for post in life.receiver.confirmed if post in life.receiver.posts[delivered:]]
    sent = [sample for post in life.receiver.confirmed for sample in post.samples]
    assert waiting >= 70
    assert len(sent) == len(set(sent))
    assert len(frozenset().union(*(post.times_ms for post in after))) >= waiting
    assert all(len(post.times_ms) == 1 for post in after if post.has_static)
    assert life.status["droppedSamples"] == 0


async def test_samples_beyond_their_age_are_dropped_counted_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Life(HOURLY | {"buffer": {"maxAge": "2h"}}) as life:
        await asyncio.sleep(AN_HOUR)
        life.receiver.answer = Answer(503)
        await asyncio.sleep(5 * AN_HOUR)
        waiting = len(life.backlog.times_ms)
        life.receiver.answer = Answer(204)
        await asyncio.sleep(2 * AN_HOUR)

    assert waiting in {12, 13}
    assert life.status["droppedSamples"] > 0
    dropped = [line.getMessage() for line in caplog.records if "dropped" in line.getMessage()]
    assert dropped == [f"dropped samples: {WHY_DROPPED['Expired']}"]
    assert life.condition("Reporting") == ("True", "ReportDelivered")


async def test_an_api_server_that_is_away_for_hours_costs_only_its_own_series() -> None:
    async with Life(HOURLY) as life:
        await asyncio.sleep(2 * AN_HOUR)
        life.kube.is_away = True
        await asyncio.sleep(5 * AN_HOUR)
        reports = len(life.reports)
        life.kube.is_away = False
        await asyncio.sleep(2 * AN_HOUR)

        assert life.condition("Sampling") == ("True", "SamplesCollected")
        assert life.condition("Ready") == ("True", "ReportDelivered")
        assert len(life.reports) - reports == 2
        assert len(life.pass_times) >= 50


async def test_an_api_server_that_is_away_from_the_first_second_is_waited_for() -> None:
    life = Life(HOURLY)
    life.kube.is_away = True
    async with life:
        await asyncio.sleep(3 * AN_HOUR)
        connects = len(life.receiver.connects)
        life.kube.is_away = False
        await asyncio.sleep(2 * AN_HOUR)

        assert connects == 0
        assert life.condition("Ready") == ("True", "ReportDelivered")


async def test_an_opted_out_object_stays_disabled_while_the_api_server_is_away() -> None:
    life = Life({"status": "Disabled"})
    life.kube.is_away = True
    async with life:
        await asyncio.sleep(A_MINUTE)
        life.kube.is_away = False
        await asyncio.sleep(A_MINUTE)

        assert life.condition("Sampling") == ("False", "Disabled")
        assert life.condition("Ready") == ("True", "Disabled")


async def test_a_report_that_falls_due_waits_as_long_as_the_receiver_has_asked() -> None:
    spec = {"endpoint": ENDPOINT, "samplingInterval": "5m", "sendingInterval": "5m"}
    async with Life(spec) as life:
        life.receiver.answer = Answer(429, retry_after_seconds=AN_HOUR)
        await asyncio.sleep(3.5 * AN_HOUR)
        posts = life.receiver.posts

        assert len(posts) >= 3
        assert all(later.at - post.at >= AN_HOUR for post, later in pairwise(posts))


async def test_an_admin_who_asks_need_not_wait_for_the_receiver() -> None:
    async with Life() as life:
        life.receiver.answer = Answer(429, retry_after_seconds=AN_HOUR)
        await asyncio.sleep(10 * A_MINUTE)
        life.receiver.answer = Answer(204)
        life.request("it is well again")
        await asyncio.sleep(A_MINUTE)

        assert len(life.reports) == 1


async def test_a_mean_stays_the_same_at_every_retry_while_its_passes_come_of_age() -> None:
    spec = HOURLY | {"aggregation": "Average", "buffer": {"maxAge": "2h"}}
    async with Life(spec) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(8 * AN_HOUR)
        said: dict[tuple[object, int], set[float]] = {}
        for post in life.receiver.posts:
            for series in post.series:
                for time_ms, value in series.samples:
                    said.setdefault((series.labels, time_ms), set()).add(value)

        assert life.status["droppedSamples"] > 0
        assert [key for key, values in said.items() if len(values) > 1] == []


async def test_a_report_of_which_everything_is_refused_is_not_delivered() -> None:
    """Also when nothing could be read for it: a guest network's login page takes no samples."""
    host_alone = {"metrics": {"exclude": [*HOST_METRICS, "images"]}}
    async with Life(HOURLY | host_alone) as life:
        life.receiver.answer = Answer(400, "log in")
        await asyncio.sleep(1.5 * AN_HOUR)
        life.kube.is_away = True
        await asyncio.sleep(3 * AN_HOUR)
        waiting = life.backlog.samples

        assert life.condition("Reporting") == ("False", "SamplesRejected")
        assert "lastReportTime" not in life.status
        assert waiting > 0


HOST_METRICS = (
    "cluster:cpu_usage_cores:sum",
    "cluster:memory_usage_bytes:sum",
    "cluster:disk_usage_bytes:sum",
    "cluster:capacity_disk_bytes:sum",
)


async def test_who_wants_the_inventory_alone_is_ready() -> None:
    dynamic = (
        *HOST_METRICS[:3],
        "cluster:usage:resources:sum",
        "cluster:usage:containers:sum",
        "instance:etcd_object_counts:sum",
    )
    async with Life(HOURLY | {"metrics": {"exclude": [*dynamic]}}) as life:
        await asyncio.sleep(2 * AN_HOUR)

        assert life.condition("Ready") == ("True", "ReportDelivered")
        assert life.condition("Sampling") == ("True", "SamplesCollected")
