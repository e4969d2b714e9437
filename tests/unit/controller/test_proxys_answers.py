"""An answer that a proxy has given, or may have given, is not blamed on the receiver."""

import asyncio

import pytest

from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sending.speaker import Speaker
from tests.support.life import A_MINUTE, Life
from tests.unit.controller.promises import ANYBODYS, BY_PROXY, PROXYS_OWN, Promise, promised
from tests.unit.controller.test_messages import told
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

PROXY, EITHER = Speaker.PROXY, Speaker.EITHER


async def told_after(status: int, speaker: Speaker) -> Promise:
    async with Life() as life:
        life.receiver.answer = Answer(status, "no", speaker=speaker)
        life.request("now")
        await asyncio.sleep(10 * A_MINUTE)
        return told(life)


@pytest.mark.parametrize(
    ("status", "speaker", "came"),
    [
        (407, PROXY, BY_PROXY),
        *((status, PROXY, PROXYS_OWN) for status in (401, 403)),
        *((status, EITHER, ANYBODYS) for status in (401, 403)),
    ],
)
async def test_a_refusal_is_told_as_promised(status: int, speaker: Speaker, came: str) -> None:
    assert await told_after(status, speaker) == promised(came, answer=f"{status}: no")


@pytest.mark.parametrize(
    ("status", "reason"),
    [(400, "InvalidEndpoint"), (404, "InvalidEndpoint"), (502, "Retrying"), (503, "Retrying")],
)
async def test_what_else_a_proxy_answers_is_said_to_be_its_own(status: int, reason: str) -> None:
    _, message = promised(PROXYS_OWN, answer=f"{status}: no")

    assert await told_after(status, PROXY) == (reason, message)


@pytest.mark.parametrize("status", [400, 404, 409, 503])
async def test_what_either_may_have_answered_names_both(status: int) -> None:
    _, message = await told_after(status, EITHER)

    assert message.startswith("the receiver or the proxy ")
