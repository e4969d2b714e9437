"""Which passes of a record are stored nowhere, and which of these should be."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.search.evidence import (
    SETTLED,
    last_fresh,
    once,
    outages,
    wishes,
)
from tests.search.plan import A_MINUTE, SECONDS, Cut, Wish
from tests.search.rounds import VERDICTS, complete_rounds
from tests.search.run import Record
from tests.search.stage import ms

MAX_AGE_MS = 168 * 3_600_000
"""The sender gives up what is older."""
LATE_MS = 2000
ROUNDED_MS = 5
"""So much earlier than its time on the grid a pass may seem to be."""
A_RETRY = 20 * A_MINUTE
"""The first round after an outage comes so late, and opens as what was said in it asks for."""


@once
def not_stored(record: Record) -> list[int]:
    """Give the passes that no receiver has."""
    known = {time_ms for stored in record.stored.values() for _, time_ms in stored}
    return [each for each in record.passes if each not in known]


def missing(record: Record) -> list[int]:
    """Give the passes that no receiver has, but for those after the last delivery."""
    last = last_fresh(record)
    newest_ms = ms(record.ended) if last is None else last.newest_ms
    return [each for each in not_stored(record) if each <= newest_ms]


def on_grid(passes: Sequence[int], seconds: float) -> set[int]:
    """Give those of some passes that were made at their time; others are extra ones.

    Args:
        passes: their times in ms.
        seconds: the sampling interval.
    """
    interval_ms = int(seconds * 1000)
    [(phase_ms, _)] = Counter(each % interval_ms for each in passes).most_common(1)
    near = sorted(
        each for each in passes if (each - phase_ms + ROUNDED_MS) % interval_ms <= LATE_MS
    )
    # A pass that is asked for right after one of the grid is an extra one.
    return {each for before, each in pairwise([0, *near]) if each - before > 2 * LATE_MS}


@once
def missing_on_grid(record: Record) -> list[int]:
    """Give those of the missing passes that no newer one may have taken the place of."""
    made = on_grid(record.passes, SECONDS[record.plan.sampling])
    absent = [each for each in missing(record) if each in made]
    return [each for each in absent if not is_excused(record, each)]


def is_excused(record: Record, time_ms: int) -> bool:
    """Tell whether the admin or a power cut has taken a pass away."""
    at = (time_ms - ms(0)) / 1000
    taken, edits = complete_rounds(record), wishes(record)
    next_taken = bisect_left(taken, at)
    for when, wish in edits[1:]:
        is_end = not wish.is_enabled or wish.host != _host_before(edits, when)
        is_waiting = next_taken == len(taken) or taken[next_taken] >= when - A_MINUTE
        if at <= when + SETTLED and is_end and is_waiting:
            return True
    cuts = [when for when, event in record.happened if isinstance(event, Cut)]
    return any(abs(at - when) < 2 for when in cuts)


def _host_before(edits: list[tuple[float, Wish]], when: float) -> str:
    return [wish.host for at, wish in edits if at < when][-1]


def has_expired(status: Mapping[str, Any], at: float) -> bool:
    """Tell whether what was lost last had waited for as long as anything may."""
    loss = status["lastLoss"]
    newest_ms = datetime.fromisoformat(loss["to"]).timestamp() * 1000
    return loss["reason"] == "Expired" and newest_ms <= ms(at) - MAX_AGE_MS


def takeable_but_missing(record: Record) -> list[int]:
    """Give the passes that would have been taken in the first complete round after them."""
    product, taken = record.plan.product, complete_rounds(record)
    names = {str(status) for status in VERDICTS}
    verdicts = [(each.begin, each.end) for each in outages(record) if each.name in names]
    found = []
    for time_ms in missing_on_grid(record):
        at = (time_ms - ms(0)) / 1000
        place = bisect_left(taken, at)
        if place == len(taken):
            continue
        round_at = taken[place]
        if not product.has_window and any(
            begin < round_at and at < end + A_RETRY for begin, end in verdicts
        ):
            continue
        slack_ms = 3_600_000 if product.has_window else 0
        limit_ms = min(product.takes_ms or MAX_AGE_MS, MAX_AGE_MS) - slack_ms
        if ms(round_at) - time_ms <= limit_ms:
            found.append(time_ms)
    return found


def span(times_ms: list[int]) -> str:
    first, last = ((each - ms(0)) / 3_600_000 for each in (times_ms[0], times_ms[-1]))
    return f"of {first:.1f} h to {last:.1f} h"
