"""What must hold of a run, seen from outside: I1 to I8 of `docs/delivery.md`.

Each check yields what it found, in a line that begins with the moment.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import inf, nextafter
from typing import Any

from tests.models.outage import Loss
from tests.search.evidence import (
    attempts,
    condition,
    count,
    days,
    disturbances,
    edited_at,
    fresh_times,
    has_taken,
    host_since,
    is_any,
    is_disturbed,
    last_fresh,
    met,
    moments,
    next_attempt,
    outages,
    rationed_until,
    rations_of,
    requests_to_catch_up,
    stay,
    whereabouts_of,
    wishes,
)
from tests.search.passes import (
    FEWEST,
    MOST,
    has_expired,
    maybe_stored,
    not_stored,
    opted_out,
    span,
    takeable_but_missing,
    uncounted,
)
from tests.search.plan import A_DAY, A_MINUTE, AN_HOUR, Cut, Fault, Restart, Wish
from tests.search.run import Record
from tests.search.stage import Exchange, TokenRequest, ms

SETTLING = 2 * A_MINUTE
HANGING = 2 * A_MINUTE
"""An exchange that gets no answer lasts no longer."""
A_BEGINNING = 14
"""So many more requests a backoff takes until its waits are a quarter of an hour."""
AFTER_AN_EDIT = A_BEGINNING + 1
"""And one, since its first is beside those of the quarters of an hour before."""


def i1_nothing_is_dropped_without_a_verdict(record: Record) -> Iterator[tuple[float, str]]:
    """Samples are given up only after a fresh pass was taken, or by the admin's word."""
    for (before, old), (at, new) in pairwise(record.statuses):
        lost = new.get("droppedSamples", 0) - old.get("droppedSamples", 0)
        if lost <= 0:
            continue
        since = before - A_MINUTE
        taken = is_any(fresh_times(record), since, at)
        # An edit settles while the device is on.
        pauses = [(off, on) for off, on in disturbances(record) if at - 6 * AN_HOUR < on <= at]
        settling = SETTLING + AN_HOUR + sum(on - off for off, on in pauses)
        edited = any(since - settling <= each <= at for each, _ in wishes(record)[1:])
        if not taken and not edited and not has_expired(record, (before, old), (at, new)):
            yield at, f"droppedSamples grew by {lost}, and no fresh pass was taken"


def i2_delivered_is_said_of_a_fresh_pass(record: Record) -> Iterator[tuple[float, str]]:
    """`lastReportTime` moves only when a fresh pass was taken."""
    last, since = None, 0.0
    for at, status in record.statuses:
        told = status.get("lastReportTime")
        if told is None or told == last:
            continue
        if not is_any(fresh_times(record), nextafter(since, inf), at):
            reason = condition(status, "Reporting")["reason"]
            yield at, f"told as delivered ({reason}); no receiver has a fresh pass"
        last, since = told, at


def i2_ready_belongs_to_the_destination_in_force(record: Record) -> Iterator[tuple[float, str]]:
    """Ready is not True for a destination that was given time and has taken nothing."""
    for at, status, wish, since in moments(record):
        is_new = at - edited_at(record, at) < SETTLING + 10 * A_MINUTE
        if (
            not wish.is_enabled
            or is_new
            or since == 0
            or condition(status, "Ready")["status"] != "True"
        ):
            continue
        if not has_taken(record, wish, since, at):
            yield at, f"Ready is True; {wish.host}{wish.path} has taken nothing since the edit"
            return


def i2_ready_ends_when_nothing_is_delivered(record: Record) -> Iterator[tuple[float, str]]:
    """Ready True is not older than a sending interval, and what a report may wait beyond it."""
    patience = 2 * record.plan.sending_seconds + 2.5 * AN_HOUR
    for at, status, wish, _ in moments(record):
        if (
            wish.is_enabled
            and at - stay(record, at, whereabouts_of)[1] > patience
            and condition(status, "Ready")["status"] == "True"
            and not has_taken(record, wish, at - patience, at)
        ):
            yield at, f"Ready is True; nothing fresh arrived in {patience / 3600:.1f} h"
            return


def i3_fresh_data_follows_an_outage(record: Record) -> Iterator[tuple[float, str]]:
    """A fresh pass is stored within one retry gap after an outage that a report has met."""
    plan = record.plan
    for outage in outages(record):
        tried = met(record, outage)
        if not tried:
            continue
        until = outage.end + plan.product.i3_seconds
        heard: list[Exchange | TokenRequest] = [*record.exchanges, *record.token_requests]
        told = [each for each in heard if outage.begin < each.at < until]
        asks = any(
            not isinstance(each.said, Loss) and "Retry-After" in each.said.headers for each in told
        )
        slack = plan.splay_seconds + HANGING + A_MINUTE
        limit = outage.end + max(plan.product.i3_seconds, AN_HOUR if asks else 0.0) + slack
        for at, over in disturbances(record):
            if tried[0] < at < limit:
                limit = max(limit, over + SETTLING + 300 + 15 * A_MINUTE + slack)
        if plan.product.is_rationing:
            limit = rationed_until(record, outage.end, limit)
        if is_disturbed(record, outage, limit):
            continue
        taken = fresh_times(record)
        place = bisect_left(taken, outage.end)
        fresh_at = taken[place] if place < len(taken) else record.ended
        if place == len(taken) or fresh_at > limit:
            is_never = place == len(taken)
            late = "never" if is_never else f"{(fresh_at - outage.end) / 60:.0f} min later"
            posts = sum(outage.end <= each.at <= fresh_at for each in record.exchanges)
            yield outage.end, f"{outage.name} ends; a fresh pass arrives {late}, {posts} requests"


