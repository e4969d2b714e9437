"""What a round means beyond its report: what is lost for good, and what the receiver taught."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import Learned, LossReason, Lost, Remembered
from microshift_telemetry.clock import milliseconds, moment
from microshift_telemetry.controller.schedule import grids
from microshift_telemetry.delivery.round import Ended
from microshift_telemetry.report.aggregation import after_report, is_lesson
from microshift_telemetry.spec.effective import Effective


def losses_of(ended: Ended, ledger: Ledger, now_ms: int) -> Iterator[Lost]:
    """Tell what is lost for good with a round.

    A mean that may be stored stands at one instant, whose own pass must not go out any more.
    """
    if ended.refused_ms:
        yield Lost(ended.refused_ms, LossReason.REFUSED, now_ms)
    means = [each for each in ledger.backlog.marked() if each.form.is_averaged]
    if ended.is_complete and means:
        times_ms = sorted(time_ms for each in means for time_ms in each.times_ms)
        yield Lost(tuple(times_ms), LossReason.UNANSWERED, now_ms)


def lesson_of(
    ended: Ended, known: Remembered, spec: Effective, cluster_id: str, now: datetime
) -> Learned | None:
    """Learn from a report of the grid how the receiver takes old samples; None: nothing new."""
    on = grids(cluster_id, spec.sampling_interval, spec.sending_interval)
    now_ms, interval_ms = milliseconds(now), spec.sending_interval // timedelta(milliseconds=1)
    is_on_grid = on.reports.has(moment(known.report_due_ms or 0))
    if not (ended.had_old and is_on_grid and is_lesson(known.learned, now_ms, interval_ms)):
        return None
    refused_recent = any(each >= now_ms - 5 * interval_ms // 4 for each in ended.refused_ms)
    return after_report(known.learned, now_ms, refused_recent=refused_recent)
