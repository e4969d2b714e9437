"""The life of one TelemetryConfig: its newest spec, its two ticks, and its end."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector
from microshift_telemetry.controller.device_salt import DeviceSalt
from microshift_telemetry.controller.edits import Edits
from microshift_telemetry.controller.findings import duplicate_of
from microshift_telemetry.controller.jobs import Jobs
from microshift_telemetry.controller.keeping import Keeper
from microshift_telemetry.controller.publishing import Publisher
from microshift_telemetry.controller.reporting import Reporting
from microshift_telemetry.controller.sampling import Sampling
from microshift_telemetry.controller.start_report import StartReport
from microshift_telemetry.controller.state import REPORT_PENDING, state_from
from microshift_telemetry.kube.errors import KubeError
from microshift_telemetry.spec.change import is_narrowed
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.spec.telemetry_config import TelemetryConfig
from microshift_telemetry.status.reasons import ReportingReason

TICK_SECONDS = 30.0
"""A tick waits at most so long for its job to become due; it is the heartbeat of the process."""

BREATH_SECONDS = 1.0
"""kopf's pause between two ticks; a job that falls due in it is waited for, not met late."""

RETRY_SECONDS = 5.0
"""The wait after the API server did not even tell the cluster's id."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Equipment:
    """What every TelemetryConfig of the process works with."""

    cluster: Cluster
    connector: Connector
    clock: Clock
    older_twin: Callable[[TelemetryConfig, Effective], str | None]
    """Names an older enabled object that writes the same series to the same place."""
    salt: DeviceSalt
    on_missing: Callable[[], None]
    """Hears that an object's status could not be written, since there is no such object."""
    state_directory: StateDirectory | None = None
    """None: nothing outlives the process."""


