"""What a look at the device's clock means for the ledger: epochs, trust, true times, and age.

The clock of a device is wrong after a boot without a battery, and leaps once when it is set. The
time since boot does neither: it says how long ago a pass was made, whatever the clock said then.
"""

from collections.abc import Container, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from microshift_telemetry.buffer.backlog import MAX_PASSES
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import (
    Epoch,
    LossReason,
    Lost,
    Redated,
    Remembered,
    Trusted,
)
from microshift_telemetry.clock import Instant, milliseconds

STEP_MS = 60_000
"""A clock that has moved so far against the time since boot was set, and did not only drift."""

EARLIEST_MS = milliseconds(datetime(2026, 11, 1, tzinfo=UTC))
"""Before the first release: a clock that says less was never set."""


def observed(ledger: Ledger, instant: Instant) -> Iterator[Epoch | Lost | Trusted]:
    """Tell what is new about the device's clock; the ledger takes each record before the next."""
    epoch = ledger.remembered.epoch
    is_same_boot = epoch is not None and epoch.boot_id == instant.boot_id
    if epoch is None or not is_same_boot or is_step(epoch, instant):
        yield Epoch(instant.boot_id, instant.boot_ms, instant.wall_ms, is_first=not is_same_boot)
    if instant.is_synchronized:
        yield from trusted(ledger, instant)


def is_step(epoch: Epoch, instant: Instant) -> bool:
    """Tell whether the clock was set since an epoch of this boot began."""
    return abs(instant.offset_ms - epoch.offset_ms) > STEP_MS


def trusted(ledger: Ledger, instant: Instant) -> Iterator[Lost | Trusted]:
    """Trust the clock as it is now; nothing when it is trusted already.

    What an earlier boot has left without trust is kept by a device that keeps the time: once its
    clock was seen to need no step from a boot until it was trusted. One that is right at first
    sight may have been set before. Else nobody knows when that was.
    """
    epoch = ledger.remembered.epoch
    if epoch is None or epoch.is_trusted:
        return
    was_watched = not epoch.is_first or epoch.boot_ms < instant.boot_ms
    keeps_time = epoch.is_first if was_watched else ledger.remembered.keeps_time
    yield from _trusted(ledger, instant.wall_ms, keeps_time=keeps_time)


def seen_since(left: Ledger, since: Remembered) -> Iterator[Epoch | Lost | Trusted]:
    """Tell what this process has seen of the clock before it could read what another one left."""
    epoch, known = since.epoch, left.remembered.epoch
    if epoch is None:
        return
    is_same_boot = known is not None and known.boot_id == epoch.boot_id
    is_set = known is None or abs(epoch.offset_ms - known.offset_ms) > STEP_MS
    if known is None or is_set or not (is_same_boot and epoch.is_first):
        known = replace(epoch, is_first=epoch.is_first and not is_same_boot, is_trusted=False)
        yield known
    if epoch.is_trusted and not known.is_trusted:
        keeps_time = since.keeps_time or (known.is_first and left.remembered.keeps_time)
        if is_same_boot:  # another process has watched it from its beginning
            keeps_time = known.is_first
        yield from _trusted(left, epoch.wall_ms, keeps_time=keeps_time)


def _trusted(ledger: Ledger, now_ms: int, *, keeps_time: bool) -> Iterator[Lost | Trusted]:
    unsure = [
        time_ms
        for time_ms, stamp in ledger.backlog.stamped()
        if stamp.boot_ms is None and not stamp.is_trusted
        if not (keeps_time and EARLIEST_MS <= time_ms <= now_ms)
    ]
    if unsure:
        yield Lost(tuple(unsure), LossReason.UNDATED, now_ms)
    yield Trusted(keeps_time)


