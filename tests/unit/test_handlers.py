"""What kopf is told: which object, which finalizer, how fast, and that nothing is written by it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import kopf
import pytest

from microshift_telemetry import handlers
from microshift_telemetry.controller.telemetry import BREATH_SECONDS
from microshift_telemetry.handlers import registry_of_handlers

Tick = Callable[..., Awaitable[object]]


class FakeRegistry:
    """Remembers what it was told; its ticks take as long as they are told to."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.said: list[tuple[str, object]] = []

    def observe(self, body: object, *, is_gone: bool) -> None:
        self.said.append(("gone" if is_gone else "seen", body))

    async def tick_sampling(self, uid: str) -> None:
        await self._tick("sampling", uid)

    async def tick_reporting(self, uid: str) -> None:
        await self._tick("reporting", uid)

    def stop(self) -> None:
        self.said.append(("stopped", None))

    async def _tick(self, name: str, uid: str) -> None:
        self.said.append((name, uid))
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.said.append((f"{name} cut", uid))
            raise
        self.said.append((f"{name} done", uid))


class Stopped:
    """kopf's sign that a timer is to end."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self) -> bool:
        return await self._event.wait()


def _memo(registry: FakeRegistry) -> kopf.Memo:
    return kopf.Memo(registry=registry)


def _declared(kind: str) -> list[Any]:
    return list(getattr(registry_of_handlers(), kind).get_all_handlers())


def test_two_timers_and_one_event_handler_watch_our_resource_by_its_full_name() -> None:
    timers, events = _declared("_spawning"), _declared("_watching")

    watched = [handler.selector for handler in timers + events]
    assert [timer.id for timer in timers] == ["sampling", "reporting"]
    assert [timer.interval for timer in timers] == [BREATH_SECONDS] * 2
    assert [event.fn for event in events] == [handlers.observe]
    assert {(each.group, each.version, each.any_name) for each in watched} == {
        ("telemetry.microshift.io", "v1alpha1", "telemetryconfigs")
    }


def test_no_handler_makes_kopf_write_annotations() -> None:
    """Handlers of creation, update, resumption and deletion would, at each edit."""
    assert _declared("_changing") == []


async def test_the_finalizer_is_one_that_kubernetes_lifts_by_itself_and_no_event_is_posted() -> (
    None
):
    settings = kopf.OperatorSettings()

    await handlers.configure(settings)

    assert settings.persistence.finalizer == "orphan"
    assert not settings.posting.enabled
    assert settings.process.ultimate_exiting_timeout is not None
    assert settings.process.ultimate_exiting_timeout < 10


@pytest.mark.parametrize(
    ("kind", "said"), [("ADDED", "seen"), ("MODIFIED", "seen"), (None, "seen"), ("DELETED", "gone")]
)
async def test_an_event_tells_the_registry_whether_the_object_is_gone(
    kind: str | None, said: str
) -> None:
    registry, body = FakeRegistry(), kopf.Body({"metadata": {"name": "cluster"}})

    await handlers.observe(type=kind, body=body, memo=_memo(registry))

    assert registry.said == [(said, body)]


@pytest.mark.parametrize("name", ["sampling", "reporting"])
async def test_a_tick_runs_to_its_end_and_returns_nothing_that_kopf_would_write(name: str) -> None:
    registry, stopped = FakeRegistry(), Stopped()
    tick = cast("Tick", getattr(handlers, name))

    result = await tick(uid="uid-1", memo=_memo(registry), stopped=stopped)

    assert result is None
    assert registry.said == [(name, "uid-1"), (f"{name} done", "uid-1")]


@pytest.mark.parametrize("name", ["sampling", "reporting"])
@pytest.mark.looptime
async def test_a_tick_is_cut_short_when_its_timer_is_to_end(name: str) -> None:
    registry, stopped = FakeRegistry(seconds=60), Stopped()
    tick = cast("Tick", getattr(handlers, name))
    asyncio.get_running_loop().call_later(1, stopped.set)

    await tick(uid="uid-1", memo=_memo(registry), stopped=stopped)
    ended = asyncio.get_running_loop().time()
    await asyncio.sleep(0)

    assert ended == 1
    assert registry.said == [(name, "uid-1"), (f"{name} cut", "uid-1")]


@pytest.mark.looptime
async def test_a_tick_whose_timer_is_cancelled_leaves_nothing_running() -> None:
    registry, stopped = FakeRegistry(seconds=60), Stopped()
    memo = _memo(registry)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await handlers.sampling(uid="uid-1", memo=memo, stopped=stopped)
    await asyncio.sleep(0)

    assert registry.said == [("sampling", "uid-1"), ("sampling cut", "uid-1")]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_the_end_of_the_process_stops_every_object() -> None:
    registry = FakeRegistry()

    await handlers.clean_up(memo=_memo(registry))

    assert registry.said == [("stopped", None)]
