"""Each answer leads to the condition that the reference page promises, word for word."""

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from microshift_telemetry.sending.answer import Answer
from tests.support.fakes import IN_VAIN, NO_ANSWER, FakeClock, Post
from tests.support.life import A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.controller.promises import (
    ACCEPTED,
    ALL_REFUSED,
    ANONYMOUS,
    ANYBODYS,
    AVERAGED,
    BUG,
    BY_PROXY,
    CATCHING_UP,
    CONFLICT,
    DENIED,
    DENIED_READ,
    ELSEWHERE,
    LABELS_UNREAD,
    LATER,
    LOGIN_PAGE,
    MISSING,
    NO_CA,
    NO_DNS,
    NO_ENTRY,
    NO_SPEC,
    NO_WITNESS,
    NOT_RENEWED,
    NOTHING_YET,
    OLD_REFUSED,
    OLD_REFUSED_AVERAGED,
    OPTED_OUT,
    OVERDUE,
    PROMISES,
    PROXYS_OWN,
    REDIRECTED,
    SETTLING,
    TOKEN_LATER,
    TOKEN_NOT_RENEWED,
    TOKEN_PROXY,
    TOKEN_REFUSED,
    TOKEN_RENEWED_LATER,
    TOKEN_SERVER_AWAY,
    TWIN,
    UNREACHABLE,
    UNREADABLE,
    UNSAFE,
    WRONG_CLOCK,
    Promise,
    promised,
)
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

FEW_PASSES = {"endpoint": ENDPOINT, "samplingInterval": "2h", "sendingInterval": "6h"}
HTTPS = "https://receiver.example/api/v1/write"
BEARER = {"type": "Bearer", "bearer": {"credentials": {"name": "receiver", "key": "token"}}}
CA = {"ca": {"configMap": {"name": "receiver-ca", "key": "ca.crt"}}}
IN_NAMESPACE = "/api/v1/namespaces/telemetry"


def told(life: Life) -> Promise:
    """Give what an admin reads."""
    return _told_in(life.status)


def _told_in(status: Mapping[str, Any]) -> Promise:
    [found] = [each for each in status["conditions"] if each["type"] == "Reporting"]
    return found["reason"], found["message"]


@pytest.mark.parametrize(
    ("came", "status"),
    [
        *((ACCEPTED, status) for status in (200, 202, 204, 299)),
        *((ALL_REFUSED, status) for status in (400, 413, 422)),
        (CONFLICT, 409),
        *((ANONYMOUS, status) for status in (401, 403)),
        *((LATER, status) for status in (408, 429, 500, 501, 502, 503, 504, 599)),
        *((REDIRECTED, status) for status in (300, 301, 302, 307, 308)),
        *((ELSEWHERE, status) for status in (402, 404, 405, 410, 451)),
    ],
)
async def test_an_answer_is_told_as_promised(came: str, status: int) -> None:
    async with Life() as life:
        answer = life.receiver.answer = Answer(status, "in its own words")
        life.request("now")
        await asyncio.sleep(10 * A_MINUTE)

        assert told(life) == promised(came, answer=answer)


async def test_where_a_redirect_leads_is_in_the_message() -> None:
    async with Life() as life:
        life.receiver.answer = Answer(302, location="https://login.example")
        life.request("now")
        await asyncio.sleep(10 * A_MINUTE)

        assert told(life)[1].startswith(
            "spec.endpoint redirects the request to https://login.example (302); redirects are"
        )


async def test_a_page_that_answers_200_is_told_as_promised_and_takes_nothing() -> None:
    """A guest network's login page answers like this to everything."""
    async with Life() as life:
        answer = life.receiver.answer = Answer(200, "Please log in", is_page=True)
        life.request("now")
        await asyncio.sleep(10 * A_MINUTE)

        assert told(life) == promised(LOGIN_PAGE, answer=answer)
        assert life.condition("Ready")[0] == "False"
        assert life.status["pendingSamples"] > 0


@pytest.mark.parametrize("status", [400, 409, 500])
async def test_refused_old_samples_are_told_as_promised_and_averages_too(status: int) -> None:
    async with Life(FEW_PASSES) as life:
        await asyncio.sleep(7 * AN_HOUR)
        life.receiver.answer = Answer(503)
        await asyncio.sleep(12 * AN_HOUR)
        life.receiver.answer = Answer(204)
        refusal = Answer(status, "out of bounds")

        def judge(post: Post) -> Answer:
            return Answer(204) if post.has_static else refusal

        life.receiver.judge = judge
        await asyncio.sleep(30 * AN_HOUR)
        said = [_told_in(body["status"]) for _, body in life.kube.applies]

        assert promised(OLD_REFUSED, answer=refusal) in said
        assert promised(OLD_REFUSED_AVERAGED, answer=refusal) in said
        assert said[-1] == promised(AVERAGED)


