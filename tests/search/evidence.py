"""What a record says of itself: outages, edits, moments, and what was taken when."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import pairwise
from math import inf
from typing import Any, TypeVar, cast

from tests.search.plan import (
    A_DAY,
    A_MINUTE,
    AN_HOUR,
    HOSTS,
    Cut,
    Edit,
    Fault,
    Restart,
    Wish,
)
from tests.search.products import GATEWAY
from tests.search.run import Record
from tests.search.stage import Exchange

SETTLED = 3 * A_MINUTE
"""An edit that has stood so long is in force."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outage:
    begin: float
    end: float
    host: str
    name: str
    only: str = ""
    """How the path of a request ends that meets it."""


def once(look: Callable[[Record], T]) -> Callable[[Record], T]:
    """Keep what a look at a record has found: by then nothing of it changes any more."""

    @wraps(look)
    def found(record: Record) -> T:
        name = look.__name__
        if name not in record.found:
            record.found[name] = look(record)
        return cast(T, record.found[name])

    return found


@once
def outages(record: Record) -> list[Outage]:
    """Give the outages of receivers that have ended."""
    found: list[Outage] = []
    open_faults: dict[str, tuple[float, str, str]] = {}
    for at, event in record.happened:
        if not isinstance(event, Fault) or event.host == GATEWAY:
            continue
        if event.name is None:
            begin, name, only = open_faults.pop(event.host)
            found.append(Outage(begin, at, event.host, name, only))
        else:
            open_faults[event.host] = (at, event.name, event.only)
    return found


@once
def wishes(record: Record) -> list[tuple[float, Wish]]:
    """Give the spec from each moment on."""
    return record.wishes


@once
def disturbances(record: Record) -> list[tuple[float, float]]:
    """Give (when, until when) of what makes a sender begin anew."""
    return [
        (at, at + (event.off_seconds if isinstance(event, Cut) else 0.0))
        for at, event in record.happened
        if isinstance(event, Cut | Restart | Edit)
    ]


@once
def attempts(record: Record) -> list[float]:
    """Give when each request was sent, or would have been but for a refused connection."""
    answered = {each.at for each in record.exchanges}
    refusals = [each for each in outages(record) if each.name == "refused"]
    refused = [
        at
        for at, host in record.connects
        if host not in record.stored
        or any(each.begin <= at < each.end and each.host == host for each in refusals)
    ]
    return sorted([*answered, *refused])


def met(record: Record, outage: Outage) -> list[float]:
    """Give when reports met an outage since one got through it: some paths may be well."""
    taken = [
        each.at
        for each in record.exchanges
        if each.host == outage.host and each.at < outage.end and each.is_fresh_taken
    ]
    since = max([outage.begin, *taken[-1:]])
    return [at for at, host in record.connects if host == outage.host and since < at < outage.end]


def next_attempt(record: Record, since: float) -> float:
    """Tell when the first request from a moment on was sent."""
    sent = attempts(record)
    return next(iter(sent[bisect_left(sent, since) :]), inf)


def days(record: Record, outage: Outage) -> Iterator[tuple[float, float]]:
    """Give begin and end of each day since the first request that an outage has met."""
    begin = next_attempt(record, outage.begin)
    while begin < outage.end:
        yield begin, min(begin + A_DAY, outage.end)
        begin += A_DAY


@once
def fresh(record: Record) -> list[Exchange]:
    """Give the exchanges in which a fresh pass was taken."""
    return [each for each in record.exchanges if each.is_fresh_taken]


@once
def fresh_times(record: Record) -> list[float]:
    return [each.at for each in fresh(record)]


@once
def rations_of(record: Record) -> list[float]:
    """Give when a receiver that rations took a bit of the backlog."""
    if not record.plan.product.is_rationing:
        return []
    return [each.at for each in record.exchanges if each.is_confirmed and len(each.times_ms) > 1]


def requests_to_catch_up(record: Record, begin: float, end: float) -> int:
    """Tell how many requests what was taken of the backlog in a span may have needed.

    The size that goes through is found by halving, so that it may be half of the largest.
    """
    met = [each for each in record.exchanges if each.is_from_model and each.is_confirmed]
    taken = [(each.at, len(each.times_ms)) for each in met]
    passes = sum(size for at, size in taken if begin <= at < end and size > 1)
    largest = max((size for _, size in taken), default=1)
    return 2 * passes // largest


def rationed_until(record: Record, since: float, limit: float) -> float:
    """Move a limit on as long as bits of the backlog are taken, one soon after the other."""
    for at in rations_of(record):
        if since <= at <= limit:
            limit = max(limit, at + 2 * A_MINUTE)
    return limit


