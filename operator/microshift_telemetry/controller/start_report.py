"""Reports that a start brings: one for each of MicroShift's, the first one ever, a missed one."""

from datetime import datetime

from microshift_telemetry.controller.schedule import (
    EPOCH,
    Grids,
    grids,
    is_same_start,
    is_start_report_due,
    moment,
    start_splay,
)
from microshift_telemetry.controller.state import State
from microshift_telemetry.spec.effective import Effective


class StartReport:
    """Asks for a start report once for each start of MicroShift that no report has followed."""

    def __init__(self, state: State) -> None:
        """Have asked for none."""
        self._state = state
        self._is_asked = False
        self._asked_for: datetime | None = None

    def forget(self) -> None:
        """Ask again if none has followed: the report that was asked for is gone."""
        self._is_asked = False

    def catch_up(
        self, spec: Effective, cluster_id: str, now: datetime, earliest: datetime
    ) -> Grids:
        """Bring the plan to a present that may have jumped; give what is due when.

        `earliest` is when the spec may be used for sending; the splay of a missed report begins
        then.
        """
        on = grids(cluster_id, spec.sampling_interval, spec.sending_interval)
        again = earliest + start_splay(cluster_id, spec.sending_interval)
        self._state.plan = self._state.plan.until(now).caught_up(on, now, again)
        return on

    def ask(
        self,
        spec: Effective,
        cluster_id: str,
        microshift_start: datetime | None,
        earliest: datetime,
    ) -> None:
        """Put a start report into the plan when one is due and not asked for.

        Args:
            spec: the newest one.
            cluster_id: decides the splay.
            microshift_start: None as long as `/metrics` could not be read; then only the very
                first report is due.
            earliest: when the spec may be used for sending; the splay begins then.
        """
        answered = self._state.last_report
        frozen = self._state.frozen
        if frozen is not None and frozen.newest_ms is not None:
            # A report that is on its way from an earlier process answers the same start.
            answered = max(answered or EPOCH, moment(frozen.newest_ms))
        if not is_start_report_due(answered, microshift_start):
            return
        is_known = self._is_asked and is_same_start(self._asked_for, microshift_start)
        self._asked_for = microshift_start or self._asked_for
        self._is_asked = True
        if not is_known:
            splay = start_splay(cluster_id, spec.sending_interval)
            self._state.plan = self._state.plan.with_extra(earliest + splay)
