"""What a record says of itself: outages, moments, and passes that are missing."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.search.plan import (
    A_MINUTE,
    AN_HOUR,
    HOSTS,
    SECONDS,
    Cut,
    Edit,
    Fault,
    Restart,
    Wish,
)
from tests.search.run import Record
from tests.search.stage import Exchange, ms

VERDICTS = frozenset({"400", "409", "413", "422"})
SETTLED = 3 * A_MINUTE
"""An edit that has stood so long is in force."""
LATE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Outage:
    begin: float
    end: float
    host: str
    name: str


def outages(record: Record) -> list[Outage]:
    """Give the outages that have ended."""
    found: list[Outage] = []
    open_faults: dict[str, tuple[float, str]] = {}
    for at, event in record.happened:
        if not isinstance(event, Fault):
            continue
        if event.name is None:
            begin, name = open_faults.pop(event.host)
            found.append(Outage(begin, at, event.host, name))
        else:
            open_faults[event.host] = (at, event.name)
    return found


def disturbances(record: Record) -> list[tuple[float, float]]:
    """Give (when, until when) of what makes a sender begin anew."""
    return [
        (at, at + (event.off_seconds if isinstance(event, Cut) else 0.0))
        for at, event in record.happened
        if isinstance(event, Cut | Restart | Edit)
    ]


def attempts(record: Record) -> list[float]:
    """Give when each request was sent, or would have been but for a refused connection."""
    answered = {each.at for each in record.exchanges}
    refused = [
        at
        for at, host in record.connects
        if host not in record.stored or _is_refused(record, host, at)
    ]
    return sorted([*answered, *refused])


def _is_refused(record: Record, host: str, at: float) -> bool:
    return any(
        each.begin <= at < each.end and each.name == "refused" and each.host == host
        for each in outages(record)
    )


def moments(record: Record) -> Iterator[tuple[float, Mapping[str, Any], Wish, float]]:
    """Give (when, status, spec, since when it has its destination) at each hour and status."""
    off = [(at, at + event.off_seconds) for at, event in record.happened if isinstance(event, Cut)]
    hours = [AN_HOUR * hour for hour in range(1, int(record.ended / AN_HOUR))]
    for at in sorted([*hours, *(when for when, _ in record.statuses)]):
        status = [each for when, each in record.statuses if when <= at]
        if status and not any(begin <= at < end + 20 * A_MINUTE for begin, end in off):
            wish, since = stay(record, at, lambda wish: wish.destination)
            yield at, status[-1], wish, since


def stay(record: Record, at: float, of: Callable[[Wish], object]) -> tuple[Wish, float]:
    """Give the spec at a moment, and since when something of it has been as it is."""
    past = [(when, wish) for when, wish in record.wishes if when <= at]
    wish, since = past[-1][1], past[-1][0]
    for when, earlier in reversed(past):
        if of(earlier) != of(wish):
            break
        since = when
    return wish, since


def host_since(record: Record, at: float) -> float:
    """Tell since when the host in force at a moment has been it; short visits elsewhere aside."""
    edits = [*record.wishes, (record.ended, record.wishes[-1][1])]
    host, since, enabled = HOSTS[0], 0.0, True
    for (when, wish), (end, _) in pairwise(edits):
        if when > at:
            break
        if end - when < SETTLED and end <= at:
            continue
        if wish.is_enabled and (wish.host != host or not enabled):
            host, since = wish.host, when
        enabled = wish.is_enabled
    return since


def has_taken(record: Record, wish: Wish, since: float, until: float) -> bool:
    """Tell whether a destination has taken a fresh pass in a span."""
    return any(
        each.is_fresh_taken and each.destination == wish.destination and since <= each.at <= until
        for each in record.exchanges
    )


def last_fresh(record: Record) -> Exchange | None:
    fresh = [each for each in record.exchanges if each.is_fresh_taken]
    return fresh[-1] if fresh else None


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
    phases = Counter(each // 1000 % int(seconds) for each in passes)
    [(phase, _)] = phases.most_common(1)
    offs = {each: (each // 1000 - phase) % int(seconds) for each in passes}
    return {each for each, off in offs.items() if min(off, seconds - off) <= LATE_SECONDS}


def missing_on_grid(record: Record) -> list[int]:
    """Give those of the missing passes that no newer one may have taken the place of."""
    made = on_grid(record.passes, SECONDS[record.plan.sampling])
    absent = [each for each in missing(record) if each in made]
    return [each for each in absent if not is_excused(record, each)]


def is_excused(record: Record, time_ms: int) -> bool:
    """Tell whether the admin or a power cut has taken a pass away."""
    at = (time_ms - ms(0)) / 1000
    edits = record.wishes
    for when, wish in edits[1:]:
        if at <= when + SETTLED and (not wish.is_enabled or wish.host != _host_before(edits, when)):
            after = [each.at for each in record.exchanges if each.is_fresh_taken and each.at >= at]
            if not after or after[0] >= when - A_MINUTE:
                return True
    cuts = [when for when, event in record.happened if isinstance(event, Cut)]
    return any(abs(at - when) < 2 for when in cuts)


def _host_before(edits: list[tuple[float, Wish]], when: float) -> str:
    return [wish.host for at, wish in edits if at < when][-1]


def takeable_but_missing(record: Record) -> list[int]:
    """Give the passes that would have been taken in the first round after them that ended well."""
    product, fresh = record.plan.product, [each for each in record.exchanges if each.is_fresh_taken]
    verdicts = [(each.begin, each.end) for each in outages(record) if each.name in VERDICTS]
    found = []
    for time_ms in missing_on_grid(record):
        at = (time_ms - ms(0)) / 1000
        round_at = next((each.at for each in fresh if each.at >= at), None)
        if round_at is None:
            continue
        if not product.has_window and any(begin < round_at and at < end for begin, end in verdicts):
            continue
        limit = product.takes_ms
        slack_ms = 3_600_000 if product.has_window else 0
        if limit is None or ms(round_at) - time_ms <= limit - slack_ms:
            found.append(time_ms)
    return found


def span(times_ms: list[int]) -> str:
    first, last = ((each - ms(0)) / 3_600_000 for each in (times_ms[0], times_ms[-1]))
    return f"of {first:.1f} h to {last:.1f} h"


def condition(status: Mapping[str, Any], kind: str) -> Mapping[str, str]:
    found: list[Mapping[str, str]] = [each for each in status["conditions"] if each["type"] == kind]
    return found[0]


def is_disturbed(record: Record, outage: Outage, limit: float) -> bool:
    """Tell whether something else keeps fresh data away after an outage."""
    others = any(
        outage.end <= each.begin <= limit and each is not outage for each in outages(record)
    )
    return (
        others
        or limit > record.ended - AN_HOUR
        or any(
            outage.begin <= at <= limit and (not wish.is_enabled or wish.host != outage.host)
            for at, wish in record.wishes
        )
    )
