"""Edits of the spec: what they forbid stops at once, what they allow waits until it has settled."""

import asyncio
from datetime import timedelta

import pytest

from microshift_telemetry.controller.jobs import TICK_SECONDS
from microshift_telemetry.sending.answer import Answer
from tests.support.life import A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

ENABLED = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}
DISABLED = {"status": "Disabled"}
ELSEWHERE = ENABLED | {"endpoint": "http://elsewhere.example/write"}


async def test_disabled_cuts_a_post_and_no_connection_comes_after_it() -> None:
    async with Life(ENABLED) as life:
        await asyncio.sleep(2 * AN_HOUR)
        posts = len(life.receiver.posts)
        life.receiver.seconds = 60
        life.request("now")
        await asyncio.sleep(5)
        connects = len(life.receiver.connects)
        life.edit(DISABLED)
        await asyncio.sleep(2)
        conditions = (
            life.condition("Reporting"),
            life.condition("Sampling"),
            life.condition("Ready"),
        )
        await asyncio.sleep(3 * AN_HOUR)

        assert conditions == (("False", "Disabled"), ("False", "Disabled"), ("True", "Disabled"))
        assert len(life.receiver.posts) == posts
        assert len(life.receiver.connects) == connects
        assert life.backlog.samples == life.status["pendingSamples"] == 0


async def test_disabled_between_two_retries_lets_nothing_out() -> None:
    async with Life(ENABLED) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(2 * AN_HOUR)
        connects = len(life.receiver.connects)
        life.edit(DISABLED)
        await asyncio.sleep(2 * AN_HOUR)

        assert len(life.receiver.connects) == connects > 0


async def test_enabled_again_begins_anew_after_it_has_stood_for_a_while() -> None:
    async with Life(ENABLED) as life:
        await asyncio.sleep(AN_HOUR)
        life.edit(DISABLED)
        disabled_at = life.clock.now()
        await asyncio.sleep(AN_HOUR)
        enabled_at = life.clock.now()
        connects = len(life.receiver.connects)
        life.edit(ENABLED)
        await asyncio.sleep(2 * A_MINUTE - 1)
        early = len(life.receiver.connects) - connects
        await asyncio.sleep(AN_HOUR)

        assert early == 0
        assert life.condition("Ready") == ("True", "ReportDelivered")
        assert [at for at in life.pass_times if disabled_at <= at < enabled_at] == []
        assert life.pass_times[-1] > enabled_at


async def test_another_endpoint_waits_two_minutes_and_drops_what_was_not_collected_for_it() -> None:
    async with Life(ENABLED) as life:
        await asyncio.sleep(AN_HOUR)
        life.receiver.answer = Answer(503)
        await asyncio.sleep(2 * AN_HOUR)
        waiting, connects = life.backlog.samples, len(life.receiver.connects)
        life.receiver.answer = Answer(204)
        life.edit(ELSEWHERE)
        await asyncio.sleep(2 * A_MINUTE - 1)
        early = len(life.receiver.connects) - connects
        kept = life.backlog.samples
        await asyncio.sleep(AN_HOUR)

        assert early == 0
        assert kept >= waiting > 0
        assert life.status["droppedSamples"] >= waiting
        late = life.receiver.destinations[connects:]
        assert {each.endpoint.origin.host for each in late} == {"elsewhere.example"}


async def test_ten_percent_of_a_short_interval_is_waited_and_not_two_minutes() -> None:
    spec = {"endpoint": ENDPOINT, "samplingInterval": "1m", "sendingInterval": "1m"}
    async with Life(spec) as life:
        await asyncio.sleep(10 * A_MINUTE)
        connects = len(life.receiver.connects)
        life.edit(spec | {"endpoint": "http://elsewhere.example/write"})
        await asyncio.sleep(5)
        early = len(life.receiver.connects) - connects
        await asyncio.sleep(A_MINUTE + 3)

        assert early == 0
        assert len(life.receiver.connects) > connects


async def test_an_endpoint_that_flaps_every_few_seconds_gets_nothing() -> None:
    async with Life(ENABLED) as life:
        await asyncio.sleep(AN_HOUR)
        life.edit(ELSEWHERE)
        connects = len(life.receiver.connects)
        for _ in range(500):
            life.edit(ENABLED)
            await asyncio.sleep(7)
            life.edit(ELSEWHERE)
            await asyncio.sleep(7)

        assert len(life.receiver.connects) == connects


async def test_a_request_skips_the_wait() -> None:
    async with Life(ENABLED) as life:
        await asyncio.sleep(AN_HOUR)
        life.edit(ELSEWHERE)
        life.request("now")
        await asyncio.sleep(2)

        assert life.receiver.destinations[-1].endpoint.origin.host == "elsewhere.example"
        assert life.status["lastHandledRequestedAt"] == "now"


async def test_a_request_of_a_disabled_object_is_handled_without_a_report() -> None:
    async with Life(DISABLED) as life:
        await asyncio.sleep(A_MINUTE)
        life.request("now")
        await asyncio.sleep(2)

        assert life.status["lastHandledRequestedAt"] == "now"
        assert life.receiver.connects == []


async def test_an_invalid_spec_and_back_loses_no_sample_and_says_so_meanwhile() -> None:
    async with Life(ENABLED) as life:
        await asyncio.sleep(AN_HOUR)
        life.edit(ENABLED | {"samplingInterval": "soon"})
        await asyncio.sleep(2)
        conditions = life.condition("Reporting"), life.condition("Ready")
        waiting = life.backlog.samples
        life.edit(ENABLED)
        await asyncio.sleep(2 * AN_HOUR)

        assert conditions == (("False", "InvalidSpec"), ("False", "InvalidSpec"))
        assert life.condition("Ready") == ("True", "ReportDelivered")
        assert waiting > 0
        assert life.status["droppedSamples"] == 0


async def test_an_older_twin_keeps_ours_silent_until_it_goes() -> None:
    async with Life(ENABLED) as life:
        life.older_twin = "first"
        await asyncio.sleep(2 * AN_HOUR)
        connects, condition = len(life.receiver.connects), life.condition("Ready")
        life.older_twin = None
        await asyncio.sleep(2 * AN_HOUR)

        assert (connects, condition) == (0, ("False", "DuplicateDestination"))
        assert life.condition("Ready") == ("True", "ReportDelivered")


@pytest.mark.parametrize("held_up_by", ["a twin", "a clock that is not set", "an unknown cluster"])
async def test_an_open_report_that_may_not_go_out_is_looked_at_once_a_tick(
    held_up_by: str,
) -> None:
    async with Life(ENABLED) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(AN_HOUR)
        assert life.telemetry.parts.rounds.is_open
        if held_up_by == "a twin":
            life.older_twin = "first"
        elif held_up_by == "an unknown cluster":
            life.cluster.id, life.kube.is_away = None, True
        else:
            life.clock.step(-timedelta(days=365 * 20))
        looked = 0
        for _ in range(int(AN_HOUR)):
            beat = life.telemetry._beats["reporting"]
            await asyncio.sleep(1)
            looked += life.telemetry._beats["reporting"] != beat

        assert 100 <= looked <= AN_HOUR / TICK_SECONDS + 10
