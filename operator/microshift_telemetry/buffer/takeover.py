"""What an earlier process has left, and what this one has recorded before it could read that."""

from microshift_telemetry.buffer.dating import seen_since
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import (
    Answered,
    Fate,
    Loss,
    LossReason,
    Lost,
    Moved,
    PassMade,
    Remembered,
)


def take_over(left: Ledger, since: Ledger, seed: Remembered, at_ms: int) -> bool:
    """Bring what an earlier process left up to date; tell whether that changed it.

    Args:
        left: by the earlier process. Changed in place.
        since: of this process. It is the newer one wherever both know something.
        seed: what `since` began from.
        at_ms: now.
    """
    before = left.remembered
    is_changed = left.offered is not None or bool(since.backlog.samples) or bool(since.offered)
    left.apply(Answered(Fate.UNANSWERED))
    for record in seen_since(left, since.remembered):
        left.apply(record)
    origin = since.remembered.origin
    if origin is not None:
        if before.origin not in {None, origin} and left.backlog.samples:
            left.apply(Lost(left.backlog.times_ms, LossReason.MOVED, at_ms))
        left.apply(Moved(origin, since.remembered.destination))
    for sample_pass in since.backlog.passes():
        time_ms = sample_pass.time_ms
        stamp = since.backlog.stamp_of(time_ms)
        left.apply(PassMade(sample_pass, is_extra=time_ms == since.extra_ms, stamp=stamp))
    for mark in since.backlog.marked():
        left.apply(mark)
    left.apply(_joined(left.remembered, since.remembered, seed))
    if since.offered is not None:
        left.apply(since.offered)
    return is_changed or left.remembered != before


def _joined(left: Remembered, since: Remembered, seed: Remembered) -> Remembered:
    """Join what two processes remember; counts of the newer one go on where the older one ended."""
    had_report = since.report_due_ms is not None
    reported = max(left, since, key=lambda each: each.last_report_ms or 0)
    dropped_since = since.dropped_samples - seed.dropped_samples
    return Remembered(
        cpu=since.cpu or left.cpu,
        origin=since.origin or left.origin,
        destination=left.destination or since.destination,
        report_due_ms=since.report_due_ms if had_report else left.report_due_ms,
        is_report_open=since.is_report_open if had_report else left.is_report_open,
        answered_start=since.answered_start or left.answered_start,
        last_report_ms=reported.last_report_ms,
        # Version 0.1.0 kept no destination: what the status says of it counts.
        delivered_to=reported.delivered_to or ("" if left.destination else since.delivered_to),
        learned=left.learned if since.learned == seed.learned else since.learned,
        dropped_samples=max(left.dropped_samples, seed.dropped_samples) + dropped_since,
        maybe_stored_samples=since.maybe_stored_samples
        + (0 if had_report else left.maybe_stored_samples),
        epoch=left.epoch,
        keeps_time=left.keeps_time,
        loss=max((each.loss for each in (left, since) if each.loss), key=_at, default=None),
    )


def _at(loss: Loss) -> int:
    return loss.at_ms
