"""A pod that keeps name servers which don't answer any more is made anew, at most once an hour."""

import asyncio
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from microshift_telemetry.kube.access import Material
from microshift_telemetry.kube.errors import (
    KubeForbiddenError,
    KubeUnconnectedError,
    KubeUnreachableError,
)
from microshift_telemetry.sending.answer import Answer
from tests.support.bound_token import bound_token
from tests.support.fakes import IN_VAIN, NO_ANSWER
from tests.support.life import A_DAY, A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.controller.promises import NO_DNS, NOT_RENEWED, promised
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

PODS = "/api/v1/namespaces/telemetry/pods"
NAME, UID = "microshift-telemetry-5c9-x7", "uid-of-the-pod"
PATH = f"{PODS}/{NAME}"
OWNED = [{"kind": "ReplicaSet", "controller": True}]
OUTAGE = {"endpoint": ENDPOINT, "sendingInterval": "1h", "samplingInterval": "10m"}


def without_dns(path: Path | None, *, token: str | None = None, **pod: Any) -> Life:
    """Lay out a device in whose pod no name server answers."""
    life = Life(OUTAGE, state_path=path)
    give_token(life, token_of(UID) if token is None else token)
    owners = pod.pop("owners", OWNED)
    spec = {"dnsPolicy": "Default", **pod}
    shown = {"metadata": {"name": NAME, "ownerReferences": owners}, "spec": spec}
    life.kube.objects[PODS] = {"items": [shown]}
    life.receiver.answer, life.receiver.is_without_dns = NO_ANSWER, True
    return life


def token_of(uid: str) -> str:
    return bound_token(namespace="telemetry", pod={"name": NAME, "uid": uid})


def give_token(life: Life, token: str) -> None:
    life.kube.access = replace(life.kube.access, bearer=Material(inline=token.encode()))


async def make_anew(life: Life) -> None:
    """Begin the process of the next pod."""
    give_token(life, token_of(f"another-{life.clock.monotonic()}"))
    await life.restart()


def reporting(life: Life) -> str:
    [found] = [each for each in life.status["conditions"] if each["type"] == "Reporting"]
    return str(found["message"])


async def first_try(life: Life) -> float:
    await asyncio.sleep(5 * A_MINUTE)
    return life.receiver.connects[0]


async def test_after_a_quarter_of_an_hour_without_dns_the_pod_is_deleted_and_it_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with without_dns(tmp_path) as life:
        began = await first_try(life)
        await asyncio.sleep(9 * A_MINUTE)
        early = list(life.kube.deleted)
        await asyncio.sleep(7 * A_MINUTE)
        [(at, path, uid)] = life.kube.deleted

        assert early == []
        assert 15 * A_MINUTE <= at - began <= 16 * A_MINUTE
        assert (path, uid) == (PATH, UID)
        assert reporting(life) == promised(NO_DNS, error=IN_VAIN.text, advice=IN_VAIN.advice)[1]
        assert life.kube.applies[-1][0] <= at
        assert re.search(
            "no name server has answered for 9[0-9]{2} s; replacing the pod", caplog.text
        )


async def test_the_next_pods_ask_at_most_once_an_hour(tmp_path: Path) -> None:
    async with without_dns(tmp_path) as life:
        for _ in range(12):
            await asyncio.sleep(20 * A_MINUTE)
            await make_anew(life)
        times = [at for at, _, _ in life.kube.deleted]

        assert 3 <= len(times) <= 4
        assert all(later - at >= AN_HOUR for at, later in pairwise(times))


async def test_a_boot_begins_a_new_hour(tmp_path: Path) -> None:
    async with without_dns(tmp_path) as life:
        await asyncio.sleep(25 * A_MINUTE)
        await life.end()
        life.reboot()
        life.begin()
        await asyncio.sleep(25 * A_MINUTE)

        assert len(life.kube.deleted) == 2


async def test_where_nothing_can_be_kept_a_pod_is_an_hour_old_before_it_is_made_anew() -> None:
    async with without_dns(None) as life:
        began = await first_try(life)
        await asyncio.sleep(2 * AN_HOUR - A_MINUTE)
        at = life.kube.deleted[0][0]

        assert at - began >= AN_HOUR


async def test_one_answer_of_a_name_server_begins_the_quarter_of_an_hour_anew(
    tmp_path: Path,
) -> None:
    async with without_dns(tmp_path) as life:
        await first_try(life)
        await asyncio.sleep(5 * A_MINUTE)
        life.receiver.is_without_dns = False
        await asyncio.sleep(12 * A_MINUTE)
        life.receiver.is_without_dns = True
        await asyncio.sleep(10 * A_MINUTE)

        assert life.kube.deleted == []


