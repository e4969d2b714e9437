"""Which passes of a record are stored nowhere, and which of these should be."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import inf
from typing import Any

from tests.search.evidence import (
    SETTLED,
    condition,
    disturbances,
    last_fresh,
    once,
    outages,
    wishes,
)
from tests.search.plan import A_MINUTE, SECONDS, Cut, Wish
from tests.search.rounds import VERDICTS, complete_rounds
from tests.search.run import Record
from tests.search.stage import ms

FEWEST, MOST = 11, 17
"""Samples of a pass."""
MAX_AGE_MS = 168 * 3_600_000
"""The sender gives up what is older."""
LATE_MS = 2000
ROUNDED_MS = 5
"""So much earlier than its time on the grid a pass may seem to be."""
A_DAY_MS = 24 * 3_600_000
"""What has expired is given up with the next pass, which a device makes once it is on."""
A_ROUND_MS = 5 * 60_000
"""A window moves on while a round goes on."""
A_RETRY = 20 * A_MINUTE
"""The first round after an outage comes so late, and opens as what was said in it asks for."""

Told = tuple[float, Mapping[str, Any]]
"""A status, and when it was told."""


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
    made, absent = on_grid(record.passes, SECONDS[record.plan.sampling]), missing(record)
    # Of two side by side, one was asked for at the other's time, and either may be the one.
    stored = sorted(set(record.passes) - set(absent))

    def has_twin(time_ms: int) -> bool:
        near = bisect_left(stored, time_ms - 2 * LATE_MS)
        return near < len(stored) and stored[near] <= time_ms + 2 * LATE_MS

    return [each for each in absent if each in made and not has_twin(each)]


def uncounted(record: Record) -> list[int]:
    """Give the missing passes that an admin must be told of; a power cut's are counted nowhere."""
    return _without_excused(record, [], [])


def opted_out(record: Record) -> int:
    """Tell how many samples waited, as the status said, when an opt-out took them away."""
    total = 0
    for when, wish in wishes(record)[1:]:
        told = [status for at, status in record.statuses if at < when]
        if not wish.is_enabled and told:
            total += told[-1].get("pendingSamples", 0) + MOST  # and a pass made since
    return total


def _without_excused(record: Record, taken: list[float], ends: list[float]) -> list[int]:
    """Give the missing passes but for those that waited when the admin or a cut took them away.

    Args:
        record: of a run.
        taken: when what waited was taken.
        ends: when the admin has ended what waits.
    """
    cuts = [when for when, event in record.happened if isinstance(event, Cut)]
    spans = [(when, _settled_at(record, when)) for when in ends]

    def is_excused(at: float) -> bool:
        next_taken = bisect_left(taken, at)
        until = taken[next_taken] if next_taken < len(taken) else inf
        is_ended = any(at <= settled and when <= until + A_MINUTE for when, settled in spans)
        return is_ended or any(abs(at - when) < 2 for when in cuts)

    return [each for each in missing_on_grid(record) if not is_excused((each - ms(0)) / 1000)]


def _settled_at(record: Record, when: float) -> float:
    """Tell when an edit came into force: a process that starts lets it settle anew."""
    settled = when + SETTLED
    for begin, until in disturbances(record):
        if when < begin <= settled:
            settled = until + SETTLED
    return settled


def _host_before(edits: list[tuple[float, Wish]], when: float) -> str:
    return [wish.host for at, wish in edits if at < when][-1]


def has_expired(record: Record, old: Told, new: Told) -> bool:
    """Tell whether what was lost between two statuses had waited for as long as anything may."""
    (before, earlier), (at, status) = old, new
    loss = status["lastLoss"]
    if loss == earlier.get("lastLoss") or loss["reason"] != "Expired":
        return False
    newest_ms = datetime.fromisoformat(loss["to"]).timestamp() * 1000
    oldest_ms = ms(before) - MAX_AGE_MS - A_DAY_MS
    absent = not_stored(record)
    passes = bisect_right(absent, newest_ms) - bisect_left(absent, oldest_ms)
    lost = status["droppedSamples"] - earlier.get("droppedSamples", 0)
    return newest_ms <= ms(at) - MAX_AGE_MS and lost <= MOST * passes


def maybe_stored(record: Record) -> int:
    """Count the samples that were told of as given up and perhaps stored.

    While a report is open, each of its attempts tells them anew.
    """
    found, told, last = 0, 0, None
    for _, status in record.statuses:
        report = status.get("lastReport")
        if report == last or not isinstance(report, dict):
            continue
        now = report.get("maybeStored", 0)
        found += now - told if now >= told else now
        is_closed = condition(status, "Reporting")["status"] == "True"
        told, last = 0 if is_closed else now, report
    return found


def takeable_but_missing(record: Record) -> list[int]:
    """Give the passes that would have been taken in the first complete round after them.

    One that is made while a round goes on is none of it.
    """
    product, rounds, edits = record.plan.product, complete_rounds(record), wishes(record)
    begins, taken = [began for began, _ in rounds], [at for _, at in rounds]
    ends = [
        when
        for when, wish in edits[1:]
        if not wish.is_enabled or wish.host != _host_before(edits, when)
    ]
    names = {str(status) for status in VERDICTS}
    verdicts = [(each.begin, each.end) for each in outages(record) if each.name in names]
    found = []
    for time_ms in _without_excused(record, taken, ends):
        at = (time_ms - ms(0)) / 1000
        place = bisect_left(begins, at)
        if place == len(begins):
            continue
        round_at = taken[place]
        if not product.has_window and any(
            begin < round_at and at < end + A_RETRY for begin, end in verdicts
        ):
            continue
        limit_ms = min(product.takes_ms or MAX_AGE_MS, MAX_AGE_MS) - (
            A_ROUND_MS if product.has_window else 0
        )
        if ms(round_at) - time_ms <= limit_ms:
            found.append(time_ms)
    return found


def span(times_ms: list[int]) -> str:
    first, last = ((each - ms(0)) / 3_600_000 for each in (times_ms[0], times_ms[-1]))
    return f"of {first:.1f} h to {last:.1f} h"
