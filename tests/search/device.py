"""The operator on one device, in fake time: the one place that knows how it is put together.

Beside it, searches and scenarios see what an admin and a receiver see: the object's spec and
status, the requests, and when a source was read.
"""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.controller.cluster import CLUSTER_ID_PATH, Cluster
from microshift_telemetry.controller.connecting import Connector, SendingRules
from microshift_telemetry.controller.jobs import BREATH_SECONDS
from microshift_telemetry.controller.lookup import Lookup
from microshift_telemetry.controller.registry import Registry
from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.settings import Settings
from microshift_telemetry.sources.host import Usage
from microshift_telemetry.spec.telemetry_config import REQUESTED_AT
from tests.search.disk import Disk
from tests.support.fake_kube import READY_SECONDS, FakeKube
from tests.support.fakes import CLUSTER_ID, FakeClock, FakeHost

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Start:
    """A start of MicroShift, as it goes."""

    version: str
    ready_seconds: float | None
    """From the start until the node is Ready; None: it never is."""
    are_pods_ready: bool


STARTED_SECONDS = 20.0
"""From the boot until MicroShift starts; the operator follows 10 s later."""
FIRST_START = Start("4.20.1", READY_SECONDS, are_pods_ready=True)
NAMESPACE, SECRET, UID = "telemetry", "receiver", "uid-1"


class Device:
    """A device with one TelemetryConfig."""

    def __init__(
        self, spec: Mapping[str, Any], state: Path, on_power_cut: Callable[[], None]
    ) -> None:
        """Lay it out without power; `begin` starts the operator.

        Args:
            spec: of the TelemetryConfig.
            state: a directory for the state directory; each power cut leaves a copy in it.
            on_power_cut: hears of a cut in the moment in which it happens.
        """
        self.clock = FakeClock()
        self.cluster_id = CLUSTER_ID
        self.spec = spec
        self.status: Mapping[str, Any] = {}
        self.statuses: list[tuple[float, Mapping[str, Any]]] = []
        """(loop time, body) of each status that was written."""
        self.passes: list[int] = []
        """When each pass was made, in ms."""
        self.is_cut = asyncio.Event()
        self.disk = Disk()
        self._on_power_cut = on_power_cut
        self.starts = [(self.clock.booted + STARTED_SECONDS, FIRST_START)]
        """(loop time, how it goes) of each start of MicroShift."""
        self._directory, self._boots = state, 0
        self._generation, self._requested_at = 1, ""
        self._ticks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Begin a process of the operator with the object as it is."""
        kube, host = FakeKube(self.clock), _Host(self.clock, self.passes)
        kube.on_apply = self._see
        token = b64encode(b"a token").decode()
        kube.objects[f"/api/v1/namespaces/{NAMESPACE}/secrets/{SECRET}"] = {
            "data": {"token": token}
        }
        kube.objects[CLUSTER_ID_PATH] = {"metadata": {"uid": self.cluster_id}}
        self._kube = kube
        self._show_start()
        cluster = Cluster(kube, host, Settings())
        connector = Connector(cluster, Lookup(kube, NAMESPACE), SendingRules(), self.clock)
        self._state_directory = StateDirectory(self._path)
        self._registry = Registry(cluster, connector, self.clock, self._state_directory)
        self._registry.observe(self._body(), is_gone=False)
        ticks = (self._registry.tick_sampling, self._registry.tick_reporting)
        self._ticks = [asyncio.create_task(_tick_for_ever(tick)) for tick in ticks]

    async def end(self) -> None:
        """End the operator's process in good order."""
        self._registry.stop()
        for tick in self._ticks:
            tick.cancel()
        ended = await asyncio.gather(*self._ticks, return_exceptions=True)
        self._state_directory.release()
        assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended

    async def restart(self) -> None:
        await self.end()
        self.begin()

    def cut_power(self) -> None:
        """Lose the power now: what comes after is neither on the disk nor on the wire."""
        self.disk.copy(self._path, self._directory / f"{self._boots + 1}")
        self._kube.on_apply = _nobody
        self._on_power_cut()
        self.is_cut.set()

    def cut_power_while_writing(self, random: Random) -> None:
        """Lose the power at the next write to the disk, which is torn somewhere."""
        self.disk.tear(random, self.cut_power)

    async def power_off(self) -> None:
        """Make the end of a device that has lost its power known."""
        self.disk.mend()
        await self.end()
        self._boots += 1

    def power_on(self) -> None:
        """Boot after a power cut; MicroShift starts with the device."""
        self.is_cut.clear()
        self.clock.reboot()
        started = self.clock.booted + STARTED_SECONDS
        self.starts.append((started, replace(self.starts[-1][1], ready_seconds=READY_SECONDS)))
        self.begin()

    def start_microshift(self, start: Start) -> None:
        """Start MicroShift anew beside the operator, whose connection to it breaks."""
        self.starts.append((self.clock.monotonic(), start))
        self._show_start()
        self._registry.cluster.want_look()

    def edit(self, spec: Mapping[str, Any]) -> None:
        """Replace the spec, as an admin does."""
        self._generation += 1
        self.spec = spec
        self._registry.observe(self._body(), is_gone=False)

    def request(self, value: str) -> None:
        """Annotate the object with `requestedAt`."""
        self._requested_at = value
        self._registry.observe(self._body(), is_gone=False)

    def condition(self, kind: str) -> tuple[str, str, str]:
        """Tell status, reason and message of a condition."""
        [found] = [each for each in self.status["conditions"] if each["type"] == kind]
        return found["status"], found["reason"], found["message"]

    def _show_start(self) -> None:
        """Let the API server show the last start."""
        kube, (at, start) = self._kube, self.starts[-1]
        kube.set_version(start.version)
        kube.started, kube.are_pods_ready = at, start.are_pods_ready
        kube.ready_since = None if start.ready_seconds is None else at + start.ready_seconds

    @property
    def _path(self) -> Path:
        return self._directory / f"{self._boots}"

    def _body(self) -> Object:
        return an_object(self.spec, self._generation, self._requested_at, self.status)

    def _see(self, body: Object) -> None:
        """Bring a status back, as the watch does."""
        self.status = body["status"]
        self.statuses.append((self.clock.monotonic(), body["status"]))
        self._registry.observe(self._body(), is_gone=False)


def an_object(
    spec: Mapping[str, Any], generation: int, requested_at: str, status: Mapping[str, Any]
) -> Object:
    """Lay out a TelemetryConfig as the API server has it."""
    annotations = {REQUESTED_AT: requested_at} if requested_at else {}
    return {
        "metadata": {
            "name": "cluster",
            "uid": UID,
            "creationTimestamp": "2026-11-01T00:00:00Z",
            "generation": generation,
            "annotations": annotations,
        },
        "spec": dict(spec),
        "status": status,
    }


class _Host(FakeHost):
    """Notes each pass by the one source that every pass reads."""

    def __init__(self, clock: FakeClock, passes: list[int]) -> None:
        super().__init__(clock)
        self._passes = passes

    def memory_usage(self) -> Usage:
        self._passes.append((self._clock.now() - EPOCH) // timedelta(milliseconds=1))
        return super().memory_usage()


def _nobody(_body: Object) -> None:
    """See nothing of what a process without power writes."""


async def _tick_for_ever(tick: Callable[[str], Awaitable[None]]) -> None:
    while True:
        await tick(UID)
        await asyncio.sleep(BREATH_SECONDS)