@pytest.mark.parametrize("fault", ["no connection", "delivered", "opted out"])
async def test_nothing_but_a_want_of_name_servers_costs_a_pod(tmp_path: Path, fault: str) -> None:
    async with without_dns(tmp_path) as life:
        await first_try(life)
        if fault == "no connection":
            life.receiver.is_without_dns = False
        elif fault == "delivered":
            life.receiver.answer = Answer(204)
        else:
            life.edit(OUTAGE | {"status": "Disabled"})
        await asyncio.sleep(5 * AN_HOUR)

        assert life.kube.deleted == []


@pytest.mark.parametrize(
    ("pod", "said"),
    [
        pytest.param(
            {"token": "opaque"}, "the ServiceAccount token is not bound to a pod", id="no pod"
        ),
        pytest.param({"owners": []}, "has no controller that would replace it", id="no Deployment"),
        pytest.param({"dnsPolicy": "ClusterFirst"}, "dnsPolicy ClusterFirst", id="cluster DNS"),
    ],
)
async def test_a_pod_that_can_not_be_made_anew_stays_and_it_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, pod: dict[str, Any], said: str
) -> None:
    async with without_dns(tmp_path, **pod) as life:
        await asyncio.sleep(A_DAY)

        assert life.kube.deleted == []
        assert said in reporting(life)
        lines = [each for each in caplog.messages if each.startswith("cannot replace the pod")]
        assert len(lines) == 1


async def test_an_api_server_that_is_away_is_asked_again_soon(tmp_path: Path) -> None:
    async with without_dns(tmp_path) as life:
        began = await first_try(life)
        await asyncio.sleep(5 * A_MINUTE)
        life.kube.is_away = True
        await asyncio.sleep(10 * A_MINUTE)
        life.kube.is_away = False
        await asyncio.sleep(10 * A_MINUTE)
        [(at, *_)] = life.kube.deleted

        assert at - began <= 22 * A_MINUTE
        assert "cannot replace" not in reporting(life)


async def test_a_deletion_without_a_connection_is_tried_again_soon_and_the_next_an_hour_later(
    tmp_path: Path,
) -> None:
    async with without_dns(tmp_path) as life:
        life.kube.errors[PATH] = KubeUnconnectedError(f"{PATH}: connection refused")
        await asyncio.sleep(50 * A_MINUTE)
        asked = life.kube.asked[PATH]
        del life.kube.errors[PATH]
        await asyncio.sleep(6 * A_MINUTE)
        [(first, *_)] = life.kube.deleted
        await make_anew(life)
        await asyncio.sleep(2 * AN_HOUR)

        assert 5 <= asked <= 7
        assert life.kube.deleted[1][0] - first >= AN_HOUR


async def test_a_deletion_whose_answer_is_lost_may_have_been_done(tmp_path: Path) -> None:
    async with without_dns(tmp_path) as life:
        life.kube.errors[PATH] = KubeUnreachableError(f"{PATH}: the connection was lost")
        for _ in range(9):
            await asyncio.sleep(20 * A_MINUTE)
            await make_anew(life)

        assert 2 <= life.kube.asked[PATH] <= 3


async def test_what_was_in_the_way_in_an_earlier_outage_is_not_said_of_the_next(
    tmp_path: Path,
) -> None:
    async with without_dns(tmp_path) as life:
        life.kube.errors[PATH] = KubeForbiddenError(f"{PATH}: 403: pods is forbidden")
        await asyncio.sleep(30 * A_MINUTE)
        told = reporting(life)
        life.receiver.answer, life.receiver.is_without_dns = Answer(204), False
        await asyncio.sleep(AN_HOUR)
        life.kube.errors.clear()
        life.receiver.answer, life.receiver.is_without_dns = NO_ANSWER, True
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(2 * AN_HOUR)

        assert told.endswith(f"cannot replace the pod: {PATH}: 403: pods is forbidden")
        said = [str(body["status"]) for at, body in life.kube.applies if at >= began]
        assert any("at most once an hour" in each for each in said)
        assert not any("cannot replace" in each for each in said)


@pytest.mark.parametrize("path", [PODS, PATH])
async def test_without_the_permission_it_is_said_once_and_tried_once_an_hour(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    trouble = f"{path}: 403: pods is forbidden"
    promise = promised(NOT_RENEWED, error=IN_VAIN.text, advice=IN_VAIN.advice, trouble=trouble)
    async with without_dns(tmp_path) as life:
        life.kube.errors[path] = KubeForbiddenError(trouble)
        await asyncio.sleep(6 * AN_HOUR)

        assert life.kube.deleted == []
        assert reporting(life) == promise[1]
        lines = [each for each in caplog.messages if each.startswith("cannot replace the pod")]
        assert len(lines) == 1
        assert life.kube.asked[PATH] <= 6
