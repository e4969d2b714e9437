"""One device of a fleet: the controller's own decisions in its order, from one to the next.

What is left out is what does not decide when a request goes: sources, bytes, sockets, the disk.
`tests/unit/bench/test_fleet_device.py` holds it against the whole controller.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

from microshift_telemetry.buffer.form import Form, Shape
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import Answered, Fate, Offered, PassMade, Remembered
from microshift_telemetry.clock import Instant, milliseconds
from microshift_telemetry.controller.jobs import BREATH_SECONDS
from microshift_telemetry.controller.retries import Failure, Retries
from microshift_telemetry.controller.schedule import Grids, grids, longest_splay, start_splay
from microshift_telemetry.controller.timetable import Timetable
from microshift_telemetry.delivery.backoff import CAP_SECONDS
from microshift_telemetry.delivery.course import Course, Opening
from microshift_telemetry.delivery.round import Round
from microshift_telemetry.delivery.selection import FRESH_MS, Layout
from microshift_telemetry.delivery.steps import Offer, Reply
from microshift_telemetry.remote_write.judge import judge
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.sending.answer import Answer, Verdict
from microshift_telemetry.sources.microshift_start import MicroshiftStart, SeenStart
from microshift_telemetry.spec.change import settling_time
from microshift_telemetry.spec.effective import Effective, effective_from
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.telemetry_config import telemetry_config_from
from microshift_telemetry.status.reasons import ReportingReason
from tests.bench.fleet.world import World

BEGIN = datetime(2026, 12, 1, tzinfo=UTC)
"""Second 0 of every scenario."""

CONFIG = telemetry_config_from(
    {
        "metadata": {
            "name": "cluster",
            "uid": "1",
            "generation": 1,
            "creationTimestamp": "2026-11-01T00:00:00Z",
        },
        "spec": {"endpoint": "https://receiver.example/api/v1/write"},
    }
)
A_MOMENT = timedelta(seconds=1)
"""A round begins so soon after its pass that the pass an hour before is not older than an hour."""


class Arrival(NamedTuple):
    """What one attempt has brought to the receiver."""

    at: float
    """Seconds since `BEGIN`."""
    requests: int
    is_report: bool
    """With the last of them a report has arrived whole."""


class _Clock:
    """Both clocks of a device, in seconds of the scenario."""

    at = 0.0

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.at)

    def monotonic(self) -> float:
        return self.at

    def read(self) -> Instant:
        raise NotImplementedError


class Waiting(NamedTuple):
    """What an attempt finds, as far as it decides how many requests it has."""

    old: int
    """Passes older than an hour."""
    young: int
    """Younger ones beside the fresh pass."""
    has_stale: bool
    """The pass off the grid is not fresh any more, and a new one will take its place."""
    has_failed: bool
    """The attempt before took nothing."""


class Device:
    """A device with the spec that we ship: a report a day, a pass an hour."""

    def __init__(self, cluster_id: str, world: World, jitter: Callable[[], float]) -> None:
        """Put a device into a world; `jitter` gives numbers in [0, 1)."""
        self._id, self._world = cluster_id, world
        self._spec = _shipped_spec()
        spec = self._spec
        self._on: Grids = grids(cluster_id, spec.sampling_interval, spec.sending_interval)
        self._kept = 0
        self._waits_since = BEGIN
        self._clock = _Clock()
        self._retries = Retries(self._clock, jitter)

    def run(self, until: float) -> Iterator[Arrival]:
        """Run on from `BEGIN`, after days without a fault."""
        self._waits_since = self._last_report(BEGIN)
        timetable = self._timetable(self._waits_since, BEGIN)
        return self._live(timetable, settled_at=0.0, until=until)

    def boot(self, off: timedelta, until: float) -> Iterator[Arrival]:
        """Get power at `BEGIN` that was away for a while; MicroShift starts with it."""
        went_off = BEGIN - off
        reported = self._last_report(went_off)
        self._kept = self._passes(reported, went_off)
        timetable = self._timetable(reported, went_off)
        if timetable.next_pass(self._on) <= BEGIN:
            self._kept += 1  # a pass that was missed is made at once
        settled = BEGIN + settling_time(self._spec)
        timetable.catch_up(self._spec, self._id, settled)
        before = MicroshiftStart("the boot before", 30.0)
        known = Remembered(last_report_ms=milliseconds(reported), answered_start=before)
        splay = start_splay(self._id, self._spec.sending_interval)
        seen = SeenStart(MicroshiftStart("this boot", 30.0), at_seconds=BEGIN.timestamp())
        timetable.ask_if_owed(Ledger(known), seen, splay, settled)
        return self._live(timetable, settled_at=_second(settled), until=until)

    def _live(self, timetable: Timetable, settled_at: float, until: float) -> Iterator[Arrival]:
        """Send each report when it is due, and when it is tried again."""
        while (due_at := _second(due := timetable.next_report(self._on))) < until:
            timetable.take_due(self._on, due)
            after_at = _second(timetable.next_report(self._on))
            at = max(due_at, settled_at)
            has_failed = False
            while at < until:
                arrival, over = self._attempt(at, due, has_failed=has_failed)
                if arrival is not None:
                    yield arrival
                    if arrival.is_report:
                        self._waits_since, self._kept = self._fresh(at, due), 0
                        break
                has_failed = True
                retry_at = self._retry_at(over, is_silent=arrival is None)
                if after_at <= retry_at:
                    # A newer report becomes part of it, and waits as long.
                    due = timetable.next_report(self._on)
                    timetable.take_due(self._on, due)
                    after_at = _second(timetable.next_report(self._on))
                at = retry_at

    def _attempt(
        self, at: float, due: datetime, *, has_failed: bool
    ) -> tuple[Arrival | None, float]:
        """Send what the receiver takes now; tell when the attempt was over."""
        connected = self._world.connects_at(at)
        if connected is None:
            return None, at + self._world.connect_timeout_seconds
        waiting = self._waiting(at, due, has_failed=has_failed)
        requests, is_delivered = _exchange(waiting, self._world.status_code(connected))
        return Arrival(connected, requests, is_delivered), connected

    def _retry_at(self, over: float, *, is_silent: bool) -> float:
        """Plan the next attempt."""
        self._clock.at = over
        reason = ReportingReason.RETRYING
        failure = Failure(reason, was_answered=not is_silent, has_connection=not is_silent)
        self._retries.failed(failure, longest_splay(self._spec.sending_interval).total_seconds())
        wait = max(self._retries.wait_seconds, BREATH_SECONDS)
        retry_at = over + wait
        if is_silent and wait == CAP_SECONDS:
            # At the cap one wait is like the other, and nobody sees the attempts in between.
            cycle = wait + self._world.connect_timeout_seconds
            in_vain = (self._world.link_down.end - retry_at) // cycle
            retry_at += max(0.0, in_vain) * cycle
        return retry_at

    def _fresh(self, at: float, due: datetime) -> datetime:
        """Tell which pass goes as the fresh one of an attempt; a new one where none is young."""
        now = BEGIN + timedelta(seconds=at)
        newest = self._newest_on_grid(now)
        newest = max(due, newest) if newest >= due else due
        return newest if milliseconds(now) - milliseconds(newest) <= FRESH_MS else now

    def _waiting(self, at: float, due: datetime, *, has_failed: bool) -> Waiting:
        """Count what waits at an attempt beside its fresh pass."""
        now, fresh = BEGIN + timedelta(seconds=at), self._fresh(at, due)
        an_hour_ago = now - timedelta(hours=1) - A_MOMENT
        count = self._kept + self._passes(self._waits_since, fresh)
        young = self._passes(max(an_hour_ago, self._waits_since), fresh)
        newest_on_grid = self._newest_on_grid(now)
        has_stale = fresh == now and newest_on_grid < due and due != now
        return Waiting(count - young, young, has_stale, has_failed)

    def _newest_on_grid(self, now: datetime) -> datetime:
        grid = self._on.passes
        return grid.next_after(now) - grid.interval

    def _passes(self, after: datetime, before: datetime) -> int:
        """Count the points of the pass grid between two moments, both left out."""
        grid = self._on.passes
        first = grid.next_after(after)
        return max(0, -((first - before) // grid.interval))

    def _last_report(self, before: datetime) -> datetime:
        reports = self._on.reports
        return reports.next_after(before) - reports.interval

    def _timetable(self, reported: datetime, passed: datetime) -> Timetable:
        status = {
            "lastReportTime": reported.isoformat(),
            "lastSampleTime": passed.isoformat(),
        }
        return Timetable(self._clock, status)


@lru_cache(maxsize=1)
def _shipped_spec() -> Effective:
    assert not isinstance(CONFIG.spec, SpecError)
    return effective_from(CONFIG.spec)


def _second(moment: datetime) -> float:
    return (moment - BEGIN).total_seconds()


@cache
def _exchange(waiting: Waiting, status_code: int) -> tuple[int, bool]:
    """Let a report meet a receiver that gives every request one answer.

    Returns:
        How many requests are sent, and whether the report has arrived.
    """
    now_ms, minute_ms = milliseconds(BEGIN), 60_000
    ages = [61 + 60 * number for number in range(waiting.old)]
    ages += [40 + number for number in range(waiting.young)]
    ledger = Ledger()
    for minutes in sorted(ages, reverse=True):
        ledger.apply(_pass(now_ms - minutes * minute_ms))
    newest_ms = now_ms
    if waiting.has_stale:
        newest_ms = now_ms - FRESH_MS - minute_ms
    ledger.apply(_pass(newest_ms, is_extra=True))
    form = Form(Shape("id", _shipped_spec().usage_unit))
    layout = Layout(ledger, form, lambda _: 200, newest_ms)
    course = Course(opening=Opening.OLDEST if waiting.has_failed else None)
    steps, sent = Round(layout, course, now_ms).steps(), 0
    reply: Reply | None = None
    try:
        while True:
            step = steps.send(reply)  # type: ignore[arg-type]  # None begins
            if isinstance(step, Offer):
                sent += 1
                verdict = judge(Answer(status_code))
                fate = Fate.TAKEN if verdict is Verdict.TAKEN else Fate.UNTAKEN
                ledger.apply(Offered(step.times_ms, form))
                ledger.apply(Answered(fate))
                reply = Reply(now_ms, verdict)
            else:
                ledger.apply(_pass(now_ms, is_extra=True))
                reply = Reply(now_ms, pass_ms=now_ms)
    except StopIteration as end:
        return sent, end.value.is_complete


def _pass(time_ms: int, *, is_extra: bool = False) -> PassMade:
    return PassMade(SamplePass(time_ms, (Reading(Series("a_metric"), 1.0),)), is_extra)
