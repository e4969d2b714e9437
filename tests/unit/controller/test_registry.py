"""Objects by UID: who is ticked, who is forgotten, and whether the ticks are alive."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.jobs import BREATH_SECONDS, TICK_SECONDS
from microshift_telemetry.controller.preview import NoPreviewError, UnknownNameError
from microshift_telemetry.controller.registry import STALE_SECONDS, Registry
from microshift_telemetry.report import report
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.settings import Settings
from microshift_telemetry.sources.host import CpuTimes
from tests.support.fake_gateway import FakeGateway
from tests.support.fake_kube import FakeKube
from tests.support.fakes import FakeClock, FakeConnector, FakeHost, FakeReceiver
from tests.support.life import A_DAY, A_MINUTE, ENDPOINT
from tests.unit.factories import a_list
from tests.unit.fake_time import IN_FAKE_TIME

DYNAMIC_SERIES = 12
"""That the fakes give."""

pytestmark = IN_FAKE_TIME


class BrokenKube(FakeKube):
    """Has a bug of its own."""

    async def get(self, path: str, **_: str) -> dict[str, Any]:
        raise ZeroDivisionError(path)


def a_registry(kube: FakeKube | None = None) -> Registry:
    cluster = Cluster(kube or FakeKube(), FakeHost(), Settings())
    return Registry(cluster, FakeConnector(FakeReceiver()), FakeClock())


def a_body(uid: str = "uid-1", **metadata: Any) -> dict[str, Any]:
    known = {"name": "cluster", "creationTimestamp": "2026-11-01T00:00:00Z", "generation": 1}
    return {"metadata": {"uid": uid, **known, **metadata}, "spec": {"endpoint": ENDPOINT}}


async def test_a_preview_of_an_unknown_name_tells_the_names_that_are_there() -> None:
    registry = a_registry()
    registry.observe(a_body(), is_gone=False)

    with pytest.raises(UnknownNameError, match=r"existing ones: cluster$"):
        await registry.preview("other")


async def test_ticks_that_stop_are_noticed_and_none_are_missed_without_objects() -> None:
    registry = a_registry()
    alive = [registry.is_alive()]
    registry.observe(a_body(), is_gone=False)
    await asyncio.sleep(STALE_SECONDS)
    alive.append(registry.is_alive())
    await asyncio.sleep(1)
    alive.append(registry.is_alive())
    await registry.tick_sampling("uid-1")
    alive.append(registry.is_alive())
    registry.observe(a_body(), is_gone=True)
    alive.append(registry.is_alive())

    assert alive == [True, True, False, False, True]


@pytest.mark.parametrize(
    ("body", "is_gone"),
    [
        pytest.param(a_body(), True, id="deleted"),
        pytest.param(a_body(deletionTimestamp="2026-11-20T08:00:00Z"), False, id="being deleted"),
    ],
)
async def test_a_timer_of_an_object_that_went_does_nothing(
    body: dict[str, Any], *, is_gone: bool
) -> None:
    """Not even when an object of the same name has come since."""
    kube = FakeKube()
    registry = a_registry(kube)
    registry.observe(a_body(), is_gone=False)
    registry.observe(body, is_gone=is_gone)
    registry.observe(a_body("uid-2"), is_gone=False)

    await registry.tick_sampling("uid-1")
    await registry.tick_reporting("uid-1")

    assert asyncio.get_running_loop().time() == 0
    assert kube.applies == []


async def test_an_object_that_goes_ends_the_tick_that_waits() -> None:
    registry = a_registry()
    registry.observe(a_body(), is_gone=False)
    tick = asyncio.create_task(registry.tick_sampling("uid-1"))
    await asyncio.sleep(1)
    registry.observe(a_body(), is_gone=True)

    await tick

    assert asyncio.get_running_loop().time() == 1


LIST_PATH = "/apis/telemetry.microshift.io/v1alpha1/telemetryconfigs"


@pytest.mark.parametrize("is_told_by", ["a new connection", "its status that can't be written"])
async def test_who_was_deleted_while_nobody_watched_is_forgotten(is_told_by: str) -> None:
    kube = FakeKube()
    registry = a_registry(kube)
    registry.observe(a_body(), is_gone=False)
    registry.observe(a_body("uid-2", name="second"), is_gone=False)
    kube.objects[LIST_PATH] = a_list(a_body("uid-2", name="second"))
    if is_told_by == "a new connection":
        registry.reconnected()
    else:
        kube.missing = "uid-1"
        await registry.tick_sampling("uid-1")

    await registry.tick_sampling("uid-2")

    with pytest.raises(UnknownNameError, match=r"existing ones: second$"):
        await registry.preview("cluster")


async def test_nobody_is_forgotten_as_long_as_the_list_can_not_be_read() -> None:
    kube = FakeKube()
    registry = a_registry(kube)
    registry.observe(a_body(), is_gone=False)
    kube.is_away = True
    registry.reconnected()
    await registry.tick_sampling("uid-1")
    known_while_away = _twin(registry, "uid-1") is None and await _knows(registry, "cluster")
    kube.is_away, kube.objects[LIST_PATH] = False, a_list()
    await registry.tick_sampling("uid-1")

    assert known_while_away
    assert not await _knows(registry, "cluster")


async def test_a_long_report_over_a_slow_link_is_no_dead_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Thirty requests that take half a minute each, as a week of passes a minute apart does."""
    monkeypatch.setattr(report, "MAX_SAMPLES", 10 * DYNAMIC_SERIES)
    monkeypatch.setattr(report, "FEWEST_PASSES", 10)
    clock, receiver = FakeClock(), FakeReceiver()
    registry = Registry(Cluster(FakeKube(), FakeHost(), Settings()), FakeConnector(receiver), clock)
    body = a_body()
    body["spec"] |= {"samplingInterval": "10m", "aggregation": "None"}
    receiver.answer = Answer(503)
    registry.observe(body, is_gone=False)
    ticks = [
        asyncio.create_task(_for_ever(tick, "uid-1"))
        for tick in (registry.tick_sampling, registry.tick_reporting)
    ]
    await asyncio.sleep(2 * A_DAY)
    receiver.answer, receiver.seconds = Answer(204), 30.0
    alive = []
    for _ in range(40):
        await asyncio.sleep(A_MINUTE)
        alive.append(registry.is_alive())
    for tick in ticks:
        tick.cancel()

    assert len(receiver.confirmed) > STALE_SECONDS / receiver.seconds
    assert all(alive)