def i4_what_could_be_taken_is_stored(record: Record) -> Iterator[tuple[float, str]]:
    """Each pass of the grid is stored that the receiver would have taken in the next round."""
    if record.plan.aggregation != "None":
        return
    lost = takeable_but_missing(record)
    final = record.statuses[-1][1]
    pending = final.get("pendingSamples", 0)
    last = last_fresh(record)
    waiting = sum(last is not None and time_ms > last.newest_ms for time_ms in record.passes)
    if lost and pending < FEWEST * len(lost) + FEWEST * waiting - MOST:
        yield record.ended, f"{len(lost)} passes are lost that would have been taken ({span(lost)})"
    elif lost:
        yield record.ended, f"{len(lost)} passes still wait that would be taken ({span(lost)})"
    yield from _i4_counts(record, not_stored(record), final)


def _i4_counts(
    record: Record, absent: list[int], final: Mapping[str, Any]
) -> Iterator[tuple[float, str]]:
    dropped, pending = final.get("droppedSamples", 0), final.get("pendingSamples", 0)
    if dropped > MOST * len(absent):
        yield record.ended, f"droppedSamples says {dropped}; {len(absent)} passes are not stored"
    untold = uncounted(record)
    known = dropped + pending + maybe_stored(record) + opted_out(record)
    if not record.plan.product.is_silent and known < FEWEST * len(untold):
        said = f"droppedSamples {dropped}, pendingSamples {pending}"
        text = f"I1: {len(untold)} passes are neither stored nor waiting nor counted: {said}"
        yield record.ended, text


def i5_requests_are_few(record: Record) -> Iterator[tuple[float, str]]:
    """110 requests on the first day on which nothing is taken, 96 after, 200 on any other.

    What was kept back goes in requests beside these, as large as the receiver takes them.
    """
    over = [
        at + (event.off_seconds if isinstance(event, Cut) else 0.0)
        for at, event in record.happened
        if not isinstance(event, Fault)
    ]
    disturbed = [next_attempt(record, at) for at in over]
    sent = attempts(record)
    for outage in outages(record):
        for day, (begin, end) in enumerate(days(record, outage)):
            edits = sum(begin - AN_HOUR / 2 < at < end for at in disturbed)
            posts = count(sent, begin, end)
            most = 96 + (0 if day else A_BEGINNING) + AFTER_AN_EDIT * edits
            if outage.name == "409":  # one of the backlog beside a fresh pass, every 23 h at most
                most += 2
            if posts > most:
                yield begin, f"{posts} requests in {(end - begin) / 3600:.1f} h of {outage.name}"
    for number in range(0, len(sent), 10):
        begin = sent[number]
        posts = count(sent, begin, begin + A_DAY)
        events = sum(begin <= at < begin + A_DAY for at in disturbed)
        reports = A_DAY / record.plan.sending_seconds
        rations = count(rations_of(record), begin, begin + A_DAY)
        needed = requests_to_catch_up(record, begin, begin + A_DAY)
        if posts > max(200, 3 * reports) + 20 * events + rations + needed:
            yield begin, f"{posts} requests in a day"
            return


def i6_one_value_for_each_time(record: Record) -> Iterator[tuple[float, str]]:
    """No sample is told with two values."""
    if record.two_values:
        at, time_ms = record.two_values[0]
        yield at, f"{len(record.two_values)} samples told with a second value, first of {time_ms}"


def i6_one_request_at_a_time(record: Record) -> Iterator[tuple[float, str]]:
    """No two requests overlap."""
    if record.overlaps:
        yield record.overlaps[0], f"{len(record.overlaps)} requests overlap"


def i7_a_restart_changes_nothing(record: Record) -> Iterator[tuple[float, str]]:
    """What a new process has read is what the last one has told; no backlog crosses servers."""
    yield from record.losses
    told = [when for when, _ in record.statuses]
    exchanged = [each.at for each in record.exchanges]
    for at, event in record.happened:
        if not isinstance(event, Restart) or any(
            -20 < at - each < 5 * A_MINUTE for each, _ in wishes(record)
        ):
            continue
        place = bisect_left(told, at)
        is_told = 0 < place < len(told) and told[place] < at + 20
        quiet = not is_any(record.passes, ms(at - 35) + 1, ms(at + 20) - 1)
        if is_told and quiet and not is_any(exchanged, at - 65, at + 20):
            before, after = record.statuses[place - 1][1], record.statuses[place][1]
            for name in ("pendingSamples", "droppedSamples", "oldestPendingTime"):
                old, new = before.get(name), after.get(name)
                if old != new:
                    yield at, f"{name} is {old} before a restart and {new} after it"
    for each in record.exchanges:
        since_ms = ms(host_since(record, each.at)) - 1000
        if min(each.times_ms) < since_ms:
            crossed = sum(time_ms < since_ms for time_ms in each.times_ms)
            yield each.at, f"{crossed} passes of another server's backlog go to {each.host}"
            return


def i8_disabled_is_silent(record: Record) -> Iterator[tuple[float, str]]:
    """No connection while it is Disabled, and nothing of before it ever after."""
    for (at, wish), (end, _) in pairwise([*wishes(record), (record.ended, Wish())]):
        if wish.is_enabled:
            continue
        if connects := [when for when, _ in record.connects if at < when < end]:
            yield connects[0], "a connection while Disabled"
        later = [each for each in record.exchanges if each.at > at + 1]
        if old := [each for each in later if min(each.times_ms) < ms(at) - 1000]:
            yield old[0].at, "a sample of before an opt-out was sent after it"
