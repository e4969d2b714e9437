"""What the status says when the fault is ours: a round an unterminated number, and a bug."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

import pytest

from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.jobs import BREATH_SECONDS, TICK_SECONDS
from microshift_telemetry.controller.passes import Passes
from microshift_telemetry.controller.registry import Registry
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.settings import Settings
from tests.support.fake_kube import FakeKube
from tests.support.fakes import FakeClock, FakeConnector, FakeHost, FakeReceiver, Post
from tests.support.life import A_DAY, A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

HOURLY = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}
OVERDUE, DELIVERED = ("False", "Overdue"), ("True", "ReportDelivered")
BUG = ("False", "InternalError")


async def _sleep_until(happened: Callable[[], bool]) -> float:
    """Sleep until something has happened, a day at most; tell when."""
    for _ in range(int(A_DAY)):
        if happened():
            break
        await asyncio.sleep(1)
    return asyncio.get_running_loop().time()


async def test_a_round_without_an_end_is_overdue_after_two_hours_until_it_ends() -> None:
    async with Life() as life:
        await asyncio.sleep(AN_HOUR)
        life.receiver.seconds = 3 * AN_HOUR
        life.request("now")
        asked = asyncio.get_running_loop().time()
        before = await _sleep_until(lambda: life.condition("Reporting") == OVERDUE)
        ready = life.condition("Ready")
        life.receiver.seconds = 0.0
        await asyncio.sleep(asked + 3 * AN_HOUR + A_MINUTE - before)

        assert 2 * AN_HOUR <= before - asked <= 2 * AN_HOUR + A_MINUTE
        assert ready == OVERDUE
        assert life.condition("Reporting") == life.condition("Ready") == DELIVERED


@pytest.mark.parametrize("status", [503, 429, 401, 400, 500])
async def test_a_report_that_fails_again_and_again_is_not_overdue(status: int) -> None:
    async with Life(HOURLY) as life:
        life.receiver.answer = Answer(status)
        await asyncio.sleep(5 * AN_HOUR)

        said = {
            condition["reason"]
            for _, body in life.kube.applies
            for condition in body["status"]["conditions"]
        }
        assert "Overdue" not in said


async def test_an_edit_that_does_not_stand_makes_no_report_overdue() -> None:
    async with Life(HOURLY) as life:
        await asyncio.sleep(2 * AN_HOUR)
        for number in range(int(3 * AN_HOUR / 100)):
            life.edit(HOURLY | {"headers": [{"name": "X-Tenant", "value": str(number)}]})
            await asyncio.sleep(100)

        assert life.condition("Reporting") == ("Unknown", "ReportPending")


async def test_a_device_that_never_makes_the_pass_of_a_report_is_overdue() -> None:
    """The tick that makes passes hangs, for whatever reason; the other one tells."""
    async with Life(HOURLY) as life:
        await asyncio.sleep(2 * AN_HOUR)
        life.telemetry.parts.passes.make = _hang  # type: ignore[method-assign]
        await asyncio.sleep(4 * AN_HOUR)

        assert life.condition("Reporting") == life.condition("Ready") == OVERDUE


async def _hang(*_: object, **__: object) -> None:
    await asyncio.sleep(A_DAY)


class Process:
    """A registry with one object, whose ticks run as kopf runs them."""

    def __init__(self, spec: Mapping[str, object]) -> None:
        self._clock = FakeClock()
        self.kube, self.receiver = FakeKube(self._clock), FakeReceiver()
        cluster = Cluster(self.kube, FakeHost(self._clock), Settings())
        self._registry = Registry(cluster, FakeConnector(self.receiver), self._clock)
        metadata: dict[str, Any] = {"uid": "uid-1", "name": "cluster", "generation": 1}
        created = {"creationTimestamp": "2026-11-01T00:00:00Z"}
        self._metadata = metadata | created
        self._registry.observe({"metadata": self._metadata, "spec": dict(spec)}, is_gone=False)
        self.passes: Passes = self._registry._telemetries["uid-1"].parts.passes

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def edit(self, spec: Mapping[str, object]) -> None:
        self._metadata = self._metadata | {"generation": self._metadata["generation"] + 1}
        self._registry.observe({"metadata": self._metadata, "spec": dict(spec)}, is_gone=False)

    async def __aenter__(self) -> Self:
        ticks = (self._registry.tick_sampling, self._registry.tick_reporting)
        self._ticks = [asyncio.create_task(_for_ever(tick)) for tick in ticks]
        return self

    async def __aexit__(self, *_: object) -> None:
        for tick in self._ticks:
            tick.cancel()
        await asyncio.gather(*self._ticks, return_exceptions=True)

    def condition(self, kind: str) -> tuple[str, str]:
        return self.conditions_since(kind, -1)[0]

    def conditions_since(self, kind: str, write: int) -> list[tuple[str, str]]:
        """Tell what each write of the status said, from one on."""
        written = [body["status"]["conditions"] for _, body in self.kube.applies[write:]]
        found = [each for conditions in written for each in conditions if each["type"] == kind]
        return [(each["status"], each["reason"]) for each in found]


async def _for_ever(tick: Callable[[str], Awaitable[None]]) -> None:
    while True:
        await tick("uid-1")
        await asyncio.sleep(BREATH_SECONDS)


def _has_a_bug(_: Post) -> Answer:
    raise ZeroDivisionError


async def _has_a_bug_in_passes(*_: object, **__: object) -> None:
    raise ZeroDivisionError


async def test_a_bug_while_sending_is_told_at_once_and_gone_once_a_report_has_come_through() -> (
    None
):
    async with Process(HOURLY) as life:
        await asyncio.sleep(2 * AN_HOUR)
        before = life.condition("Ready")
        life.receiver.judge = _has_a_bug
        met = len(life.receiver.connects)
        await _sleep_until(lambda: len(life.receiver.connects) > met)
        await asyncio.sleep(1)
        at_once = life.condition("Reporting"), life.condition("Ready")
        await asyncio.sleep(2 * TICK_SECONDS)
        later = life.condition("Reporting")
        life.receiver.judge = lambda _: Answer(204)
        await asyncio.sleep(A_MINUTE * 5)

        assert before == DELIVERED
        assert at_once == (BUG, BUG)
        assert later == BUG
        assert life.condition("Reporting") == life.condition("Ready") == DELIVERED


@pytest.mark.parametrize(
    ("spec", "broken", "mended"),
    [
        pytest.param(HOURLY, 7 * A_DAY, AN_HOUR, id="of-a-week"),
        pytest.param(HOURLY, AN_HOUR, AN_HOUR, id="of-an-hour"),
        pytest.param({"endpoint": ENDPOINT}, A_DAY, AN_HOUR, id="at-the-report-of-a-day"),
    ],
)
async def test_a_bug_in_the_passes_is_told_at_each_moment_while_it_lasts_and_a_report_follows_it(
    spec: Mapping[str, object], broken: float, mended: float
) -> None:
    async with Process(spec) as life:
        await asyncio.sleep(2 * AN_HOUR)
        make = life.passes.make
        life.passes.make = _has_a_bug_in_passes  # type: ignore[method-assign]
        await _sleep_until(lambda: life.condition("Reporting") == BUG)
        begun, written, posts = life.now, len(life.kube.applies), len(life.receiver.confirmed)
        await asyncio.sleep(broken)
        while_it_lasted = {life.condition("Ready"), *life.conditions_since("Ready", written)}
        life.passes.make = make  # type: ignore[method-assign]
        await asyncio.sleep(mended + A_MINUTE)

        assert begun < 3 * AN_HOUR + A_MINUTE
        assert while_it_lasted == {BUG}
        assert life.condition("Reporting") == life.condition("Ready") == DELIVERED
        assert len(life.receiver.confirmed) > posts


async def test_a_bug_that_a_report_met_is_forgotten_with_an_opt_out() -> None:
    async with Process(HOURLY) as life:
        await asyncio.sleep(2 * AN_HOUR)
        life.passes.make = _has_a_bug_in_passes  # type: ignore[method-assign]
        await _sleep_until(lambda: life.condition("Reporting") == BUG)
        life.edit({"status": "Disabled"})
        await asyncio.sleep(A_MINUTE)
        out = life.condition("Ready")
        life.edit(HOURLY)
        await asyncio.sleep(A_MINUTE)

        assert out == ("True", "Disabled")
        assert life.condition("Reporting") == ("Unknown", "ReportPending")


async def test_a_bug_while_sending_costs_a_receiver_no_more_requests_than_a_refusal() -> None:
    async with Process({"endpoint": ENDPOINT}) as life:
        life.receiver.judge = _has_a_bug
        await asyncio.sleep(A_DAY)

        assert 20 < len(life.receiver.connects) <= 110
        assert life.condition("Ready") == BUG
