"""Whether a report sends every sample or one mean a series, and how `Auto` learns which."""

from microshift_telemetry.buffer.records import Learned

REFUSALS_TO_LEARN = 2
TRY_AGAIN_AFTER_MS = 7 * 86_400_000


def after_report(learned: Learned, now_ms: int, *, refused_recent: bool) -> Learned:
    """Learn from a report of the grid whose newest pass was taken.

    Args:
        learned: what was known before.
        now_ms: when it was delivered.
        refused_recent: the receiver refused passes that an ordinary report has: younger than
            1¼ sending intervals. Older ones are what an outage has left, and teach nothing.
    """
    if not refused_recent:
        return Learned(learned_ms=now_ms)
    refusals = learned.refusals + 1
    since_ms = now_ms if refusals >= REFUSALS_TO_LEARN else None
    return Learned(refusals, since_ms, now_ms)


def is_lesson(learned: Learned, now_ms: int, sending_interval_ms: int) -> bool:
    """Tell whether a report of the grid teaches: at least half an interval after the last one."""
    before_ms = learned.learned_ms
    return before_ms is None or abs(now_ms - before_ms) >= sending_interval_ms // 2


def is_averaging(learned: Learned, now_ms: int) -> bool:
    """Tell whether the next report is averaged; once a week the full form is tried again."""
    since_ms = learned.averaging_since_ms
    return since_ms is not None and abs(now_ms - since_ms) < TRY_AGAIN_AFTER_MS


def is_averaged(aggregation: str, learned: Learned, now_ms: int) -> bool:
    """Tell whether a report that is sent now has means: by `None`, `Average` or `Auto`."""
    return aggregation == "Average" or (aggregation == "Auto" and is_averaging(learned, now_ms))


def mean(values: list[float]) -> float:
    """Average the samples of one series; never of none."""
    return sum(values) / len(values)
