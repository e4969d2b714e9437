"""When passes and reports are due: two grids with one phase, and what is asked for beside them."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from microshift_telemetry.clock import EPOCH
from microshift_telemetry.spec.change import LONGEST_SETTLING

LONGEST_SPLAY = timedelta(minutes=5)
LONGEST_EDIT_SPLAY = timedelta(seconds=30)
SHORTEST_SPREAD = timedelta(seconds=30)
LONGEST_AHEAD = LONGEST_SETTLING + LONGEST_SPLAY
MISSED = timedelta(minutes=2)
"""A report so late did not only wait for a tick."""
OVERDUE_SECONDS = 2 * 3600.0
"""A report of which nothing has come for so long tells of a bug."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Instants an interval apart, `offset` after the epoch."""

    interval: timedelta
    offset: timedelta

    def next_after(self, moment: datetime) -> datetime:
        """Give the first instant of the grid after a moment."""
        steps = (moment - EPOCH - self.offset) // self.interval + 1
        return EPOCH + self.offset + steps * self.interval

    def has(self, moment: datetime) -> bool:
        """Tell whether what was done at a moment was due by the grid, and not long before.

        Moments are kept cut to the millisecond.
        """
        return self.next_after(moment - MISSED) <= moment + timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Grids:
    """When passes and reports are due by the spec alone."""

    passes: Grid
    reports: Grid


@lru_cache(maxsize=16)
def grids(cluster_id: str, sampling_interval: timedelta, sending_interval: timedelta) -> Grids:
    """Lay both grids with one phase, so that a report takes the pass that is due with it.

    The phase comes from the cluster id: it is steady for a device and uniform over a fleet.
    """
    offset = _fraction("phase", cluster_id) * sending_interval
    return Grids(Grid(sampling_interval, offset), Grid(sending_interval, offset))


@lru_cache(maxsize=16)
def start_splay(cluster_id: str, sending_interval: timedelta) -> timedelta:
    """Tell how long a start report waits: uniform in min(5 min, 10 % of the interval).

    100,000 devices that get power back in one second must not report in one second.
    """
    return _fraction("splay", cluster_id) * min(LONGEST_SPLAY, sending_interval / 10)


def longest_splay(sending_interval: timedelta) -> timedelta:
    """Tell over how long a fleet is spread that a receiver has sent away at once."""
    return max(SHORTEST_SPREAD, min(LONGEST_SPLAY, sending_interval / 10))


def edit_splay(cluster_id: str) -> timedelta:
    """Tell how long the report after an edit of the destination waits: uniform in 30 s.

    An edit reaches a whole fleet at once, and its admin waits for the answer.
    """
    return _fraction("splay", cluster_id) * LONGEST_EDIT_SPLAY


def is_answered(last_report: datetime | None, started: datetime, now: datetime) -> bool:
    """Tell by the wall clock whether a report has followed a start of MicroShift.

    One that lies in the future was dated by a clock that was set back since: it tells nothing.
    """
    return last_report is not None and started <= last_report <= now


@dataclass(frozen=True, slots=True)
class Plan:
    """What was done last, and what is asked for off the grid."""

    passed: datetime
    """When the last pass began; grid points up to here are done."""
    reported: datetime
    """When the last pass for a report began."""
    extra: datetime | None = None
    """When a start report or a requested one is due."""

    def next_report(self, on: Grids) -> datetime:
        """Tell when the next report is due.

        One of the grid that comes first waits for the extra one, minutes at most, and is one with
        it: what falls due while a start has yet to settle would else go out when it has, at one
        second for a whole fleet.
        """
        return on.reports.next_after(self.reported) if self.extra is None else self.extra

    def next_pass(self, on: Grids) -> datetime:
        """Tell when the next pass is due: by its own grid, or because a report needs one."""
        return min(on.passes.next_after(self.passed), self.next_report(on))

    def after_pass(self, now: datetime, *, for_report: bool) -> "Plan":
        """Give the plan after a pass that began at `now`."""
        if not for_report:
            return replace(self, passed=now)
        is_extra_done = self.extra is not None and self.extra <= now
        return Plan(now, now, None if is_extra_done else self.extra)

    def with_extra(self, moment: datetime) -> "Plan":
        """Ask for a pass and a report off the grid; the earlier of two stays."""
        return replace(self, extra=moment if self.extra is None else min(self.extra, moment))

    def done_until(self, *, passed: datetime, reported: datetime) -> "Plan":
        """Give the plan when something is known to have been done up to these moments."""
        return replace(self, passed=max(self.passed, passed), reported=max(self.reported, reported))

    def until(self, now: datetime) -> "Plan":
        """Give the plan as of now: after a clock stepped back, nothing was done in the future.

        Nor is anything asked for beyond the longest wait that a start report can have.
        """
        extra = None if self.extra is None else min(self.extra, now + LONGEST_AHEAD)
        return Plan(min(self.passed, now), min(self.reported, now), extra)

    def caught_up(self, on: Grids, now: datetime, again: datetime) -> "Plan":
        """Give the plan as of now: a report that was missed is made at `again`, not at once.

        A device misses one while it is off, asleep or without a clock. A fleet that gets its power
        back in one second has missed the same hours, and must not report in one second.
        """
        if now - on.reports.next_after(self.reported) <= MISSED:
            return self
        return replace(self, reported=now).with_extra(again)


def _fraction(purpose: str, cluster_id: str) -> float:
    """Hash a cluster id to [0, 1), another number for each purpose."""
    digest = hashlib.sha256(f"{purpose}:{cluster_id}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / (1 << 48)