def redated(ledger: Ledger, instant: Instant) -> Redated | None:
    """Tell which passes get another time, by the trusted clock of now; None: none does.

    What a request has carried already stays as it was. A pass of a trusted epoch that lies behind
    the clock of now does so, too: a machine that was paused has its true time ahead of its boot's.
    """
    backlog, to_ms = ledger.backlog, dict[int, int]()
    on_its_way = () if ledger.offered is None else ledger.offered.times_ms
    for time_ms, stamp in backlog.stamped():
        if stamp.boot_ms is None:
            continue
        true_ms = stamp.boot_ms + instant.offset_ms
        if stamp.is_trusted and time_ms - true_ms <= STEP_MS:
            continue
        if time_ms not in on_its_way and backlog.form_of(time_ms) is None:
            to_ms[time_ms] = true_ms
    if all(time_ms == true_ms for time_ms, true_ms in to_ms.items()):
        return None
    taken = set(backlog.times_ms) - to_ms.keys()
    for time_ms, new_ms in to_ms.items():
        to_ms[time_ms] = free = free_ms(new_ms, taken)
        taken.add(free)
    return Redated(tuple(to_ms), tuple(to_ms.values()))


class Dated(NamedTuple):
    """A ledger with the times that a report would give its passes."""

    ledger: Ledger
    """A copy, unless nothing changes."""
    to_ms: Mapping[int, int]
    """The new times, by those that the passes have."""


def dated(ledger: Ledger, instant: Instant) -> Dated:
    """Tell how a report would find a ledger now.

    Nothing goes out before the clock of now is trusted, so it is here.
    """
    epoch = ledger.remembered.epoch
    is_trusted = epoch is not None and epoch.is_trusted
    if is_trusted and not any(observed(ledger, instant)) and redated(ledger, instant) is None:
        return Dated(ledger, {})
    copy = deepcopy(ledger)
    for news in (observed, trusted):
        for record in news(copy, instant):
            copy.apply(record)
    times = redated(copy, instant)
    if times is None:
        return Dated(copy, {})
    copy.apply(times)
    return Dated(copy, dict(zip(times.times_ms, times.to_ms, strict=True)))


def free_ms(time_ms: int, taken: Container[int]) -> int:
    """Give the first instant from here on that no other pass has: a receiver takes one value."""
    while time_ms in taken:
        time_ms += 1
    return time_ms


def waiting_ms(ledger: Ledger, instant: Instant) -> int:
    """Tell how long the oldest pass waits that the next one does not supersede; 0 without one.

    A pass of this boot has the age that the time since boot tells, whatever the clock said then.
    """
    backlog = ledger.backlog
    oldest_ms = next((each for each in backlog.times_ms if each != ledger.extra_ms), None)
    if oldest_ms is None:
        return 0
    boot_ms = backlog.stamp_of(oldest_ms).boot_ms
    age_ms = instant.wall_ms - oldest_ms if boot_ms is None else instant.boot_ms - boot_ms
    return max(0, age_ms)


def expired(ledger: Ledger, instant: Instant, max_age: timedelta) -> list[Lost]:
    """Tell which passes are given up for their age, or because too many wait.

    A pass of this boot has the age that the time since boot tells; one of another boot none, as
    long as the clock is not trusted. So no reading of a wrong clock gives anything up.
    """
    epoch, times_ms = ledger.remembered.epoch, ledger.backlog.times_ms
    max_age_ms = max_age // timedelta(milliseconds=1)
    is_trusted = epoch is not None and epoch.is_trusted
    before_ms = instant.wall_ms - max_age_ms if is_trusted else 0
    too_old = ledger.backlog.made_before(instant.boot_ms - max_age_ms, before_ms)
    kept = len(times_ms) - len(too_old)
    is_old = frozenset(too_old)
    rest = (each for each in times_ms if each not in is_old)
    too_many = tuple(islice(rest, max(0, kept - MAX_PASSES)))
    reasons = ((LossReason.EXPIRED, too_old), (LossReason.CROWDED_OUT, too_many))
    return [Lost(times, reason, instant.wall_ms) for reason, times in reasons if times]
