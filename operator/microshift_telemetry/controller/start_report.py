"""Reports that a start brings: one for each of MicroShift's, the first one ever, a missed one."""

from datetime import datetime, timedelta

from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.schedule import (
    EPOCH,
    Grids,
    grids,
    is_answered,
    moment,
    start_splay,
)
from microshift_telemetry.controller.state import State
from microshift_telemetry.sources.microshift_start import MicroshiftStart, SeenStart
from microshift_telemetry.spec.effective import Effective


class StartReport:
    """Asks for a start report once for each start of MicroShift that no report has followed.

    Source: the enhancement, "In every MicroShift start all metrics shall be sent".
    """

    def __init__(self, state: State, cluster: Cluster, clock: Clock) -> None:
        """Have asked for none."""
        self._state = state
        self._cluster = cluster
        self._clock = clock
        self._is_asked = False
        self._asked_for: MicroshiftStart | None = None

    def forget(self) -> None:
        """Ask again if none has followed: the report that was asked for is gone."""
        self._is_asked = False

    def catch_up(self, spec: Effective, cluster_id: str, earliest: datetime) -> Grids:
        """Bring the plan to a present that may have jumped; give what is due when.

        `earliest` is when the spec may be used for sending; the splay of a missed report begins
        then.
        """
        now = self._clock.now()
        on = grids(cluster_id, spec.sampling_interval, spec.sending_interval)
        again = earliest + start_splay(cluster_id, spec.sending_interval)
        self._state.plan = self._state.plan.until(now).caught_up(on, now, again)
        return on

    def ask(self, spec: Effective, cluster_id: str, earliest: datetime) -> None:
        """Put a start report into the plan when one is due and not asked for.

        Args:
            spec: the newest one.
            cluster_id: decides the splay.
            earliest: when the spec may be used for sending; the splay begins then.
        """
        seen = self._cluster.microshift_start
        start = None if seen is None else seen.start
        if not self._is_due(seen):
            return
        is_known = self._is_asked and _may_be_same(self._asked_for, start)
        self._asked_for = start or self._asked_for
        self._is_asked = True
        if not is_known:
            splay = start_splay(cluster_id, spec.sending_interval)
            self._state.plan = self._state.plan.with_extra(earliest + splay)

    def _is_due(self, seen: SeenStart | None) -> bool:
        """Tell whether no report has followed a start; of one that is not known, the first ever."""
        last_report = self._last_report()
        if last_report is None or seen is None:
            return last_report is None
        if self._state.answered_start is not None:
            return not self._state.answered_start.is_same_as(seen.start)
        # Nothing is kept on a disk: the wall clock must do, once.
        started = EPOCH + timedelta(seconds=seen.at_seconds)
        if is_answered(last_report, started, self._clock.now()):
            self._state.answered_start = seen.start
        return self._state.answered_start is None

    def _last_report(self) -> datetime | None:
        """Tell when a report was last delivered, or the one that is on its way was made."""
        delivered, frozen = self._state.last_report, self._state.frozen
        if frozen is None or frozen.newest_ms is None:
            return delivered
        return max(delivered or EPOCH, moment(frozen.newest_ms))


def _may_be_same(one: MicroshiftStart | None, other: MicroshiftStart | None) -> bool:
    return one is None or other is None or one.is_same_as(other)
