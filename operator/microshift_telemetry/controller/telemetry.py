"""The life of one TelemetryConfig: its newest spec, its two ticks, and its end."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.buffer.store import Store
from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.announcing import Announcer, EventWriter
from microshift_telemetry.controller.attempt import Workshop
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector
from microshift_telemetry.controller.device_labels import DeviceLabels
from microshift_telemetry.controller.device_salt import DeviceSalt
from microshift_telemetry.controller.edits import Edits
from microshift_telemetry.controller.hindrances import Hindrances
from microshift_telemetry.controller.jobs import TICK_SECONDS, Jobs, at_most_a_tick
from microshift_telemetry.controller.launches import Launches
from microshift_telemetry.controller.lifecycle import LifecycleJobs, OlderPusher, nobody
from microshift_telemetry.controller.overview import figures_of
from microshift_telemetry.controller.pace import Pace
from microshift_telemetry.controller.parts import Parts
from microshift_telemetry.controller.passes import Passes
from microshift_telemetry.controller.preview import Preview, preview_of
from microshift_telemetry.controller.publishing import Publisher
from microshift_telemetry.controller.pushes import Pushed
from microshift_telemetry.controller.renewal import Renewal
from microshift_telemetry.controller.restored import seed_from
from microshift_telemetry.controller.rounds import Rounds
from microshift_telemetry.controller.sampling import Sampling
from microshift_telemetry.controller.specs import Requests, Specs
from microshift_telemetry.controller.timekeeping import Timekeeper
from microshift_telemetry.controller.timetable import Timetable
from microshift_telemetry.kube.errors import KubeError
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.spec.telemetry_config import TelemetryConfig
from microshift_telemetry.status.own_metrics import Figures

T = TypeVar("T")

RETRY_SECONDS = 5.0
"""The wait after the API server did not even tell the cluster's id."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What every TelemetryConfig of the process works with."""

    cluster: Cluster
    connector: Connector
    clock: Clock
    older_twin: Callable[[TelemetryConfig, Effective], str | None]
    """Names an older enabled object that writes the same series to the same place."""
    salt: DeviceSalt
    pace: Pace
    on_missing: Callable[[], None]
    """Hears that an object's status could not be written, since there is no such object."""
    state_directory: StateDirectory | None = None
    """None: nothing outlives the process."""
    renewal: Renewal | None = None
    """None: there is no pod that could be made anew."""
    events: EventWriter | None = None
    """None: nothing is told by events."""
    older_pusher: OlderPusher = nobody
    """Names an older enabled object that pushes to the same gateway: a start is counted once."""
    pushed: Pushed = field(default_factory=Pushed)


def parts_of(config: TelemetryConfig, equipment: Equipment) -> Parts:
    """Make the parts of an object, as its status says that an earlier process left it."""
    clock, salt = equipment.clock, equipment.salt
    store = Store(config.name, config.uid, equipment.state_directory, seed_from(config))
    timekeeper = Timekeeper(config.name, store, clock)
    specs = Specs(config, clock)
    passes = Passes(specs, store, equipment.cluster, timekeeper)
    labels = DeviceLabels(config.name, equipment.cluster)
    pace, is_new = equipment.pace, not config.status
    workshop = Workshop(store, passes, salt, clock, timekeeper, labels, pace, is_new)
    return Parts(
        specs=specs,
        requests=Requests(config.requested_at, config.status),
        store=store,
        timekeeper=timekeeper,
        timetable=Timetable(clock, config.status),
        passes=passes,
        rounds=Rounds(config, workshop, equipment.connector),
        hindrances=Hindrances(config.name),
        counters=workshop.counters,
        labels=labels,
        demanded=workshop.demanded,
        launches=Launches(config.name, store, equipment.cluster, clock),
        renewal=equipment.renewal,
    )