async def _for_ever(tick: Callable[[str], Awaitable[None]], uid: str) -> None:
    while True:
        await tick(uid)
        await asyncio.sleep(BREATH_SECONDS)


async def _knows(registry: Registry, name: str) -> bool:
    try:
        await registry.preview(name)
    except UnknownNameError:
        return False
    except NoPreviewError:
        pass
    return True


async def test_a_bug_costs_its_tick_and_not_the_timer(caplog: pytest.LogCaptureFixture) -> None:
    registry = a_registry(BrokenKube())
    registry.observe(a_body(), is_gone=False)

    await registry.tick_sampling("uid-1")

    [record] = caplog.records
    assert record.getMessage() == "internal error while sampling"
    assert record.exc_info is not None
    assert asyncio.get_running_loop().time() == TICK_SECONDS


async def test_a_bug_of_one_source_costs_its_own_series(caplog: pytest.LogCaptureFixture) -> None:
    class BrokenHost(FakeHost):
        def cpu_times(self) -> CpuTimes:
            raise ZeroDivisionError

    kube = FakeKube()
    cluster = Cluster(kube, BrokenHost(), Settings())
    registry = Registry(cluster, FakeConnector(FakeReceiver()), FakeClock())
    registry.observe(a_body(), is_gone=False)
    while not (kube.applies and "lastSampleTime" in kube.applies[-1][1]["status"]):
        await registry.tick_sampling("uid-1")

    [_, sampling, _] = kube.applies[-1][1]["status"]["conditions"]
    assert sampling["reason"] == "PartialFailure"
    assert sampling["message"].startswith("cpu: internal error")
    assert any("source=cpu" in record.getMessage() for record in caplog.records)