async def test_old_samples_that_wait_are_told_as_promised() -> None:
    async with Life(FEW_PASSES) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(7 * AN_HOUR)

        def judge(post: Post) -> Answer:
            is_young = min(post.times_ms) > 1000 * (life.clock.now().timestamp() - AN_HOUR)
            return Answer(204) if is_young else Answer(500, "busy")

        life.receiver.answer = Answer(204)
        life.receiver.judge = judge
        await asyncio.sleep(AN_HOUR)

        waits = promised(LATER, answer=Answer(500, "busy"))[1]
        caught = promised(CATCHING_UP, error=waits)
        seen = [body["status"] for _, body in life.kube.applies]
        [during] = [each for each in seen if _told_in(each) == caught][:1]
        [ready] = [each for each in during["conditions"] if each["type"] == "Ready"]
        assert (ready["status"], ready["reason"]) == ("True", "ReportDelivered")


async def test_a_report_that_comes_to_no_end_is_told_as_promised() -> None:
    async with Life() as life:
        life.receiver.seconds = 3 * AN_HOUR
        await asyncio.sleep(2 * AN_HOUR)
        before = life.condition("Reporting")
        await asyncio.sleep(15 * A_MINUTE)

        assert before == ("Unknown", "ReportPending")
        assert told(life) == promised(OVERDUE)
        assert life.condition("Ready") == ("False", "Overdue")


async def test_a_bug_is_told_as_promised_until_its_tick_is_well() -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        await life.telemetry.note_bug("reporting", ZeroDivisionError())
        during = told(life), life.condition("Ready")
        await asyncio.sleep(A_MINUTE)

        promise = promised(BUG, error="reporting (ZeroDivisionError)")
        assert during == (promise, ("False", "InternalError"))
        assert told(life) == promised(ACCEPTED)


async def test_a_receiver_that_can_not_be_reached_is_told_as_promised() -> None:
    async with Life() as life:
        life.receiver.answer = NO_ANSWER
        life.request("now")
        await asyncio.sleep(10 * A_MINUTE)

        error, advice = IN_VAIN.text, IN_VAIN.advice
        assert told(life) == promised(UNREACHABLE, error=error, advice=advice)


def _opt_out(life: Life) -> None:
    life.edit({"status": "Disabled"})


def _spoil(life: Life) -> None:
    life.edit({"endpoint": "gopher://nowhere"})


def _widen(life: Life) -> None:
    life.edit({"endpoint": HTTPS})


def _double(life: Life) -> None:
    life.older_twin = "first"
    life.request("now")


@pytest.mark.parametrize(
    ("came", "do", "values"),
    [
        pytest.param(OPTED_OUT, _opt_out, {}, id="opted-out"),
        pytest.param(
            NO_SPEC, _spoil, {"error": "spec.endpoint: the scheme is not http or https"}, id="spec"
        ),
        pytest.param(SETTLING, _widen, {}, id="settling"),
        pytest.param(TWIN, _double, {"older": "first"}, id="twin"),
        pytest.param(NOTHING_YET, lambda _: None, {}, id="nothing-yet"),
    ],
)
async def test_what_the_object_says_is_told_as_promised(
    came: str, do: Callable[[Life], None], values: Mapping[str, str]
) -> None:
    async with Life() as life:
        await asyncio.sleep(1)
        do(life)
        await asyncio.sleep(20)

        assert told(life) == promised(came, **values)


@pytest.mark.parametrize(
    ("behind", "came", "values"),
    [
        pytest.param(
            timedelta(hours=2),
            WRONG_CLOCK,
            {"error": "the device's clock is 2h behind the receiver's"},
            id="a Date far off",
        ),
        pytest.param(None, NO_WITNESS, {}, id="no Date"),
    ],
)
async def test_a_clock_that_nobody_vouches_for(
    behind: timedelta | None, came: str, values: dict[str, str]
) -> None:
    clock = FakeClock()
    clock.is_synchronized = False
    async with Life(clock=clock) as life:
        life.receiver.date = None if behind is None else clock.now() + behind
        await asyncio.sleep(8 * A_MINUTE)

        assert told(life) == promised(came, **values)


def test_every_row_of_the_table_is_driven_here() -> None:
    driven = {
        *(
            ACCEPTED,
            AVERAGED,
            OLD_REFUSED,
            LOGIN_PAGE,
            ALL_REFUSED,
            DENIED,
            BY_PROXY,
            PROXYS_OWN,
            REDIRECTED,
            ANONYMOUS,
            ANYBODYS,
            LATER,
            ELSEWHERE,
        ),
        *(UNREACHABLE, UNSAFE, NO_ENTRY, MISSING, UNREADABLE, NO_CA, NO_SPEC, TWIN, OPTED_OUT),
        *(CATCHING_UP, CONFLICT, OVERDUE, BUG, WRONG_CLOCK, NO_WITNESS),
        *(OLD_REFUSED_AVERAGED, NOTHING_YET, SETTLING, TOKEN_REFUSED, TOKEN_LATER, TOKEN_PROXY),
        *(NO_DNS, NOT_RENEWED),  # in test_renewal.py
        DENIED_READ,  # in test_messages_before_sending.py
        *(TOKEN_NOT_RENEWED, TOKEN_RENEWED_LATER, TOKEN_SERVER_AWAY),  # in test_token_renewal.py
        LABELS_UNREAD,  # in test_device_labels.py
    }

    assert set(PROMISES) - driven == set()


def test_no_message_has_a_figure_that_changes_from_one_try_to_the_next() -> None:
    for _, message in PROMISES.values():
        assert not re.search(r"attempt|\bin \d|\d+ times|\bat \d", message)