class Telemetry:
    """One TelemetryConfig. Two ticks work on it; an edit cuts short what it forbids."""

    def __init__(self, config: TelemetryConfig, equipment: Equipment) -> None:
        """Take the object up where its status says it was left."""
        cluster, clock, events = equipment.cluster, equipment.clock, equipment.events
        self._equipment = equipment
        self._parts = parts = parts_of(config, equipment)
        self._jobs = Jobs()
        announcer = None if events is None else Announcer(config, events, clock)
        self._publisher = Publisher(parts, cluster, clock, equipment.on_missing, announcer)
        self._edits = Edits(parts, self._jobs, cluster, clock)
        self._sampling = Sampling(parts, self._jobs, cluster, clock)
        self._lifecycle = LifecycleJobs(
            *(parts, self._jobs, equipment.connector, equipment.older_pusher, equipment.pushed)
        )
        self._beats = dict.fromkeys(("sampling", "reporting"), clock.monotonic())

    @property
    def parts(self) -> Parts:
        """What is known of it; to be read only."""
        return self._parts

    @property
    def config(self) -> TelemetryConfig:
        """The newest form of the object."""
        return self._parts.specs.config

    @property
    def newest(self) -> Effective | None:
        """What the spec asks for; None when it can't be used."""
        return self._parts.specs.newest

    @property
    def last_beat(self) -> float:
        """When the tick that is silent for longer has shown that it is alive: monotonic seconds."""
        return min(self._beats.values())

    def observe(self, config: TelemetryConfig) -> None:
        """Take the newest form of the object."""
        self._edits.take(config)

    def stop(self, *, is_deleted: bool = False) -> None:
        """Cut short what is under way; the ticks do nothing from now on."""
        self._jobs.stop()
        self._publisher.stop()
        if is_deleted:
            self._parts.store.delete()

    async def beside_reports(self, job: Coroutine[Any, Any, T]) -> T | None:
        """Carry a job out beside the ticks; None where an edit, or the end, cuts it short."""
        return await self._jobs.run("beside", job)

    def cut_what_is_beside(self) -> None:
        """Cut such a job short."""
        self._jobs.cut("beside")

    def figures(self) -> Figures | None:
        """Tell what a scrape gets; None of one that has opted out."""
        equipment = self._equipment
        return figures_of(self._parts, equipment.cluster.id, equipment.clock.now())

    async def preview(self) -> Preview:
        """Show what would be sent now.

        Raises:
            NoPreviewError: there is nothing to show; the text says why.
        """
        equipment = self._equipment
        cluster_id, instant = equipment.cluster.id, equipment.clock.read()
        return await preview_of(self._parts, cluster_id, instant, equipment.salt)

    async def tick_sampling(self) -> None:
        """Wait until a pass is due, at most `TICK_SECONDS`, and make it."""
        self._beat("sampling")
        parts, cluster = self._parts, self._equipment.cluster
        await parts.store.delete_what_is_left()
        try:
            cluster_id = await cluster.identify()
        except KubeError as error:
            if parts.specs.is_enabled:
                parts.passes.unavailable(error)
            await self._publisher.publish()
            await self._jobs.pause(RETRY_SECONDS)
            return
        parts.passes.available()
        if parts.specs.is_enabled:
            await self._sampling.resume(cluster_id)
            self._sampling.look_at_clock(cluster_id)
            await cluster.look()
        self._edits.settle()
        self._sampling.ask_for_reports(cluster_id)
        self._lifecycle.go_on(cluster_id)
        await self._publisher.publish()
        if parts.specs.is_enabled and not self._jobs.is_stopped:
            await self._sampling.pass_when_due(cluster_id)
        else:
            await self._jobs.pause(TICK_SECONDS)
        parts.hindrances.note_well("sampling")
        await self._publisher.publish()

    async def tick_reporting(self) -> None:
        """Wait until a report is due or to be tried again, at most `TICK_SECONDS`, and send it."""
        self._beat("reporting")
        parts = self._parts
        await self._jobs.pause(at_most_a_tick(self._report_wait_seconds))
        spec, cluster_id = parts.specs.in_force, self._equipment.cluster.id
        if not (self._jobs.is_stopped or spec is None or cluster_id is None):
            await self._jobs.run("reporting", self._report(spec, cluster_id))
        parts.hindrances.note_well("reporting")
        await self._publisher.publish()
        if parts.renewal is not None and not self._jobs.is_stopped:
            await parts.renewal.ask(parts.rounds.seconds_without_dns)

    async def note_bug(self, tick: str, error: Exception) -> None:
        """Say that a bug of ours has ended a tick."""
        self._parts.hindrances.note_bug(tick, error)
        await self._publisher.publish()

    @property
    def _report_wait_seconds(self) -> float | None:
        """How long until a report may go out; None while something is in its way."""
        parts = self._parts
        is_held_up = (
            parts.specs.in_force is None
            or self._equipment.cluster.id is None
            or parts.hindrances.twin is not None
        )
        return None if is_held_up else parts.rounds.wait_seconds

    async def _report(self, spec: Effective, cluster_id: str) -> None:
        parts = self._parts
        older = self._equipment.older_twin(parts.specs.config, spec)
        parts.hindrances.note_twin(older)
        if not parts.rounds.is_open:
            return
        is_answer, is_over = parts.requests.has_pass, older is not None
        if older is None:
            attempt = parts.rounds.run(spec, cluster_id, self._progress)
            is_over = await parts.hindrances.watch("sending a report", attempt)
        if is_answer and is_over:
            parts.requests.answer()

    async def _progress(self) -> None:
        """Show that a long report goes on."""
        self._beat("reporting")
        await self._publisher.publish()

    def _beat(self, tick: str) -> None:
        self._beats[tick] = self._equipment.clock.monotonic()
