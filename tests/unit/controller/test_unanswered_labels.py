"""Labels with values of the device, while the API server gives no answer about them."""

import asyncio

import pytest

from microshift_telemetry.controller.device_labels import TRIES
from microshift_telemetry.kube.errors import KubeAnswerError, KubeError, KubeUnreachableError
from tests.support.life import A_MINUTE, AN_HOUR, Life
from tests.unit.controller.labelled import OUT, PATH, SPEC, config_map, message, values
from tests.unit.controller.promises import LABELS_UNREAD, promised
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

TIMED_OUT = KubeUnreachableError(f"{PATH}: no answer from the API server: timed out")
BUSY = KubeAnswerError(f"{PATH}: 500: etcdserver: request timed out")


@pytest.mark.parametrize("error", [TIMED_OUT, BUSY], ids=["no answer", "busy"])
async def test_no_answer_keeps_the_value_that_was_read_last(error: KubeError) -> None:
    async with Life(SPEC) as life:
        life.kube.objects[PATH] = config_map(site="Berlin")
        await asyncio.sleep(AN_HOUR)
        life.kube.errors[PATH] = error
        before = len(life.receiver.posts)
        await asyncio.sleep(3 * AN_HOUR)

    assert len(life.receiver.posts) > before
    assert set(values(life.receiver.posts)) == {"Berlin"}
    assert message(life) == "accepted by the receiver"


async def test_a_value_that_is_gone_does_not_come_back_with_an_api_server_that_fails() -> None:
    async with Life(SPEC) as life:
        life.kube.objects[PATH] = config_map(site="Berlin")
        await asyncio.sleep(AN_HOUR)
        del life.kube.objects[PATH]
        await asyncio.sleep(AN_HOUR)
        before = len(life.receiver.posts)
        life.kube.errors[PATH] = BUSY
        await asyncio.sleep(AN_HOUR)

    assert len(life.receiver.posts) > before
    assert set(values(life.receiver.posts[before:])) == {None}


async def test_a_first_report_waits_for_an_api_server_that_answers_within_three_tries() -> None:
    """Else the receiver would get 17 series of a device that has no site."""
    async with Life(SPEC) as life:
        life.kube.objects[PATH] = config_map(site="Berlin")
        life.kube.errors[PATH] = BUSY
        for _ in range(600):
            await asyncio.sleep(1)
            if life.kube.asked[PATH] == TRIES:
                break
        waiting, said = len(life.receiver.posts), message(life)
        life.kube.errors.clear()
        await asyncio.sleep(A_MINUTE)

    assert waiting == 0
    assert ("Retrying", said) == promised(LABELS_UNREAD, error=BUSY)
    assert set(values(life.receiver.posts)) == {"Berlin"}


async def test_a_first_report_does_not_wait_for_ever() -> None:
    async with Life(SPEC) as life:
        life.kube.errors[PATH] = BUSY
        await asyncio.sleep(AN_HOUR)

    assert life.reports
    assert message(life) == f"accepted by the receiver; {OUT}{BUSY}; the operator retries"


async def test_an_opt_out_forgets_what_was_read() -> None:
    async with Life(SPEC) as life:
        life.kube.objects[PATH] = config_map(site="Berlin")
        await asyncio.sleep(AN_HOUR)
        life.edit(SPEC | {"status": "Disabled"})
        before = len(life.receiver.posts)
        life.kube.errors[PATH] = BUSY
        await asyncio.sleep(A_MINUTE)
        life.edit(SPEC)
        await asyncio.sleep(2 * AN_HOUR)

    assert set(values(life.receiver.posts[:before])) == {"Berlin"}
    assert set(values(life.receiver.posts[before:])) == {None}
