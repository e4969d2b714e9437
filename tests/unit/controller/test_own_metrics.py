"""What a scrape tells of an object, held to what its receiver and its status say."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector
from microshift_telemetry.controller.registry import Registry
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sending.credentials import OptedOutError
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.settings import Settings
from microshift_telemetry.spec.effective import Destination
from microshift_telemetry.status.own_metrics import OBJECT_LABEL, metrics_page
from tests.support.exposition import parse_page
from tests.support.fake_kube import FakeKube
from tests.support.fakes import NO_ANSWER, FakeClock, FakeConnector, FakeHost, FakeReceiver, Post
from tests.support.life import A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.support.own_metrics import Scrape
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

OFTEN = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}


def scraped(life: Life) -> Scrape:
    figures = life.telemetry.figures()
    return Scrape(metrics_page([] if figures is None else [figures]))


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def accepted(post: Post) -> int:
    return len(post.samples) if post.is_confirmed else 0


async def test_it_agrees_with_the_receiver_and_the_status_through_an_outage() -> None:
    async with Life(OFTEN) as life:
        await asyncio.sleep(2 * AN_HOUR)
        life.receiver.answer = Answer(503)
        await asyncio.sleep(2 * AN_HOUR)
        away, status = scraped(life), life.status
        waiting = life.backlog.oldest_ms
        life.receiver.answer = Answer(204)
        await asyncio.sleep(2 * AN_HOUR)
        back = scraped(life)

        assert waiting is not None
        assert away["samples_pending"] == life_pending(status) > 0
        assert away["oldest_pending_sample_timestamp_seconds"] == waiting / 1000
        assert away["last_delivery_timestamp_seconds"] == pytest.approx(
            seconds(status["lastReportTime"]), abs=1
        )
        assert back["last_delivery_timestamp_seconds"] > away["last_delivery_timestamp_seconds"]
        posts = life.receiver.posts
        assert back["requests_total"] == len(posts)
        assert back["samples_sent_total"] == sum(map(accepted, posts))
        taken = sum(post.is_confirmed for post in posts)
        assert back.by("code", "responses_total") == {"204": taken, "503": len(posts) - taken}
        results = back.by("result", "report_attempts_total")
        assert sum(results.values()) == len(life.receiver.connects)
        assert min(results["delivered"], results["failed"]) > 0
        assert back["samples_dropped_total"] == life.status["droppedSamples"] == 0


def life_pending(status: Mapping[str, Any]) -> int:
    pending = status["pendingSamples"]
    assert isinstance(pending, int)
    return pending


async def test_what_the_conditions_say_is_told_as_the_status_tells_it() -> None:
    async with Life(OFTEN) as life:
        life.receiver.answer = NO_ANSWER
        await asyncio.sleep(10 * A_MINUTE)
        scrape = scraped(life)

        kinds = ("Ready", "Sampling", "Reporting")
        assert scrape.conditions == {(kind, *life.condition(kind)) for kind in kinds}
        assert ("Reporting", "False", "EndpointUnreachable") in scrape.conditions
        assert scrape["requests_total"] == 0
        assert scrape.by("result", "report_attempts_total")["failed"] > 0


async def test_a_request_whose_answer_is_lost_was_sent_and_not_answered() -> None:
    async with Life(OFTEN) as life:
        life.receiver.loses_answers = True
        await asyncio.sleep(10 * A_MINUTE)
        scrape = scraped(life)

        assert scrape["requests_total"] == len(life.receiver.posts) > 0
        assert scrape.by("code", "responses_total") == {}
        assert scrape["samples_sent_total"] == 0


async def test_what_the_receiver_refuses_for_good_is_dropped_and_the_attempt_delivered() -> None:
    def only_fresh(post: Post) -> Answer:
        newest = max(post.times_ms) / 1000
        return Answer(204 if life.clock.now().timestamp() - newest < 5 * A_MINUTE else 400)

    async with Life(OFTEN | {"aggregation": "None"}) as life:
        life.receiver.judge = only_fresh
        await asyncio.sleep(3 * AN_HOUR)
        scrape = scraped(life)

        assert scrape["samples_dropped_total"] == life.status["droppedSamples"]
        assert scrape.by("code", "responses_total")["400"] > 0
        assert scrape.by("result", "report_attempts_total")["delivered"] > 0


async def test_each_source_tells_how_it_was_read_and_one_that_is_excluded_nothing() -> None:
    async with Life(OFTEN) as life:
        await asyncio.sleep(10 * A_MINUTE)
        before = scraped(life).by("source", "source_success")
        life.edit(OFTEN | {"metrics": {"exclude": ["cluster:memory_usage_bytes:sum"]}})
        after = scraped(life).by("source", "source_success")

        assert len(before) == 16
        assert set(before.values()) == {1.0}
        assert before.keys() - after.keys() == {"memory"}
        assert scraped(life).by("source", "source_duration_seconds").keys() == after.keys()


async def test_an_object_that_opts_out_has_no_series_and_begins_anew_when_it_comes_back() -> None:
    async with Life(OFTEN) as life:
        await asyncio.sleep(AN_HOUR)
        before = scraped(life)
        life.edit({"status": "Disabled"})
        off = scraped(life)
        life.edit(OFTEN)
        again = scraped(life)

        assert before.series > 30
        assert off.series == 0
        assert again["samples_pending"] == 0
        assert again.by("source", "source_success") == {}
        assert again["requests_total"] == before["requests_total"]


async def test_an_opt_out_in_the_pull_secret_is_no_failed_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def no_entry(_self: Connector, _to: Destination) -> Receiver:
        raise OptedOutError("no entry")

    monkeypatch.setattr(FakeConnector, "connect", no_entry)
    async with Life(OFTEN) as life:
        await asyncio.sleep(2 * AN_HOUR)
        scrape = scraped(life)

        assert ("Reporting", "False", "OptedOut") in scrape.conditions
        assert set(scrape.by("result", "report_attempts_total").values()) == {0.0}


async def test_a_spec_that_can_not_be_used_is_told() -> None:
    async with Life({"endpoint": "ftp://x"}) as life:
        await asyncio.sleep(A_MINUTE)

        assert ("Ready", "False", "InvalidSpec") in scraped(life).conditions


async def test_a_deleted_object_has_no_series_and_no_name_is_told_twice() -> None:
    cluster = Cluster(FakeKube(), FakeHost(), Settings())
    registry = Registry(cluster, FakeConnector(FakeReceiver()), FakeClock())

    def body(uid: str, name: str) -> dict[str, Any]:
        metadata = {"uid": uid, "name": name, "generation": 1}
        created = {"creationTimestamp": "2026-11-01T00:00:00Z"}
        return {"metadata": metadata | created, "spec": {"endpoint": ENDPOINT}}

    registry.observe(body("uid-1", "cluster"), is_gone=False)
    registry.observe(body("uid-2", "fleet"), is_gone=False)
    registry.observe(body("uid-3", "cluster"), is_gone=False)
    both = parse_page(registry.metrics())
    registry.observe(body("uid-2", "fleet"), is_gone=True)
    one = parse_page(registry.metrics())

    assert both.series_of(OBJECT_LABEL, "cluster") == both.series_of(OBJECT_LABEL, "fleet") > 0
    assert one.series_of(OBJECT_LABEL, "fleet") == 0
    assert one.series_of(OBJECT_LABEL, "cluster") > 0