class Telemetry:
    """One TelemetryConfig. Two ticks work on it; an edit cuts short what it forbids."""

    def __init__(self, config: TelemetryConfig, equipment: Equipment) -> None:
        """Take the object up where its status says it was left."""
        cluster, clock = equipment.cluster, equipment.clock
        self._equipment = equipment
        self.state = state_from(config, clock.now(), clock.monotonic())
        self._keeper = Keeper(self.state, equipment.state_directory)
        self._edits = Edits(self.state, clock, self._keeper)
        self._start_report = StartReport(self.state, cluster, clock)
        self._sampling = Sampling(self.state, cluster, self._keeper)
        self._reporting = Reporting(
            self.state, equipment.connector, clock, self._keeper, equipment.salt
        )
        self._publisher = Publisher(self.state, cluster, clock, equipment.on_missing)
        self._jobs = Jobs()
        if self.state.is_asked:
            self._answer_now()

    def observe(self, config: TelemetryConfig) -> None:
        """Take the newest form of the object; only its spec and its annotation count.

        Our own status writes come back here too, with the generation that we know.
        """
        known, state, in_force = self.state.config, self.state, self.state.in_force
        state.config = config
        if config.generation != known.generation:
            self._edits.take(config)
            if is_narrowed(in_force, state.in_force):
                self._jobs.cut("reporting")
            if not state.is_enabled:
                self._jobs.cut("sampling")
                self._reporting.forget()
                self._start_report.forget()
            self._reporting.retries.forget()
        if config.requested_at not in {None, known.requested_at, state.handled_request}:
            self._answer_now()
        if (config.generation, config.requested_at) != (known.generation, known.requested_at):
            self._jobs.wake()

    def stop(self, *, is_deleted: bool = False) -> None:
        """Cut short what is under way; the ticks do nothing from now on."""
        self._jobs.stop()
        self._publisher.stop()
        if is_deleted:
            self._keeper.delete()

    async def tick_sampling(self) -> None:
        """Wait until a pass is due, at most `TICK_SECONDS`, and make it."""
        state, cluster = self.state, self._equipment.cluster
        if not state.is_enabled:
            self._sampling.rest()
        try:
            cluster_id = await cluster.identify()
        except KubeError as error:
            if state.is_enabled:
                self._sampling.unavailable(error)
            await self._publisher.publish()
            await self._jobs.pause(RETRY_SECONDS)
            return
        if state.is_enabled:
            if await self._keeper.take_up(cluster, cluster_id):
                self._reporting.resume(self._edits.settled_at)
            await cluster.look()
        self._settle()
        if state.newest is not None and state.newest.enabled:
            self._start_report.catch_up(state.newest, cluster_id, self._edits.settled_at)
            self._start_report.ask(state.newest, cluster_id, self._edits.settled_at)
        await self._publisher.publish()
        if state.is_enabled and not self._jobs.is_stopped:
            await self._pass_when_due(cluster_id)
        else:
            await self._jobs.pause(TICK_SECONDS)
        await self._publisher.publish()

    async def tick_reporting(self) -> None:
        """Wait until a report is due or to be tried again, at most `TICK_SECONDS`, and send it."""
        await self._jobs.pause(_at_most_a_tick(self._reporting.wait_seconds))
        spec, cluster_id = self.state.in_force, self._equipment.cluster.id
        if not (self._jobs.is_stopped or spec is None or cluster_id is None):
            await self._jobs.run("reporting", self._report(spec, cluster_id))
        await self._publisher.publish()

    async def _pass_when_due(self, cluster_id: str) -> None:
        state, spec, clock = self.state, self.state.newest, self._equipment.clock
        if spec is None:
            return
        on = self._start_report.catch_up(spec, cluster_id, self._edits.settled_at)
        due = (state.plan.next_pass(on) - clock.now()).total_seconds()
        settled = self._edits.wait_seconds
        await self._jobs.pause(_at_most_a_tick(due if settled is None else min(due, settled)))
        if state.newest is not spec or self._jobs.is_stopped:
            return
        self._start_report.catch_up(spec, cluster_id, self._edits.settled_at)
        now = clock.now()
        if state.plan.next_pass(on) <= now:
            for_report = state.plan.next_report(on) <= now
            state.plan = state.plan.after_pass(now, for_report=for_report)
            await self._jobs.run("sampling", self._pass(spec, for_report=for_report))

    async def _pass(self, spec: Effective, *, for_report: bool) -> None:
        now = self._equipment.clock.now()
        # A report that still waits to be frozen takes the newest pass: it needs static series too.
        needs_static = for_report or self.state.is_report_due
        await self._sampling.run(now, spec, for_report=needs_static)
        if for_report:
            self.state.is_report_due = True
            self._jobs.wake()

    async def _report(self, spec: Effective, cluster_id: str) -> None:
        was_due = self.state.is_report_due
        try:
            if self._is_sole_writer(spec):
                await self._reporting.run(spec, cluster_id)
        finally:
            if was_due and not self.state.is_report_due:
                self.state.request_handled()

    def _settle(self, *, at_once: bool = False) -> None:
        if self._edits.wait_seconds == 0:
            self._jobs.wake()  # a report may have waited for it
        if self._edits.settle(at_once=at_once):
            self._reporting.forget()
            self._start_report.forget()

    def _answer_now(self) -> None:
        """Answer `requestedAt`: with a report, or at once where none can be made."""
        state = self.state
        state.is_asked = True
        if state.is_enabled:
            self._settle(at_once=True)
            state.plan = state.plan.with_extra(self._equipment.clock.now())
        else:
            state.request_handled()

    def _is_sole_writer(self, spec: Effective) -> bool:
        """Check that no older object writes the same series; ours wait as long as one does."""
        state = self.state
        older = self._equipment.older_twin(state.config, spec)
        if older is not None:
            finding = duplicate_of(older)
            if finding != state.reporting:
                logger.warning("%s: %s", state.config.name, finding.message)
            state.is_report_due, state.reporting = False, finding
            return False
        if state.reporting.reason is ReportingReason.DUPLICATE_DESTINATION:
            state.reporting = REPORT_PENDING
        return True


def _at_most_a_tick(seconds: float | None) -> float:
    """Bound a wait; one that ends in kopf's pause between two ticks is waited for to its end."""
    if seconds is None or seconds > TICK_SECONDS + 2 * BREATH_SECONDS:
        return TICK_SECONDS
    return seconds
