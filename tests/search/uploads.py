"""What must hold of uploads to a telemeter beside I1 to I8, seen from outside."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise, takewhile
from math import ceil, isclose
from statistics import fmean

from tests.models.model import Answer
from tests.models.telemeter_uploads import GAP_MS
from tests.search.evidence import (
    SETTLED,
    attempts,
    count,
    disturbances,
    fresh_times,
    host_since,
    is_any,
    met,
    once,
    outages,
    wishes,
)
from tests.search.passes import A_DAY_MS, MAX_AGE_MS, on_grid
from tests.search.plan import (
    A_DAY,
    A_MINUTE,
    AN_HOUR,
    HOSTS,
    SECONDS,
    Cut,
    Edit,
    Fault,
    Restart,
)
from tests.search.run import Record
from tests.search.stage import Exchange, ms

EARLY, EARLY_SECONDS = 0.1, 60.0
"""A token is renewed when so much of its life is left, at most."""
A_FIRST_DAY, A_DAYS_ATTEMPTS = 110, 96
FOR_AN_ENDED_TOKEN = 3
"""A new one, one more where that is refused too, and the request once more with it."""
AFTER_AN_EVENT = 15 + FOR_AN_ENDED_TOKEN
"""Of attempts, until the waits are a quarter of an hour again."""
AT_ONCE = 5.0
"""A request that is repeated with another token follows its answer so soon."""
CUT_SECONDS = 2.0
"""A pass that is made so soon before or after a cut may be lost."""
MOST_DOUBTS = 8
"""Passes of which nobody can say whether they are in a mean; with more it is not looked at."""


def u1_uploads_keep_their_distance(record: Record) -> Iterator[tuple[float, str]]:
    """No two uploads come within 4 min 30 s, but for one that is repeated with another token."""
    for host in HOSTS[:2]:
        uploads = [each for each in record.exchanges if each.host == host]
        is_repeated = False
        for before, each in pairwise(uploads):
            is_repeated = not is_repeated and _is_repeated(before, each)
            gap = each.at - before.at
            if gap < GAP_MS / 1000 and not is_repeated:
                yield each.at, f"{gap:.1f} s after another upload"
        for each in uploads:
            if each.is_from_model and isinstance(each.said, Answer) and each.said.status == 429:
                yield each.at, "the server says that an upload comes too soon"


def _is_repeated(before: Exchange, each: Exchange) -> bool:
    """Tell whether an upload is the one before, with another token."""
    return (
        _is_refused(before)
        and each.credential != before.credential
        and each.at - before.at < AT_ONCE
    )


def _is_refused(upload: Exchange) -> bool:
    return isinstance(upload.said, Answer) and upload.said.status in {401, 403}


def i5_uploads_and_tokens_are_few(record: Record) -> Iterator[tuple[float, str]]:
    """110 requests on the first day on which nothing is taken, 99 after, those for tokens too."""
    sent = sorted([*attempts(record), *(each.at for each in record.token_requests)])
    events = [at for at, event in record.happened if not isinstance(event, Fault)]
    for outage in outages(record):
        begin, is_first = next(iter(met(record, outage)), outage.end), True
        while begin < outage.end:
            end = min(begin + A_DAY, outage.end)
            most = A_FIRST_DAY if is_first else A_DAYS_ATTEMPTS + FOR_AN_ENDED_TOKEN
            most += FOR_AN_ENDED_TOKEN * (int(_lives_in_a_day(record)) - 1)
            most += AFTER_AN_EVENT * count(events, begin - AN_HOUR / 2, end)
            if (requests := count(sent, begin, end)) > most:
                hours = (end - begin) / AN_HOUR
                yield begin, f"{requests} requests in {hours:.1f} h of {outage.name}{outage.only}"
            begin, is_first = end, False
    yield from _i5_delivered(record, events)
    yield from _i5_tokens(record)


def _i5_delivered(record: Record, events: list[float]) -> Iterator[tuple[float, str]]:
    """A report that is due, or that an event asks for, is delivered by one upload."""
    taken = fresh_times(record)
    for begin in taken[::10]:
        uploads = count(taken, begin, begin + A_DAY)
        asked = count(events, begin - AN_HOUR, begin + A_DAY)
        if uploads > ceil(A_DAY / record.plan.sending_seconds) + 1 + asked:
            yield begin, f"{uploads} uploads are taken in a day"
            return


def _lives_in_a_day(record: Record) -> float:
    """Tell how many access tokens a day needs."""
    life = record.plan.product.token_seconds
    return A_DAY / (life - min(EARLY_SECONDS, EARLY * life))


def _i5_tokens(record: Record) -> Iterator[tuple[float, str]]:
    """A token is asked for where there is none, where one has ended, or where it was refused."""
    given = [each.at for each in record.token_requests if each.is_given]
    reasons = [at for at, event in record.happened if isinstance(event, Restart | Cut | Edit)]
    reasons += [each.at for each in record.exchanges if _is_refused(each)]
    reasons.sort()
    for begin in given[::10]:
        tokens = count(given, begin, begin + A_DAY)
        known = count(reasons, begin - A_MINUTE, begin + A_DAY)
        if tokens > ceil(_lives_in_a_day(record)) + 1 + known:
            yield begin, f"{tokens} access tokens in a day"
            return


def u2_usage_is_the_mean_since_the_last_delivered(
    record: Record,
) -> Iterator[tuple[float, str]]:
    """Each upload tells the mean of the passes since the last one that was delivered."""
    if record.value_at is None:
        return
    known = [0]
    for each in record.exchanges:
        told = [
            _passes_since(record, each, max(since_ms, begin_ms))
            for since_ms in known
            for begin_ms in _beginnings(record, each)
        ]
        if not any(_is_mean(record.value_at, each.usage, *passes) for passes in told):
            required, doubtful = told[0]
            means = f"the mean of {len(required)} passes, with or without {len(doubtful)} more"
            yield each.at, f"the usage {each.usage:g} is not {means}"
            return
        if each.is_fresh_taken:
            # Of one that an event has cut short the sender may not know.
            is_cut_short = any(0 <= at - each.at < AT_ONCE for at, _ in disturbances(record))
            known = [each.newest_ms, *(known if is_cut_short else [])]


def _beginnings(record: Record, upload: Exchange) -> list[int]:
    """Give from when on passes may be told; a short visit to another server counts or not."""
    past = [(at, wish) for at, wish in wishes(record) if at < upload.at]
    opted_out = [at for at, wish in past if not wish.is_enabled]
    begin = max([host_since(record, upload.at), *opted_out])
    visits = [
        at for (_, before), (at, wish) in pairwise(past) if at > begin and wish.host != before.host
    ]
    return [ms(at) - 1000 for at in (begin, *visits)]


def u3_an_ended_token_is_renewed(record: Record) -> Iterator[tuple[float, str]]:
    """Fresh data follows within one retry gap where the server itself refuses a token."""
    plan = record.plan
    gap = plan.product.i3_seconds + plan.splay_seconds + A_MINUTE
    begun = [(each.begin, each.end) for each in outages(record)]
    for each in record.exchanges:
        until = each.at + gap
        if not (each.is_from_model and _is_refused(each)) or until > record.ended:
            continue
        disturbed = [*begun, *disturbances(record)]
        if any(begin < until and each.at - AT_ONCE < end for begin, end in disturbed):
            continue
        if not is_any(fresh_times(record), each.at, until):
            yield each.at, f"the server refuses a token; nothing fresh in {gap / 60:.0f} min"
            return


def _passes_since(record: Record, upload: Exchange, since_ms: int) -> tuple[list[int], list[int]]:
    """Give the passes that must be told in an upload, and those that may be."""
    begin_ms = max(since_ms + 1, upload.newest_ms - MAX_AGE_MS - A_DAY_MS)
    made = _on_grid(record)
    edits = [at for at, _ in wishes(record)[1:] if at < upload.at]
    required: list[int] = []
    doubtful: list[int] = []
    passes = record.passes[bisect_left(record.passes, begin_ms) :]
    for time_ms in takewhile(lambda each: each < upload.newest_ms, passes):
        at = (time_ms - ms(0)) / 1000
        is_doubtful = (
            time_ms not in made
            or any(0 <= at - when < 2 * SETTLED for when in edits)
            or any(abs(at - when) < CUT_SECONDS for when in _cuts(record))
            or time_ms < upload.newest_ms - MAX_AGE_MS
        )
        (doubtful if is_doubtful else required).append(time_ms)
    return [*required, upload.newest_ms], doubtful


def _is_mean(
    value_at: Callable[[int], tuple[float, float]],
    usage: float,
    required: list[int],
    doubtful: list[int],
) -> bool:
    """Tell whether a usage is the mean, in either unit, of some passes and any of the others."""
    if len(doubtful) > MOST_DOUBTS:
        return True
    known = [value_at(each) for each in required]
    for size in range(len(doubtful) + 1):
        for some in combinations(doubtful, size):
            values = [*known, *map(value_at, some)]
            if any(isclose(usage, fmean(unit)) for unit in zip(*values, strict=True)):
                return True
    return False


@once
def _on_grid(record: Record) -> set[int]:
    return on_grid(record.passes, SECONDS[record.plan.sampling])


@once
def _cuts(record: Record) -> list[float]:
    return [at for at, event in record.happened if isinstance(event, Cut)]
