"""A whole TelemetryConfig in fake time: its ticks run as kopf runs them, days take seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.records import Remembered
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.controller.announcing import EventWriter
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.device_salt import DeviceSalt
from microshift_telemetry.controller.jobs import BREATH_SECONDS
from microshift_telemetry.controller.pace import Pace
from microshift_telemetry.controller.renewal import Renewal
from microshift_telemetry.controller.telemetry import Equipment, Telemetry
from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.settings import Settings
from microshift_telemetry.spec.telemetry_config import (
    REQUESTED_AT,
    TelemetryConfig,
    telemetry_config_from,
)
from tests.support.fake_gateway import FakeGateway
from tests.support.fake_kube import FakeKube
from tests.support.fakes import FakeClock, FakeConnector, FakeHost, FakeReceiver

ENDPOINT = "http://receiver.example/api/v1/write"

NAMESPACE = "microshift-telemetry"

A_MINUTE, AN_HOUR, A_DAY = 60.0, 3600.0, 86_400.0

RENEW_POD_SECONDS = 900.0


def a_config(
    spec: Mapping[str, Any] | None = None,
    *,
    generation: int = 1,
    requested_at: str | None = None,
    status: Mapping[str, Any] | None = None,
) -> TelemetryConfig:
    """Build an object as the watch shows it; without a spec it has an own endpoint."""
    annotations = {} if requested_at is None else {REQUESTED_AT: requested_at}
    return telemetry_config_from(
        {
            "metadata": {
                "name": "cluster",
                "uid": "uid-1",
                "creationTimestamp": "2026-11-01T00:00:00Z",
                "generation": generation,
                "annotations": annotations,
            },
            "spec": {"endpoint": ENDPOINT} if spec is None else dict(spec),
            "status": status or {},
        }
    )


class Life:
    """One device with one TelemetryConfig, used as a context in which its ticks run."""

    def __init__(
        self,
        spec: Mapping[str, Any] | None = None,
        *,
        clock: FakeClock | None = None,
        status: Mapping[str, Any] | None = None,
        state_path: Path | None = None,
    ) -> None:
        """Lay out a device whose MicroShift started a minute before the clock's morning.

        Without a `state_path` it has no disk: what is not delivered goes with the process.
        """
        self._state_path = state_path
        self._state_directory: StateDirectory | None = None
        self.clock = clock or FakeClock()
        self.kube, self.host = FakeKube(self.clock), FakeHost(self.clock)
        self.kube.on_apply = self._see
        self.receiver, self.gateway = FakeReceiver(), FakeGateway()
        self.older_twin: str | None = None
        self.older_pusher: str | None = None
        self._spec: Mapping[str, Any] = {"endpoint": ENDPOINT} if spec is None else spec
        self._status: Mapping[str, Any] = status or {}
        self._generation = 1
        self._requested_at: str | None = None
        self._ticks: list[asyncio.Task[None]] = []
        self.begin()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    @property
    def status(self) -> Mapping[str, Any]:
        """The object's status, as the API server has it."""
        return self._status

    @property
    def backlog(self) -> Backlog:
        """What waits for a receiver."""
        return self.telemetry.parts.store.ledger.backlog

    @property
    def remembered(self) -> Remembered:
        """What lasts beside the backlog."""
        return self.telemetry.parts.store.ledger.remembered

    @property
    def maybe_stored(self) -> int:
        """How many samples were given up that may be stored, as the reports' statuses tell it."""
        told = [body["status"].get("lastReport") for _, body in self.kube.applies]
        return sum({each["time"]: each["maybeStored"] for each in told if each}.values())

    @property
    def pass_times(self) -> list[datetime]:
        """When each pass was made, by the samples that arrived."""
        times = {time_ms for post in self.receiver.confirmed for time_ms in post.times_ms}
        return [datetime.fromtimestamp(time_ms / 1000, UTC) for time_ms in sorted(times)]

    @property
    def reports(self) -> list[float]:
        """When each report arrived whole: its fresh pass travels last, with the static series."""
        return [post.at for post in self.receiver.confirmed if post.has_static]

    def condition(self, kind: str) -> tuple[str, str]:
        """Tell status and reason of a condition."""
        [found] = [each for each in self.status["conditions"] if each["type"] == kind]
        return found["status"], found["reason"]

    def applies(self, since: float = 0.0) -> int:
        """Count the status writes from a loop time on."""
        return sum(at >= since for at, _ in self.kube.applies)

    def edit(self, spec: Mapping[str, Any]) -> None:
        """Replace the spec, as an admin does."""
        self._generation += 1
        self._spec = spec
        self.telemetry.observe(self._config())

    def request(self, value: str) -> None:
        """Annotate the object with `requestedAt`, whether a process lives or not."""
        self._requested_at = value
        self.telemetry.observe(self._config())

    async def restart(self) -> None:
        """End the operator's process and begin another one with the status that was written."""
        await self.end()
        self.begin()

    def forget_status(self, status: Mapping[str, Any]) -> None:
        """Put an older status in place: what was written since has not arrived."""
        self._status = status

    def restart_microshift(self) -> None:
        """Start MicroShift anew; the connection to its API server breaks and is made again."""
        self.kube.start()
        self.cluster.want_look()

    def reboot(self) -> None:
        """Boot the device, which starts MicroShift; the operator must have ended before."""
        self.kube.start()
        self.clock.reboot()

    async def end(self) -> None:
        """End the operator's process."""
        self.telemetry.stop()
        for tick in self._ticks:
            tick.cancel()
        ended = await asyncio.gather(*self._ticks, return_exceptions=True)
        if self._state_directory is not None:
            self._state_directory.release()
        assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended

    def begin(self) -> None:
        """Begin a process with the object as it is."""
        self.cluster = Cluster(self.kube, self.host, Settings(namespace=NAMESPACE))
        if self._state_path is not None:
            self._state_directory = StateDirectory(self._state_path)
        equipment = Equipment(
            *(self.cluster, FakeConnector(self.receiver, self.gateway), self.clock),
            older_twin=lambda _config, _spec: self.older_twin,
            older_pusher=lambda _config, _gateway: self.older_pusher,
            salt=DeviceSalt(self._state_directory),
            pace=Pace(self.clock.monotonic),
            on_missing=lambda: None,
            state_directory=self._state_directory,
            renewal=Renewal(self.kube, self.clock, self._state_directory, RENEW_POD_SECONDS),
            events=EventWriter(self.kube),
        )
        self.telemetry = Telemetry(self._config(), equipment)
        ticks = (self.telemetry.tick_sampling, self.telemetry.tick_reporting)
        self._ticks = [asyncio.create_task(_tick_for_ever(tick)) for tick in ticks]

    def _config(self) -> TelemetryConfig:
        return a_config(
            self._spec,
            generation=self._generation,
            requested_at=self._requested_at,
            status=self._status,
        )

    def _see(self, body: Object) -> None:
        """Bring our own write back, as the watch does."""
        self._status = body["status"]
        self.telemetry.observe(self._config())


async def _tick_for_ever(tick: Callable[[], Awaitable[None]]) -> None:
    while True:
        await tick()
        await asyncio.sleep(BREATH_SECONDS)
