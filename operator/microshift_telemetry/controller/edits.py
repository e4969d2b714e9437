"""An edit of the spec: what it forbids stops at once, what it allows waits until it has settled."""

import logging

from microshift_telemetry.buffer.records import Learned, LossReason, Lost, Moved
from microshift_telemetry.clock import Clock, milliseconds
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.jobs import Jobs
from microshift_telemetry.controller.lifecycle import JOB as LIFECYCLE
from microshift_telemetry.controller.parts import Parts
from microshift_telemetry.controller.schedule import edit_splay, start_splay
from microshift_telemetry.controller.specs import fingerprint
from microshift_telemetry.logs import about
from microshift_telemetry.spec.change import is_narrowed
from microshift_telemetry.spec.effective import Destination, Effective
from microshift_telemetry.spec.telemetry_config import TelemetryConfig
from microshift_telemetry.status.body import LOSS_NAMES
from microshift_telemetry.status.reasons import ReportingReason

logger = logging.getLogger(__name__)


class Edits:
    """Carries out what an admin says, on the parts of one TelemetryConfig."""

    def __init__(self, parts: Parts, jobs: Jobs, cluster: Cluster, clock: Clock) -> None:
        """Carry out what the spec forbids at first sight, and answer what is asked for."""
        self._parts = parts
        self._jobs = jobs
        self._cluster = cluster
        self._clock = clock
        self._forbid()
        if parts.requests.is_open:
            self._answer()

    def take(self, config: TelemetryConfig) -> None:
        """Take the newest form of the object; only its spec and its annotation count.

        Our own status writes come back here too, with the generation that we know.
        """
        specs = self._parts.specs
        known = specs.config
        if config.generation != known.generation:
            self._take_spec(config)
        else:
            specs.see(config)
        if self._parts.requests.take(config.requested_at):
            self._answer()
        if (config.generation, config.requested_at) != (known.generation, known.requested_at):
            self._jobs.wake()

    def settle(self, *, at_once: bool = False) -> None:
        """Let the newest spec send once it has stood long enough."""
        parts = self._parts
        if not parts.specs.settle(at_once=at_once) or parts.specs.in_force is None:
            return
        before = parts.store.ledger.remembered.destination
        self._move(parts.specs.in_force.destination)
        known = parts.store.ledger.remembered
        if before != known.destination and known.last_report_ms and not known.delivered_to:
            self._ask_for_report(parts.specs.in_force, is_edit=bool(before))
        self._jobs.wake()  # a report may have waited for it

    def _ask_for_report(self, spec: Effective, *, is_edit: bool) -> None:
        """Ask for a report to where nothing was delivered yet; a fleet never moves as one.

        Where no disk says where the last one went, this may be no edit but the start of a fleet.
        """
        parts, cluster_id = self._parts, self._cluster.id
        if cluster_id is None:
            return
        start = start_splay(cluster_id, spec.sending_interval)
        splay = edit_splay(cluster_id) if is_edit else start
        if parts.rounds.is_open:
            parts.rounds.resume(splay.total_seconds())
        else:
            parts.timetable.ask_after(splay)

    def _take_spec(self, config: TelemetryConfig) -> None:
        parts = self._parts
        before, was_enabled = parts.specs.in_force, parts.specs.is_enabled
        parts.specs.take(config)
        self._jobs.cut("beside")
        self._jobs.cut(LIFECYCLE)
        if is_narrowed(before, parts.specs.in_force):
            self._jobs.cut("reporting")
        if parts.store.ledger.remembered.learned != Learned():
            parts.store.record(Learned())
        self._forbid()
        newest = parts.specs.newest
        if newest is not None and not newest.report_history_limit:
            parts.store.history.clear()
        if parts.specs.is_enabled and not was_enabled:
            parts.passes.restart()
            parts.timetable.restart()
            parts.rounds.restart()
            parts.hindrances.forget_bugs()

    def _forbid(self) -> None:
        """Stop what the newest spec forbids, and forget what an opt-out wants forgotten."""
        parts = self._parts
        if parts.specs.is_enabled:
            return
        self._jobs.cut("sampling")
        parts.passes.forget()
        parts.labels.forget()
        parts.timetable.forget()
        if parts.specs.error is not None:
            name, reason = parts.specs.config.name, ReportingReason.INVALID_SPEC
            logger.warning("%s", parts.specs.error, extra=about(name, reason=reason))
        else:
            parts.store.delete()

    def _move(self, to: Destination) -> None:
        """Send there from now on: a backlog never crosses servers."""
        parts, origin, destination = self._parts, to.endpoint.origin, fingerprint(to)
        parts.rounds.aim(destination)
        known, times_ms = parts.store.ledger.remembered, parts.store.ledger.backlog.times_ms
        if (known.origin, known.destination) == (origin, destination):
            return
        if known.origin in {None, origin}:
            parts.store.record(Moved(origin, destination))
            return
        now_ms = milliseconds(self._clock.now())
        parts.store.record(Lost(times_ms, LossReason.MOVED, now_ms), Moved(origin, destination))
        parts.passes.forget()
        parts.timetable.forget()
        reason = LOSS_NAMES[LossReason.MOVED]
        logger.warning(
            "reports now go to %s; dropped the samples that were collected for %s",
            *(origin, known.origin),
            extra=about(parts.specs.config.name, passes=len(times_ms), reason=reason),
        )

    def _answer(self) -> None:
        """Answer `requestedAt`: with a report, or at once where none can be made."""
        if self._parts.specs.is_enabled:
            self.settle(at_once=True)
            self._parts.timetable.ask_now()
        else:
            self._parts.requests.answer()