async def test_of_two_objects_with_one_endpoint_the_younger_one_waits() -> None:
    registry = a_registry()
    younger = a_body("uid-0", name="second", creationTimestamp="2026-11-02T00:00:00Z")
    registry.observe(younger, is_gone=False)
    registry.observe(a_body(), is_gone=False)
    names = {uid: _twin(registry, uid) for uid in ("uid-0", "uid-1")}
    registry.observe(a_body() | {"spec": {"status": "Disabled"}}, is_gone=True)

    assert names == {"uid-0": "cluster", "uid-1": None}
    assert _twin(registry, "uid-0") is None


@pytest.mark.parametrize(
    ("spec", "is_twin"),
    [
        ({"headers": [{"name": "X-Scope-OrgID", "value": "b"}]}, False),
        ({"externalLabels": {"site": "b"}}, False),
        ({"sendingInterval": "2h", "authorization": {"type": "None"}}, True),
    ],
    ids=["another-tenant", "other-labels", "another-interval"],
)
async def test_only_who_writes_the_same_series_is_a_twin(
    spec: dict[str, Any], *, is_twin: bool
) -> None:
    registry = a_registry()
    registry.observe(a_body(), is_gone=False)
    younger = a_body("uid-2", creationTimestamp="2026-11-02T00:00:00Z")
    registry.observe(younger | {"spec": {"endpoint": ENDPOINT, **spec}}, is_gone=False)

    assert _twin(registry, "uid-2") == ("cluster" if is_twin else None)


def _twin(registry: Registry, uid: str) -> str | None:
    telemetry = registry._telemetries[uid]
    assert telemetry.newest is not None
    return registry._older_twin(telemetry.config, telemetry.newest)


@pytest.mark.parametrize(("gateway", "is_older"), [("http://a.example", True), ("http://b", False)])
async def test_an_older_object_with_the_same_gateway_pushes_in_place_of_a_younger_one(
    gateway: str,
    is_older: bool,  # noqa: FBT001  # a case
) -> None:
    registry = a_registry()
    lifecycle = {"status": "Enabled", "pushgatewayUrl": "http://a.example/"}
    registry.observe(a_body() | {"spec": {"lifecycle": lifecycle}}, is_gone=False)
    metadata = {"name": "younger", "uid": "uid-2", "creationTimestamp": "2026-11-02T00:00:00Z"}
    younger = a_body()["metadata"] | metadata
    spec = {"endpoint": ENDPOINT, "lifecycle": {"status": "Enabled", "pushgatewayUrl": gateway}}
    registry.observe({"metadata": younger, "spec": spec}, is_gone=False)

    asked = registry._telemetries["uid-2"]
    assert asked.newest is not None
    assert asked.newest.gateway is not None
    found = registry._older_pusher(asked.config, asked.newest.gateway)
    assert found == ("cluster" if is_older else None)


async def test_a_start_that_an_object_has_pushed_is_not_pushed_again_when_it_goes() -> None:
    kube, clock, gateway = FakeKube(FakeClock()), FakeClock(), FakeGateway()
    cluster = Cluster(kube, FakeHost(clock), Settings())
    registry, ticks = Registry(cluster, FakeConnector(FakeReceiver(), gateway), clock), []
    for day, name in enumerate(("older", "younger"), start=1):
        body = a_body(name, name=name, creationTimestamp=f"2026-11-0{day}T00:00:00Z")
        body["spec"]["lifecycle"] = {"status": "Enabled", "pushgatewayUrl": "https://g.example"}
        registry.observe(body, is_gone=False)
        ticks.append(asyncio.create_task(_for_ever(registry.tick_sampling, name)))
    await asyncio.sleep(20 * A_MINUTE)
    before = len(gateway.taken)
    registry.observe(a_body("older", name="older"), is_gone=True)
    await asyncio.sleep(60 * A_MINUTE)
    kube.start()
    cluster.want_look()
    await asyncio.sleep(60 * A_MINUTE)
    registry.stop()
    for tick in ticks:
        tick.cancel()

    assert before == 1
    assert ['command="start"' in text for text in gateway.taken] == [False, True]
