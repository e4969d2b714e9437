"""The operator on one device in threads of its own; the sources and the API server are made up."""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from microshift_telemetry.buffer.journal_file import JournalFile, Loaded
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.clock import Instant, milliseconds
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector, SendingRules
from microshift_telemetry.controller.device_salt import DeviceSalt
from microshift_telemetry.controller.jobs import BREATH_SECONDS
from microshift_telemetry.controller.lookup import Lookup
from microshift_telemetry.controller.pace import Pace
from microshift_telemetry.controller.passes import Passes
from microshift_telemetry.controller.telemetry import Equipment, Telemetry
from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sample.metrics import (
    CAPACITY_CPU,
    CAPACITY_MEMORY,
    CPU_USAGE,
    DISK_USAGE,
    ETCD_OBJECTS,
    MEMORY_USAGE,
    RESOURCE_COUNT,
    RESOURCES,
    RUNNING_CONTAINERS,
    Kind,
)
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.settings import Settings
from microshift_telemetry.sources.collection import PassOutcome, Wanted
from microshift_telemetry.sources.host import CpuTimes
from microshift_telemetry.sources.microshift_start import MicroshiftStart, SeenStart
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.spec.telemetry_config import TelemetryConfig, telemetry_config_from
from tests.search.device import NAMESPACE, SECRET, an_object
from tests.search.disk import Disk
from tests.search.quick.threads import Threads, sleep
from tests.support.fakes import CLUSTER_ID, MORNING, FakeHost

MACHINE = "a machine"
USAGES = tuple(Series.of(metric.name) for metric in (CPU_USAGE, MEMORY_USAGE, DISK_USAGE))
COUNTS = (
    *(Series.of(RESOURCE_COUNT.name, resource=resource) for resource in RESOURCES),
    Series.of(RUNNING_CONTAINERS.name),
    Series.of(ETCD_OBJECTS.name, instance="192.0.2.7"),
)
STATIC = tuple(Reading(Series.of(each.name), 2.0) for each in (CAPACITY_CPU, CAPACITY_MEMORY))
TOTAL, CYCLE = 200.0, 9973
STARTED_SECONDS = 40.0
"""MicroShift starts so long after the boot."""


