"""One report and what becomes of its samples."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from microshift_telemetry.buffer.dating import expired
from microshift_telemetry.buffer.records import Loss, LossReason, PassMade, ReportDue
from microshift_telemetry.buffer.store import Store
from microshift_telemetry.controller.attempt import Workshop
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.device_labels import DeviceLabels
from microshift_telemetry.controller.device_salt import DeviceSalt
from microshift_telemetry.controller.pace import Pace
from microshift_telemetry.controller.passes import Passes
from microshift_telemetry.controller.restored import seed_from
from microshift_telemetry.controller.rounds import Rounds
from microshift_telemetry.controller.specs import Specs
from microshift_telemetry.controller.timekeeping import Timekeeper
from microshift_telemetry.sample.sample import Reading, SamplePass
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.settings import Settings
from microshift_telemetry.status.reasons import ReportingReason
from tests.support.fake_kube import FakeKube
from tests.support.fakes import (
    CLUSTER_ID,
    MORNING,
    NO_ANSWER,
    FakeClock,
    FakeConnector,
    FakeHost,
    FakeReceiver,
    Post,
)
from tests.support.life import ENDPOINT, a_config
from tests.unit.factories import MEMORY, an_effective
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

NOW_MS = round(1000 * MORNING.timestamp())
A_MINUTE_MS = 60_000
USED = Reading(MEMORY, 0.5e9, 2.0e9)
RAW = {"endpoint": ENDPOINT, "aggregation": "None"}


class Sender:
    """What sends one object's reports, on a device without a disk."""

    def __init__(self) -> None:
        self.clock, self.receiver = FakeClock(), FakeReceiver()
        self.store = Store("cluster", "uid-1", None, seed_from(a_config()))
        cluster = Cluster(FakeKube(self.clock), FakeHost(self.clock), Settings())
        timekeeper = Timekeeper("cluster", self.store, self.clock)
        self.passes = Passes(Specs(a_config(), self.clock), self.store, cluster, timekeeper)
        labels = DeviceLabels("cluster", cluster)
        salt = DeviceSalt(None)
        pace = Pace(self.clock.monotonic)
        workshop = Workshop(self.store, self.passes, salt, self.clock, timekeeper, labels, pace)
        connector = FakeConnector(self.receiver)
        self.rounds = Rounds(a_config(), workshop, connector)

    def wait(self, *ages: int) -> None:
        """Keep passes of so many minutes ago, each with one sample, and let a report be due."""
        for age in sorted(ages, reverse=True):
            taken = SamplePass(NOW_MS - age * A_MINUTE_MS, (USED,))
            self.store.record(PassMade(taken))
        self.store.record(ReportDue(NOW_MS))
        self.rounds.note_due()

    async def send(self, **spec: object) -> bool:
        """Make an attempt."""
        return await self.rounds.run(an_effective(**RAW | spec), CLUSTER_ID, self._progress)

    @property
    def dropped(self) -> int:
        return self.store.ledger.remembered.dropped_samples

    async def _progress(self) -> None:
        pass


async def test_a_request_whose_samples_have_aged_out_is_not_sent_empty() -> None:
    """Receivers answer an empty request with 400, which would pass for a refusal."""
    sender = Sender()
    sender.wait(*range(1, 151))
    sender.receiver.answer = Answer(503)
    await sender.send()
    sender.store.record(*expired(sender.store.ledger, sender.clock.read(), timedelta(minutes=30)))
    sender.receiver.answer = Answer(204)
    sender.rounds.hurry()
    await sender.send()

    assert sum(len(post.times_ms) for post in sender.receiver.confirmed) == 31
    assert all(post.samples for post in sender.receiver.posts)
    assert sender.rounds.finding.reason is ReportingReason.REPORT_DELIVERED
    assert sender.store.ledger.backlog.samples == 0


async def test_what_an_edit_excludes_leaves_without_a_request_and_is_no_loss() -> None:
    sender = Sender()
    sender.wait(100, 90, 20)

    await sender.send(metrics={"exclude": [MEMORY.metric]})

    assert all(post.has_static for post in sender.receiver.posts)
    assert sender.rounds.finding.reason is ReportingReason.REPORT_DELIVERED
    assert (sender.store.ledger.backlog.samples, sender.dropped) == (0, 0)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(401), ReportingReason.UNAUTHORIZED),
        (Answer(404), ReportingReason.INVALID_ENDPOINT),
        (Answer(302), ReportingReason.INVALID_ENDPOINT),
        (Answer(200, is_page=True), ReportingReason.INVALID_ENDPOINT),
        (Answer(400), ReportingReason.SAMPLES_REJECTED),
        (Answer(409), ReportingReason.SAMPLES_REJECTED),
        (Answer(413), ReportingReason.SAMPLES_REJECTED),
        (Answer(503), ReportingReason.RETRYING),
        (NO_ANSWER, ReportingReason.ENDPOINT_UNREACHABLE),
    ],
    ids=lambda value: str(value),
)
async def test_whatever_the_receiver_refuses_is_kept(
    answer: Answer, reason: ReportingReason
) -> None:
    sender = Sender()
    sender.wait(70, 50, 40)
    sender.receiver.answer = answer

    is_ended = await sender.send()

    assert is_ended
    assert sender.rounds.finding.reason is reason
    assert set(sender.store.ledger.backlog.times_ms) >= {
        NOW_MS - age * A_MINUTE_MS for age in (70, 50, 40)
    }
    assert sender.rounds.wait_seconds is not None
    assert sender.dropped == 0


