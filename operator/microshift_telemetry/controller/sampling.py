"""The tick that makes passes: what an earlier process has kept, when a pass is due, the pass."""

import logging

from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.records import Epoch, ReportDue
from microshift_telemetry.clock import Clock, milliseconds
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.jobs import Jobs, at_most_a_tick
from microshift_telemetry.controller.parts import Parts
from microshift_telemetry.controller.schedule import start_splay
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.logs import about
from microshift_telemetry.spec.effective import Effective

MACHINE_TRIES = 3
"""One a tick. What is kept must not depend on a permission that an admin may have taken away."""

logger = logging.getLogger(__name__)


class Sampling:
    """Makes the passes of one TelemetryConfig when they are due."""

    def __init__(self, parts: Parts, jobs: Jobs, cluster: Cluster, clock: Clock) -> None:
        """Make none yet."""
        self._parts = parts
        self._jobs = jobs
        self._cluster = cluster
        self._clock = clock
        self._epoch: Epoch | None = None
        """Of the clock, at the last tick."""
        self._machine_id: str | None = None
        self._tries_left = MACHINE_TRIES

    async def resume(self, cluster_id: str) -> None:
        """Go on with what an earlier process has kept; tried again as long as it fails."""
        parts = self._parts
        if parts.store.is_open:
            return
        machine_id = await self._known_machine_id()
        if machine_id is None:
            return
        specs, now = parts.specs, self._clock.now()
        owner = Owner.of(specs.config.uid, cluster_id, machine_id, specs.opt_out)
        spec = specs.newest
        if spec is None or not spec.enabled or self._jobs.is_stopped:
            return
        if not await parts.store.open(owner, milliseconds(now)):
            return
        parts.timetable.resume(parts.store.ledger)
        splay = parts.specs.settled_at - now + start_splay(cluster_id, spec.sending_interval)
        parts.rounds.resume(splay.total_seconds())

    async def _known_machine_id(self) -> str | None:
        """Give the machine's id; empty where the node is not given, None while it may yet be."""
        if self._machine_id is None:
            try:
                self._machine_id = await self._cluster.machine_id()
            except TelemetryError as error:
                self._tries_left -= 1
                if not self._tries_left:
                    self._machine_id = ""
                    name = self._parts.specs.config.name
                    logger.warning(
                        "%s; samples are kept without the machine ID", error, extra=about(name)
                    )
        return self._machine_id

    def look_at_clock(self, cluster_id: str) -> None:
        """Look whether the clock was set, or is trusted now: what waited for that goes out."""
        parts, spec = self._parts, self._parts.specs.newest
        parts.timekeeper.look()
        before, self._epoch = self._epoch, parts.timekeeper.epoch
        if spec is None or before in {None, self._epoch}:
            return
        splay = start_splay(cluster_id, spec.sending_interval).total_seconds()
        if (parts.rounds.wait_seconds or 0.0) > splay:
            parts.rounds.resume(splay)

    def ask_for_reports(self, cluster_id: str) -> None:
        """Put into the plan what a start or a missed report asks for."""
        parts, spec = self._parts, self._parts.specs.newest
        if spec is None or not spec.enabled:
            return
        earliest = parts.specs.settled_at
        parts.timetable.catch_up(spec, cluster_id, earliest)
        seen, splay = self._cluster.microshift_start, start_splay(cluster_id, spec.sending_interval)
        parts.launches.take(parts.specs, seen)
        parts.timetable.ask_if_owed(parts.store.ledger, seen, splay, earliest)

    async def pass_when_due(self, cluster_id: str) -> None:
        """Wait until a pass is due, at most a tick, and make it."""
        parts, clock = self._parts, self._clock
        spec, timetable = parts.specs.newest, parts.timetable
        if spec is None:
            return
        on = timetable.catch_up(spec, cluster_id, parts.specs.settled_at)
        due = (timetable.next_pass(on) - clock.now()).total_seconds()
        settled = parts.specs.wait_seconds
        await self._jobs.pause(at_most_a_tick(due if settled is None else min(due, settled)))
        if parts.specs.newest is not spec or self._jobs.is_stopped:
            return
        timetable.catch_up(spec, cluster_id, parts.specs.settled_at)
        taken = timetable.take_due(on, clock.now())
        if taken is not None:
            for_report, is_extra = taken
            job = self._make_pass(spec, for_report=for_report, is_extra=is_extra)
            try:
                await self._jobs.run("sampling", parts.hindrances.watch("taking samples", job))
            except Exception:
                if for_report:
                    timetable.note_missed()
                raise

    async def _make_pass(self, spec: Effective, *, for_report: bool, is_extra: bool) -> bool:
        """Make a pass; one that an open report may send as its fresh one has static series too.

        Returns:
            True, at its end.
        """
        parts, now_ms = self._parts, milliseconds(self._clock.now())
        with_static = for_report or parts.rounds.is_open
        await parts.passes.make(spec, with_static=with_static, is_extra=is_extra)
        if for_report:
            self._note_due(now_ms)
        return True

    def _note_due(self, now_ms: int) -> None:
        parts, seen = self._parts, self._cluster.microshift_start
        parts.launches.take(parts.specs, seen)
        parts.store.record(ReportDue(now_ms, None if seen is None else seen.start))
        parts.rounds.note_due()
        if parts.requests.is_open:
            parts.rounds.hurry()
        parts.requests.note_pass()
        self._jobs.wake()