def value_at(time_ms: int) -> tuple[float, float]:
    """Tell what each usage is at a time: its own value, and in percent."""
    value = float(time_ms // 1000 % CYCLE + 1)
    return value, 100 * value / (TOTAL * CYCLE)


class Clock:
    """The threads' time, from a morning on."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self.booted = -100.0

    def now(self) -> datetime:
        return MORNING + timedelta(seconds=self._threads.now)

    def monotonic(self) -> float:
        return self._threads.now

    def read(self) -> Instant:
        boot_ms = round(1000 * (self._threads.now - self.booted))
        return Instant(milliseconds(self.now()), boot_ms, f"{self.booted}", is_synchronized=True)


class Device:
    """A device with one TelemetryConfig."""

    def __init__(self, spec: Mapping[str, Any], state: Path, threads: Threads, disk: Disk) -> None:
        """Lay it out without power; `begin` starts the operator."""
        self.status: Mapping[str, Any] = {}
        self.statuses: list[tuple[float, Mapping[str, Any]]] = []
        self.passes: list[int] = []
        self.losses: list[tuple[float, str]] = []
        """(when, what) of each time at which memory and disk have said different things."""
        self._spec = spec
        self._clock, self._threads, self._disk = Clock(threads), threads, disk
        self._state, self._boots = state, 0
        self._generation, self._requested_at = 1, ""
        self._expected: Ledger | None = None
        """What the next process should find (I7)."""

    def begin(self) -> None:
        """Begin a process of the operator with the object as it is."""
        self._directory = StateDirectory(self._path)
        kube = _Kube(self._see)
        cluster = _Cluster(kube, self.passes, self._boots, self._clock.booted)
        connector = Connector(cluster, Lookup(kube, NAMESPACE), SendingRules(), self._clock)
        salt = DeviceSalt(self._directory)
        equipment = Equipment(
            *(cluster, connector, self._clock, _no_twin, salt, Pace(self._clock.monotonic)),
            *(_nothing, self._directory),
        )
        self._telemetry = Telemetry(telemetry_config_from(self._body()), equipment)
        for tick in (self._telemetry.tick_sampling, self._telemetry.tick_reporting):
            self._threads.begin(_tick_for_ever(tick))

    def end(self) -> None:
        """End the operator's process in good order."""
        self._telemetry.stop()
        self._threads.end()
        self._directory.release()
        store = self._telemetry.parts.store
        self._expected = store.ledger if store.is_open else None

    def cut_power(self, *, is_torn: bool = False) -> None:
        """Lose the power now: what comes after is neither on the disk nor on the wire."""
        self._boots += 1
        self._disk.copy(self._directory.path, self._path)
        self._threads.is_halted = True
        store = self._telemetry.parts.store
        # A torn word is there or not, and what the process does while it ends does not count.
        self._expected = deepcopy(store.ledger) if store.is_open and not is_torn else None

    def cut_power_while_writing(self, random: Random) -> None:
        """Lose the power at the next write to the disk, which is torn somewhere."""
        self._disk.tear(random, partial(self.cut_power, is_torn=True))

    def power_off(self) -> None:
        """Make the end of a device that has lost its power known."""
        self._disk.mend()
        self._telemetry.stop()
        self._threads.end()
        self._directory.release()

    def power_on(self) -> None:
        """Boot after a power cut; MicroShift starts with the device."""
        self._threads.is_halted = False
        self._clock.booted = self._threads.now - 30
        self.begin()

    def edit(self, spec: Mapping[str, Any]) -> None:
        """Replace the spec, as an admin does."""
        self._generation += 1
        self._spec = spec
        if spec.get("status") == "Disabled":
            self._expected = None  # an opt-out deletes it, perhaps before it was read
        self._telemetry.observe(telemetry_config_from(self._body()))

    def request(self, value: str) -> None:
        """Annotate the object with `requestedAt`."""
        self._requested_at = value
        self._telemetry.observe(telemetry_config_from(self._body()))

    def journal_file(self, directory: StateDirectory, owner: Owner) -> JournalFile:
        """Stand where the operator makes a `JournalFile`, and see what it finds."""
        return _SeenFile(directory, owner, self._compare)

    @property
    def _path(self) -> Path:
        return self._state / f"{self._boots}"

    def _body(self) -> Object:
        return an_object(self._spec, self._generation, self._requested_at, self.status)

    def _see(self, status: Mapping[str, Any]) -> None:
        if not self._threads.is_halted:
            self.status = status
            self.statuses.append((self._threads.now, status))

    def _compare(self, loaded: Loaded) -> None:
        expected, self._expected = self._expected, None
        if loaded.said:
            self.losses.append((self._threads.now, loaded.said))
        elif expected is not None and loaded.ledger != expected:
            told = "the ledger on the disk is not the one that was in memory"
            self.losses.append((self._threads.now, told))


class _SeenFile(JournalFile):
    """A journal that shows what a new process finds in it."""

    def __init__(
        self, directory: StateDirectory, owner: Owner, on_load: Callable[[Loaded], None]
    ) -> None:
        super().__init__(directory, owner)
        self._on_load = on_load

    def load(self) -> Loaded:
        loaded = super().load()
        self._on_load(loaded)
        return loaded


class SamplesOfTime(Passes):
    """Passes whose values tell their time, so that no two are the same."""

    async def _read(self, time_ms: int, wanted: Wanted) -> PassOutcome:
        assert isinstance(self._cluster, _Cluster)
        self._cluster.passes.append(time_ms)
        seconds = time_ms / 1000 - self._cluster.booted_seconds
        self._cpu.resume(CpuTimes(seconds / 2, 2 * seconds, 2, self._cluster.boot_id))
        value, _ = value_at(time_ms)
        dynamic = (
            *(Reading(series, value, TOTAL * CYCLE) for series in USAGES),
            *(Reading(series, value + place) for place, series in enumerate(COUNTS)),
        )
        is_due = wanted.with_static or wanted.unread
        read = tuple(each.name for each in self._sources if each.kind is Kind.STATIC)
        sample_pass = SamplePass(time_ms, dynamic, STATIC if is_due else ())
        outcome = PassOutcome(sample_pass, {}, {}, read if is_due else ())
        seen = self._cluster.microshift_start
        self._inventory.take(outcome, None if seen is None else seen.start)
        return outcome


class _Cluster(Cluster):
    """What of the cluster does not come from a pass."""

    def __init__(self, kube: KubeClient, passes: list[int], boots: int, booted: float) -> None:
        super().__init__(kube, FakeHost(), Settings())
        self.passes = passes
        self.boot_id = f"boot-{boots}"
        self.booted_seconds = MORNING.timestamp() + booted

    async def identify(self) -> str:
        self.id = CLUSTER_ID
        return self.id

    async def machine_id(self) -> str:
        return MACHINE

    async def look(self) -> None:
        start = MicroshiftStart(self.boot_id, STARTED_SECONDS)
        self.microshift_start = SeenStart(start, self.booted_seconds + STARTED_SECONDS)


class _Kube(KubeClient):
    """An API server with one Secret, which takes every status."""

    def __init__(self, on_status: Callable[[Mapping[str, Any]], None]) -> None:
        self._on_status = on_status

    async def get(self, path: str, **_: str) -> Object:
        assert path == f"/api/v1/namespaces/{NAMESPACE}/secrets/{SECRET}", path
        return {"data": {"token": b64encode(b"a token").decode()}}

    async def apply(self, path: str, body: Object, field_manager: str) -> None:
        assert path
        assert field_manager
        self._on_status(body["status"])


def _no_twin(_config: TelemetryConfig, _spec: Effective) -> None:
    """Know of no other object."""


def _nothing() -> None:
    """Do nothing."""


async def _tick_for_ever(tick: Callable[[], Awaitable[None]]) -> None:
    while True:
        await tick()
        await sleep(BREATH_SECONDS)