async def test_a_retry_that_is_not_due_connects_to_nobody() -> None:
    sender = Sender()
    sender.wait(50)
    sender.receiver.answer = Answer(400)
    await sender.send()
    is_ended = await sender.send()

    assert not is_ended
    assert len(sender.receiver.connects) == 1


async def test_without_a_report_that_is_due_nobody_is_asked() -> None:
    sender = Sender()

    assert not await sender.send()
    assert sender.rounds.wait_seconds is None
    assert sender.receiver.connects == []


def _refuses_before(age: int) -> Callable[[Post], Answer]:
    def judge(post: Post) -> Answer:
        return Answer(204 if min(post.times_ms) > NOW_MS - age * A_MINUTE_MS else 400, "too old")

    return judge


async def test_what_is_refused_after_a_fresh_pass_is_dropped_and_counted_and_told() -> None:
    sender = Sender()
    ages = (300, 240, 180, 120, 50)
    sender.wait(*ages)
    sender.receiver.judge = _refuses_before(150)

    await sender.send()

    stored = {time_ms for post in sender.receiver.confirmed for time_ms in post.times_ms}
    lost = Loss(
        NOW_MS, 3, NOW_MS - 300 * A_MINUTE_MS, NOW_MS - 180 * A_MINUTE_MS, LossReason.REFUSED
    )
    assert {NOW_MS - age * A_MINUTE_MS for age in (120, 50)} <= stored
    assert sender.rounds.finding.reason is ReportingReason.OLD_SAMPLES_REJECTED
    assert sender.store.ledger.backlog.samples == 0
    assert sender.store.ledger.remembered.dropped_samples == 3
    assert sender.store.ledger.remembered.loss == lost
    report = sender.rounds.last_report
    assert report is not None
    assert (report.fresh, report.refused, report.maybeStored) == (True, 3, 0)


async def test_what_a_report_has_lost_is_told_though_its_last_attempt_was_refused_nothing() -> None:
    sender = Sender()
    sender.wait(300, 240, 180, 140, 130, 120, 115, 110, 50)
    is_too_old = _refuses_before(150)
    rejections = [503]

    def judge(post: Post) -> Answer:
        answer = is_too_old(post)
        is_wanted_batch = len(post.times_ms) > 1 and answer.status_code == 204
        return Answer(rejections.pop()) if is_wanted_batch and rejections else answer

    sender.receiver.judge = judge
    await sender.send()
    waiting = sender.rounds.finding
    sender.rounds.hurry()
    await sender.send()

    report = sender.rounds.last_report
    assert report is not None
    assert "503" in waiting.message
    assert not sender.rounds.is_open
    assert (report.fresh, report.refused) == (True, 3)
    assert sender.rounds.finding.reason is ReportingReason.OLD_SAMPLES_REJECTED
    assert "400" in sender.rounds.finding.message


async def test_a_young_pass_of_a_refused_request_may_be_stored_and_is_counted_apart() -> None:
    """Thanos and Mimir store what they can of a request, and answer 409 or 400."""
    sender = Sender()
    sender.wait(50, 45, 40)
    sender.receiver.judge = lambda post: Answer(204 if post.has_static else 400, "out of order")

    await sender.send()

    report = sender.rounds.last_report
    assert report is not None
    assert (report.refused, report.maybeStored) == (0, 3)
    assert sender.dropped == 0
    assert "status.lastReport.maybeStored" in sender.rounds.finding.message


async def test_a_request_without_an_answer_may_be_stored_and_goes_again_as_it_was() -> None:
    sender = Sender()
    sender.wait(50, 45)
    sender.receiver.loses_answers = True
    await sender.send(usageUnit="Percent")
    [first] = sender.receiver.posts
    sender.receiver.loses_answers = False
    sender.rounds.hurry()
    await sender.send(usageUnit="Absolute")

    told = [
        (time_ms, value)
        for post in sender.receiver.posts
        for series in post.series
        for time_ms, value in series.samples
        if time_ms in first.times_ms
    ]
    assert len(told) > len(first.times_ms) == 2
    assert {value for _, value in told} == {25.0}
    assert sender.rounds.finding.reason is ReportingReason.REPORT_DELIVERED


async def test_what_may_be_stored_and_expires_is_told_with_the_next_report() -> None:
    sender = Sender()
    sender.wait(50, 45, 20)
    sender.receiver.loses_answers = True
    await sender.send()
    sender.store.record(*expired(sender.store.ledger, sender.clock.read(), timedelta(minutes=30)))
    sender.receiver.loses_answers = False
    sender.rounds.hurry()
    await sender.send()

    report = sender.rounds.last_report
    assert report is not None
    assert (report.refused, report.maybeStored, sender.dropped) == (0, 2, 0)
    assert sender.rounds.finding.reason is ReportingReason.REPORT_DELIVERED


async def test_a_report_that_falls_due_while_another_is_sent_stays_open() -> None:
    sender = Sender()
    sender.wait(0, 60, 120)

    def judge(_: Post) -> Answer:
        if len(sender.receiver.posts) == 1:
            sender.store.record(ReportDue(NOW_MS + 1))
            sender.rounds.note_due()
        return Answer(204)

    sender.receiver.judge = judge
    assert await sender.send()
    first, is_open = sender.rounds.last_report, sender.rounds.is_open
    await asyncio.sleep(60)
    assert await sender.send()

    assert is_open
    assert first is not None
    assert first.fresh
    assert not sender.rounds.is_open
    assert sender.receiver.confirmed[-1].times_ms != sender.receiver.confirmed[-2].times_ms
