"""The start report: one more report for each start of MicroShift, and the first one ever."""

from datetime import datetime

from microshift_telemetry.controller.schedule import (
    is_same_start,
    is_start_report_due,
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
        if not is_start_report_due(self._state.last_report, microshift_start):
            return
        is_known = self._is_asked and is_same_start(self._asked_for, microshift_start)
        self._asked_for = microshift_start or self._asked_for
        self._is_asked = True
        if not is_known:
            splay = start_splay(cluster_id, spec.sending_interval)
            self._state.plan = self._state.plan.with_extra(earliest + splay)
