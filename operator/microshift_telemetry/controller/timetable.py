"""When this TelemetryConfig's passes and reports are due: its plan, and the starts it answers."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import Remembered
from microshift_telemetry.clock import EPOCH, Clock, moment
from microshift_telemetry.controller.schedule import (
    OVERDUE_SECONDS,
    Grids,
    Plan,
    grids,
    is_answered,
    start_splay,
)
from microshift_telemetry.sources.microshift_start import MicroshiftStart, SeenStart
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.status.body import parse_timestamp

TOLD_TO = timedelta(seconds=1)
"""The status tells times cut to the second: what was due in the rest of it was done as well."""


class Timetable:
    """Asks for a start report once for each start of MicroShift that no report has followed.

    Source: the enhancement, "In every MicroShift start all metrics shall be sent".
    """

    def __init__(self, clock: Clock, status: Mapping[str, object]) -> None:
        """Go on where the object's status says that an earlier process ended."""
        now = clock.now()
        self._clock = clock
        self._plan = Plan(
            _done_until(parse_timestamp(status.get("lastSampleTime")), now),
            _done_until(parse_timestamp(status.get("lastReportTime")), now),
        )
        self._is_missed = False
        """The pass for a report was not made."""
        self._is_asked = False
        self._asked_for: MicroshiftStart | None = None
        self._answered: MicroshiftStart | None = None
        """A start that a report has followed, as the wall clock says where nothing is kept."""

    def restart(self) -> None:
        """Begin anew: what was due while nothing was measured is not made up for."""
        self._plan, self._is_missed = Plan(self._clock.now(), self._clock.now()), False
        self.forget()

    def resume(self, ledger: Ledger) -> None:
        """Count what an earlier process has kept as done."""
        known, times_ms = ledger.remembered, ledger.backlog.times_ms
        reported_ms = max(known.report_due_ms or 0, known.last_report_ms or 0)
        self._plan = self._plan.done_until(
            passed=self._past(max(times_ms, default=0)), reported=self._past(reported_ms)
        )

    def _past(self, time_ms: int) -> datetime:
        """Tell until when all was done; times are kept cut to the millisecond."""
        return min(moment(time_ms + 1), self._clock.now())

    def is_overdue(self, on: Grids) -> bool:
        """Tell whether a report fell due hours ago, and nothing was done for it."""
        late = self._clock.now() - self._plan.next_report(on)
        return late.total_seconds() > OVERDUE_SECONDS

    def forget(self) -> None:
        """Ask again if no report has followed: the one that was asked for is gone."""
        self._is_asked = False

    def ask_now(self) -> None:
        """Ask for a pass and a report at once."""
        self._plan = self._plan.with_extra(self._clock.now())

    def catch_up(self, spec: Effective, cluster_id: str, earliest: datetime) -> Grids:
        """Bring the plan to a present that may have jumped; give what is due when.

        `earliest` is when the spec may be used for sending; the splay of a missed report begins
        then.
        """
        now = self._clock.now()
        on = grids(cluster_id, spec.sampling_interval, spec.sending_interval)
        again = earliest + start_splay(cluster_id, spec.sending_interval)
        self._plan = self._plan.until(now).caught_up(on, now, again)
        return on

    def next_pass(self, on: Grids) -> datetime:
        """Tell when the next pass is due."""
        return self._plan.next_pass(on)

    def next_report(self, on: Grids) -> datetime:
        """Tell when the next report is due."""
        return self._plan.next_report(on)

    def take_due(self, on: Grids, now: datetime) -> tuple[bool, bool] | None:
        """Take the pass that is due; None when none is.

        Returns:
            Whether it is for a report, and whether it lies off the grid.
        """
        if self._plan.next_pass(on) > now:
            return None
        for_report = self._is_missed or self._plan.next_report(on) <= now
        is_extra = on.passes.next_after(self._plan.passed) > now
        self._plan = self._plan.after_pass(now, for_report=for_report)
        self._is_missed = False
        return for_report, is_extra

    def note_missed(self) -> None:
        """Note that the pass for a report was not made, by a bug: the next pass is for it."""
        self._is_missed = True

    def ask_if_owed(
        self, ledger: Ledger, seen: SeenStart | None, splay: timedelta, earliest: datetime
    ) -> None:
        """Put a report into the plan when a start, or no report ever, asks for one."""
        start = None if seen is None else seen.start
        if not self._is_owed(ledger, seen):
            return
        is_known = self._is_asked and _may_be_same(self._asked_for, start)
        self._asked_for = start or self._asked_for
        self._is_asked = True
        if not is_known:
            self._plan = self._plan.with_extra(earliest + splay)

    def ask_after(self, splay: timedelta) -> None:
        """Ask for a pass and a report after so long."""
        self._plan = self._plan.with_extra(self._clock.now() + splay)

    def _is_owed(self, ledger: Ledger, seen: SeenStart | None) -> bool:
        """Tell whether no report has followed a start; of one that is not known, the first ever."""
        last_report, known = _last_report(ledger), ledger.remembered
        if last_report is None or seen is None:
            return last_report is None
        answered = known.answered_start or self._answered
        if answered is not None:
            return not (answered.is_same_as(seen.start) or self._is_followed(answered, seen, known))
        # Nothing is kept on a disk: the wall clock must do, once.
        if is_answered(last_report, started_at(seen), self._clock.now()):
            self._answered = seen.start
        return self._answered is None

    def _is_followed(self, answered: MicroshiftStart, seen: SeenStart, known: Remembered) -> bool:
        """Tell whether a start of this boot lies before the pass for the last report.

        Of several API servers each tells its own start, and none of these is a new one.
        """
        if answered.boot_id != seen.start.boot_id or known.report_due_ms is None:
            return False
        return is_answered(moment(known.report_due_ms), started_at(seen), self._clock.now())


def started_at(seen: SeenStart) -> datetime:
    """Tell when a start was, as the clock had it when it was read."""
    return EPOCH + timedelta(seconds=seen.at_seconds)


def _last_report(ledger: Ledger) -> datetime | None:
    """Tell when a report was last delivered, or the one that is open fell due."""
    known = ledger.remembered
    open_ms = known.report_due_ms if known.is_report_open else None
    times_ms = [each for each in (known.last_report_ms, open_ms) if each is not None]
    return moment(max(times_ms)) if times_ms else None


def _may_be_same(one: MicroshiftStart | None, other: MicroshiftStart | None) -> bool:
    return one is None or other is None or one.is_same_as(other)


def _done_until(told: datetime | None, now: datetime) -> datetime:
    return now if told is None else min(told, now) + TOLD_TO