def is_any(times: Sequence[float], since: float, until: float) -> bool:
    """Tell whether one of some sorted moments lies in a span, its ends included."""
    at = bisect_left(times, since)
    return at < len(times) and times[at] <= until


def count(times: Sequence[float], begin: float, end: float) -> int:
    """Count those of some sorted moments that lie in a span, its end excluded."""
    return bisect_left(times, end) - bisect_left(times, begin)


def destination_of(wish: Wish) -> object:
    return wish.destination


def whereabouts_of(wish: Wish) -> object:
    """Tell where a spec sends to, and whether it does."""
    return wish.destination, wish.is_enabled


@once
def moments(record: Record) -> list[tuple[float, Mapping[str, Any], Wish, float]]:
    """Give (when, status, spec, since when it has its destination) at each hour and status."""
    off = [(at, at + event.off_seconds) for at, event in record.happened if isinstance(event, Cut)]
    hours = [AN_HOUR * hour for hour in range(1, int(record.ended / AN_HOUR))]
    told = [when for when, _ in record.statuses]
    found = []
    for at in sorted([*hours, *told]):
        place = bisect_right(told, at)
        if place and not any(begin <= at < end + 20 * A_MINUTE for begin, end in off):
            wish, since = stay(record, at, destination_of)
            found.append((at, record.statuses[place - 1][1], wish, since))
    return found


def stay(record: Record, at: float, of: Callable[[Wish], object]) -> tuple[Wish, float]:
    """Give the spec at a moment, and since when something of it has been as it is.

    One that did not stand long enough never came into force.
    """
    known: dict[int, tuple[Wish, float]] = record.found.setdefault(of.__name__, {})
    last = bisect_right([when for when, _ in wishes(record)], at)
    if last not in known:
        known[last] = _stay(record, last, of)
    return known[last]


def _stay(record: Record, last: int, of: Callable[[Wish], object]) -> tuple[Wish, float]:
    edits = wishes(record)[:last]
    ends = [*(when for when, _ in edits[1:]), inf]
    past = [
        (when, wish)
        for (when, wish), end in zip(edits, ends, strict=True)
        if has_settled(record, when, end)
    ]
    wish, since = past[-1][1], past[-1][0]
    for when, earlier in reversed(past):
        if of(earlier) != of(wish):
            break
        since = when
    return wish, since


def has_settled(record: Record, when: float, end: float) -> bool:
    """Tell whether an edit has stood long enough while the device was on."""
    off = [(at, min(until, end)) for at, until in disturbances(record) if when <= at < end]
    return end - when - sum(until - at for at, until in off) >= SETTLED


def edited_at(record: Record, at: float) -> float:
    """Tell when the spec of a moment was written."""
    return max(when for when, _ in wishes(record) if when <= at)


def host_since(record: Record, at: float) -> float:
    """Tell since when the host in force at a moment has been it; short visits elsewhere aside."""
    known: dict[int, float] = record.found.setdefault("host_since", {})
    last = bisect_right([when for when, _ in wishes(record)], at)
    if last not in known:
        known[last] = _host_since(record, at)
    return known[last]


def _host_since(record: Record, at: float) -> float:
    edits = [*wishes(record), (record.ended, wishes(record)[-1][1])]
    host, since, enabled = HOSTS[0], 0.0, True
    named_at, named = 0.0, HOSTS[0]
    for (when, wish), (end, _) in pairwise(edits):
        if when > at:
            break
        if wish.host != named:  # an edit of something else does not name it anew
            named_at, named = when, wish.host
        if end <= at and not has_settled(record, when, end):
            continue
        if wish.is_enabled and (wish.host != host or not enabled):
            host, since = wish.host, named_at if enabled else when
        enabled = wish.is_enabled
    return since


def has_taken(record: Record, wish: Wish, since: float, until: float) -> bool:
    """Tell whether a destination has taken a fresh pass in a span."""
    return is_any(_fresh_by_destination(record).get(wish.destination, []), since, until)


@once
def _fresh_by_destination(record: Record) -> Mapping[tuple[str, str, str], list[float]]:
    found: dict[tuple[str, str, str], list[float]] = {}
    for each in fresh(record):
        found.setdefault(each.destination, []).append(each.at)
    return found


def last_fresh(record: Record) -> Exchange | None:
    return fresh(record)[-1] if fresh(record) else None


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
            for at, wish in wishes(record)
        )
    )
