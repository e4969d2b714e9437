"""Events on their way to the API server: in order, counted, in nobody's way."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from microshift_telemetry.controller.announcing import (
    BURST,
    MOST_COUNTED,
    MOST_WAITING,
    PATH,
    REFILL_SECONDS,
    Announcer,
    EventWriter,
)
from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.kube.errors import KubeError, KubeForbiddenError, KubeUnreachableError
from microshift_telemetry.sending.answer import Answer
from tests.support.fake_kube import FakeKube
from tests.support.fakes import FakeClock
from tests.support.life import A_DAY, AN_HOUR, ENDPOINT, Life, a_config
from tests.unit.fake_time import IN_FAKE_TIME
from tests.unit.status.statuses import DELIVERED, RETRYING, Said, a_status

pytestmark = IN_FAKE_TIME

DAILY = {"endpoint": ENDPOINT}
HOURLY = {"endpoint": ENDPOINT, "sendingInterval": "1h"}
LINE = "cannot write events"


class RefusingKube(FakeKube):
    """Takes no events."""

    def __init__(self, error: KubeError) -> None:
        super().__init__()
        self.error = error
        self.tries = 0

    async def apply(self, path: str, body: Object, field_manager: str) -> None:
        if path.startswith(PATH):
            self.tries += 1
            raise self.error
        await super().apply(path, body, field_manager)


def an_announcer(kube: FakeKube) -> Announcer:
    status = a_status(DELIVERED)
    return Announcer(a_config(status=status), EventWriter(kube), FakeClock())


async def announce(announcer: Announcer, *said: Said) -> None:
    """Announce statuses one after the other, a second apart."""
    for each in said:
        announcer.announce(a_status(each))
        await asyncio.sleep(1)


def told(kube: FakeKube) -> list[tuple[str, int]]:
    """Tell each event as it was written at last: reason and count, by the last time."""
    newest = {event["metadata"]["name"]: event for event in kube.events}
    events = sorted(newest.values(), key=lambda each: str(each["lastTimestamp"]))
    return [(event["reason"], event["count"]) for event in events]


async def test_an_event_is_about_an_object_without_a_namespace() -> None:
    kube = FakeKube()
    await announce(an_announcer(kube), RETRYING)

    [event] = kube.events
    assert event["metadata"]["namespace"] == "default"
    assert event["involvedObject"] == {
        "apiVersion": "telemetry.microshift.io/v1alpha1",
        "kind": "TelemetryConfig",
        "name": "cluster",
        "uid": "uid-1",
    }
    assert (event["type"], event["reason"], event["message"]) == ("Warning", *RETRYING)
    assert event["firstTimestamp"] == event["lastTimestamp"] == "2026-11-20T08:00:00Z"
    assert event["count"] == 1


async def test_an_event_that_happens_again_is_counted_up() -> None:
    kube = FakeKube()
    await announce(an_announcer(kube), RETRYING, DELIVERED, RETRYING)

    first, _, last = kube.events
    assert told(kube) == [("ReportDelivered", 1), ("Retrying", 2)]
    assert last == {**first, "count": 2, "lastTimestamp": "2026-11-20T08:00:02Z"}


async def test_names_of_one_moment_are_in_the_order_of_what_happened() -> None:
    kube = FakeKube()
    status = a_status(RETRYING, ("PartialFailure", "memory"), droppedSamples=3, lastLoss={})

    an_announcer(kube).announce(status)
    await asyncio.sleep(1)

    names = [event["metadata"]["name"] for event in kube.events]
    assert [event["reason"] for event in kube.events] == [
        *("PartialFailure", "Retrying", "SamplesDropped")
    ]
    assert names == sorted(names)
    assert len({*names}) == 3


async def test_a_long_name_of_an_object_makes_a_name_of_an_event_that_the_api_takes() -> None:
    kube, config = FakeKube(), replace(a_config(), name=f"{'a' * 199}-{'b' * 53}")
    announcer = Announcer(config, EventWriter(kube), FakeClock())

    await announce(announcer, RETRYING)

    name = kube.events[-1]["metadata"]["name"]
    assert len(name) <= 253
    assert "-." not in name


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (KubeForbiddenError(f"{PATH}: 403: no"), 1),
        (KubeError(f"{PATH}: 422: no"), 1),
        (KubeUnreachableError(f"{PATH}: no answer"), 0),
    ],
    ids=["forbidden", "refused", "away"],
)
async def test_each_event_is_tried_once_and_a_refusal_is_told_once(
    error: KubeError, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    kube = RefusingKube(error)
    writer = EventWriter(kube)
    for name in ("cluster", "site"):
        config = replace(a_config(status=a_status(DELIVERED)), name=name)
        await announce(Announcer(config, writer, FakeClock()), *[RETRYING, DELIVERED] * 3)

    assert kube.tries == 12
    assert caplog.text.count(LINE) == len(caplog.records) == lines


async def test_an_event_that_gets_no_answer_is_given_up_and_the_next_one_is_written() -> None:
    kube = FakeKube()
    kube.event_seconds = A_DAY
    announcer = an_announcer(kube)
    await announce(announcer, RETRYING)
    kube.event_seconds = 0
    await announce(announcer, DELIVERED)
    await asyncio.sleep(10)

    assert told(kube) == [("ReportDelivered", 1)]


async def test_of_events_that_wait_only_so_many_are_kept() -> None:
    kube = FakeKube()
    kube.event_seconds = 1
    announcer = an_announcer(kube)
    for number in range(MOST_WAITING + 6):
        announcer.announce(a_status(("Retrying", f"{number}"), generation=number))
    await asyncio.sleep(60)

    assert [event["message"] for event in kube.events] == [
        *(str(number) for number in range(6, MOST_WAITING + 6))
    ]


async def test_a_flood_of_events_is_held_to_what_client_go_lets_through() -> None:
    kube = FakeKube()
    announcer = an_announcer(kube)
    await announce(announcer, *[RETRYING, DELIVERED] * 100)
    at_once = len(kube.events)
    await asyncio.sleep(2 * REFILL_SECONDS)
    await announce(announcer, *[RETRYING, DELIVERED] * 3)

    assert at_once == BURST
    assert len(kube.events) - at_once <= 3
    assert kube.events[-1]["count"] > 100


async def test_what_was_counted_long_ago_is_forgotten() -> None:
    kube = FakeKube()
    announcer = an_announcer(kube)
    for number in range(MOST_COUNTED + 1):
        await asyncio.sleep(REFILL_SECONDS)
        announcer.announce(a_status(("Retrying", f"{number}"), generation=number))
    for number in (0, MOST_COUNTED):
        await asyncio.sleep(REFILL_SECONDS)
        announcer.announce(a_status(("Retrying", f"{number}"), generation=100 + number))
    await asyncio.sleep(1)

    assert [event["count"] for event in kube.events[-2:]] == [1, 2]


async def test_nothing_is_written_of_an_object_that_is_gone() -> None:
    kube = FakeKube()
    kube.event_seconds = 1
    announcer = an_announcer(kube)
    announcer.announce(a_status(RETRYING))
    await asyncio.sleep(0.5)
    announcer.stop()
    announcer.announce(a_status(DELIVERED))
    await asyncio.sleep(10)

    assert kube.events == []


async def test_the_events_of_an_outage_tell_its_story_in_order() -> None:
    async with Life(HOURLY) as life:
        await asyncio.sleep(2 * AN_HOUR)
        life.receiver.answer = Answer(503, "down")
        await asyncio.sleep(3 * AN_HOUR)
        delivered = life.status["lastReportTime"]
        life.receiver.answer = Answer(204)
        await asyncio.sleep(AN_HOUR)

    *_, trouble, end = life.kube.events
    assert [event["reason"] for event in life.kube.events] == [
        *("SamplesCollected", "ReportDelivered", "Retrying", "ReportDelivered")
    ]
    assert "503" in trouble["message"]
    assert f"; first delivery since {delivered}: " in end["message"]
    assert end["count"] == 2


@pytest.mark.parametrize("spec", [HOURLY, {**HOURLY, "status": "Disabled"}], ids=["on", "off"])
async def test_a_restart_writes_no_event(spec: dict[str, Any]) -> None:
    async with Life(spec) as life:
        life.receiver.answer = Answer(503, "down")
        await asyncio.sleep(2 * AN_HOUR)
        before = len(life.kube.events)
        await life.restart()
        await asyncio.sleep(2 * AN_HOUR)

    assert before > 0
    assert len(life.kube.events) == before


async def test_a_twin_that_each_process_finds_out_anew_is_told_once() -> None:
    async with Life(HOURLY) as life:
        life.older_twin = "elder"
        await asyncio.sleep(2 * AN_HOUR)
        await life.restart()
        await asyncio.sleep(2 * AN_HOUR)

        assert life.condition("Reporting") == ("False", "DuplicateDestination")
    assert [event["reason"] for event in life.kube.events].count("DuplicateDestination") == 1


async def test_events_that_hang_delay_neither_reports_nor_an_opt_out() -> None:
    async with Life(HOURLY) as well, Life(HOURLY) as hanging:
        hanging.kube.event_seconds = A_DAY
        for life in (well, hanging):
            life.receiver.judge = lambda post: Answer(503 if int(post.at) // 7200 % 2 else 204)
        await asyncio.sleep(A_DAY)
        applies = [life.applies() for life in (well, hanging)]
        for life in (well, hanging):
            life.edit({**HOURLY, "status": "Disabled"})
        await asyncio.sleep(1)

        assert hanging.condition("Reporting") == ("False", "Disabled")
    assert len(well.reports) == len(hanging.reports) > 10
    assert applies[0] == applies[1]
    assert hanging.kube.events == []
    assert len(well.kube.events) > 10
