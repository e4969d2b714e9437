"""What must survive the process: state → journal, and back at the next start.

Without a disk, or with a full one, the operator goes on in memory, says so, and catches up.
"""

import logging
from dataclasses import replace
from datetime import datetime

from microshift_telemetry.buffer.journal import Contents, Owner
from microshift_telemetry.buffer.journal_file import JournalFile
from microshift_telemetry.buffer.records import Forgotten, Record
from microshift_telemetry.buffer.remembered import Remembered
from microshift_telemetry.buffer.state_directory import JournalError, StateDirectory
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.schedule import Plan, milliseconds, moment
from microshift_telemetry.controller.state import State
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.report.aggregation import Learned

logger = logging.getLogger(__name__)


class Keeper:
    """Keeps one object's state on the disk."""

    def __init__(self, state: State, directory: StateDirectory | None) -> None:
        """Keep nothing yet; without a directory, never."""
        self._state = state
        self._directory = directory
        self._file: JournalFile | None = None
        self._trouble = ""
        self._damage = ""
        self._undeleted = ""

    @property
    def note(self) -> str:
        """What an admin should know; empty while all is well."""
        if self._undeleted:
            return f"what was kept on the disk is not deleted yet: {self._undeleted}"
        if self._trouble:
            return f"samples are kept in memory only: {self._trouble}"
        return self._damage

    async def take_up(self, cluster: Cluster, cluster_id: str) -> bool:
        """Go on where an earlier process of this object, cluster and machine has ended.

        Returns:
            Whether that was done now; it is tried again as long as it fails.
        """
        self.delete_what_is_left()
        if self._undeleted:
            return False
        if self._directory is None or (self._file is not None and self._file.is_loaded):
            return False
        if self._file is None:
            try:
                machine_id = await cluster.machine_id()
            except TelemetryError:
                return False  # Sampling names the node that can't be read.
            owner = Owner.of(self._state.config.uid, cluster_id, machine_id)
            self._file = JournalFile(self._directory, owner)
        try:
            loaded = self._file.load()
        except JournalError as error:
            self._say(str(error))
            return False
        if loaded.said:
            logger.warning("%s: %s", self._state.config.name, loaded.said)
        self._damage = loaded.said or ""
        is_under_way = self._state.backlog.samples > 0 or self._state.frozen is not None
        _restore(self._state, loaded.contents)
        if is_under_way or loaded.said:
            self._write(is_whole=True)
        return True

    def keep(self, *records: Record) -> None:
        """Write records, and the little that changes with them, in one write."""
        self._write(*records, _remembered(self._state))

    def keep_forgotten(self, times_ms: tuple[int, ...], *records: Record) -> None:
        """Write records of passes that have left the backlog."""
        self.keep(*((Forgotten(times_ms),) if times_ms else ()), *records)

    def delete(self) -> None:
        """Remove all that is kept for the object, set-aside files included."""
        self._file, self._trouble, self._damage = None, "", ""
        if self._directory is None:
            return
        before, self._undeleted = self._undeleted, ""
        try:
            self._directory.remove_all(self._state.config.uid)
        except JournalError as error:
            self._undeleted = str(error)
            if before != self._undeleted:
                logger.warning("%s: %s; tried again", self._state.config.name, self.note)

    def delete_what_is_left(self) -> None:
        """Try again to remove what should be gone; nothing of it is ever read."""
        if self._undeleted:
            self.delete()

    def _write(self, *records: Record, is_whole: bool = False) -> None:
        if self._file is None or not self._file.is_loaded:
            return
        live = _contents(self._state)
        try:
            if is_whole:
                self._file.rewrite(live)
            else:
                self._file.append(live, *records)
        except JournalError as error:
            self._say(str(error))
        else:
            self._say("")

    def _say(self, trouble: str) -> None:
        name = self._state.config.name
        if trouble and trouble != self._trouble:
            logger.warning("%s: samples are kept in memory only: %s", name, trouble)
        elif self._trouble and not trouble:
            logger.info("%s: samples are kept on the disk again", name)
        self._trouble = trouble


def _contents(state: State) -> Contents:
    return Contents(state.backlog, _remembered(state), state.frozen, state.progress)


def _remembered(state: State) -> Remembered:
    since = state.learned.averaging_since
    return Remembered(
        cpu=state.cpu,
        last_report_ms=None if state.last_report is None else milliseconds(state.last_report),
        answered_start=state.answered_start,
        dropped_samples=state.dropped_samples,
        origin=state.origin,
        refusals=state.learned.refusals,
        averaging_since_ms=None if since is None else milliseconds(since),
    )


def _restore(state: State, contents: Contents) -> None:
    """Put what was kept under what this process has done since its start."""
    kept, taken_since = contents.remembered, state.backlog
    is_ours = state.origin is None or kept.origin in {None, state.origin}
    state.dropped_samples = max(state.dropped_samples, kept.dropped_samples)
    state.cpu = state.cpu or kept.cpu
    if not is_ours:
        state.dropped_samples += contents.backlog.samples
        return
    state.backlog = contents.backlog
    state.backlog.take_over(taken_since)
    state.origin = state.origin or kept.origin
    if state.frozen is None:
        state.frozen, state.progress = contents.report, contents.progress
    state.answered_start = state.answered_start or kept.answered_start
    state.learned = Learned(
        kept.refusals,
        None if kept.averaging_since_ms is None else moment(kept.averaging_since_ms),
    )
    delivered = [] if kept.last_report_ms is None else [moment(kept.last_report_ms)]
    if state.last_report is not None:
        delivered.append(state.last_report)
    state.last_report = max(delivered, default=None)
    state.plan = _plan_after(state.plan, contents)


def _plan_after(plan: Plan, contents: Contents) -> Plan:
    """Count what was kept as done: a pass that is there, a report that was frozen or delivered."""
    report = contents.report
    frozen_ms = (report.newest_ms if report is not None else None) or 0
    delivered_ms = contents.remembered.last_report_ms or 0
    passed = _done_until(max(contents.backlog.times_ms, default=0))
    reported = _done_until(max(frozen_ms, delivered_ms))
    return replace(plan, passed=max(plan.passed, passed), reported=max(plan.reported, reported))


def _done_until(time_ms: int) -> datetime:
    """Times are kept cut to the millisecond: what was due in the rest of it was done as well."""
    return moment(time_ms + 1)
