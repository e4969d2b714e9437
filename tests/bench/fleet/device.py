"""One device of a fleet: the controller's own decisions in its order, from one to the next.

What is left out is what does not decide when a request goes: sources, bytes, sockets, the disk.
`tests/unit/bench/test_fleet_device.py` holds it against the whole controller.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.frozen import Shape
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.schedule import Grids, Plan, grids, milliseconds
from microshift_telemetry.controller.start_report import StartReport
from microshift_telemetry.controller.state import State, newest_from
from microshift_telemetry.controller.telemetry import BREATH_SECONDS
from microshift_telemetry.kube.access import ApiAccess
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.remote_write.answer import Answer, judge
from microshift_telemetry.remote_write.backoff import DOUBLINGS, retry_delay_seconds
from microshift_telemetry.remote_write.delivery import Delivery, Move
from microshift_telemetry.report.report import freeze
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.settings import Settings
from microshift_telemetry.sources.host import Host
from microshift_telemetry.sources.microshift_start import MicroshiftStart, SeenStart
from microshift_telemetry.spec.change import settling_time
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.spec.telemetry_config import telemetry_config_from
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
A_MICROSECOND = timedelta(microseconds=1)


class Arrival(NamedTuple):
    """What one attempt has brought to the receiver."""

    at: float
    """Seconds since `BEGIN`."""
    requests: int
    is_report: bool
    """With the last of them a report has arrived whole."""


@dataclass(slots=True)
class _Pending:
    """A frozen report on its way."""

    waiting: int
    """Passes in it beside the newest one."""
    is_on_grid: bool
    """The newest pass was due by the pass grid, too."""
    retry_at: float
    failures: int = 0


class Device:
    """A device with the spec that we ship: a report a day, a pass an hour."""

    def __init__(self, cluster_id: str, world: World, jitter: Callable[[], float]) -> None:
        """Put a device into a world; `jitter` gives numbers in [0, 1)."""
        self._id, self._world, self._jitter = cluster_id, world, jitter
        self._spec = _shipped_spec()
        spec = self._spec
        self._on: Grids = grids(cluster_id, spec.sampling_interval, spec.sending_interval)
        self._kept = 0
        self._waits_since = BEGIN
        self._pending: _Pending | None = None

    def run(self, until: float) -> Iterator[Arrival]:
        """Run on from `BEGIN`, after days without a fault."""
        self._waits_since = self._last_report(BEGIN)
        return self._live(self._state(self._waits_since, BEGIN), settled_at=0.0, until=until)

    def boot(self, off: timedelta, until: float) -> Iterator[Arrival]:
        """Get power at `BEGIN` that was away for a while; MicroShift starts with it."""
        went_off = BEGIN - off
        reported = self._last_report(went_off)
        self._kept = self._passes(reported, went_off)
        state = self._state(reported, went_off)
        if state.plan.next_pass(self._on) <= BEGIN:
            self._kept += 1  # a pass that was missed is made at once
        settled = BEGIN + settling_time(self._spec)
        start = StartReport(state, _started_cluster(), _AtBegin())
        start.catch_up(self._spec, self._id, settled)
        start.ask(self._spec, self._id, settled)
        return self._live(state, settled_at=_second(settled), until=until)

    def _live(self, state: State, settled_at: float, until: float) -> Iterator[Arrival]:
        due = state.plan.next_report(self._on)
        due_at = _second(due)
        while True:
            pending = self._pending
            if pending is None or due_at <= pending.retry_at:
                if due_at >= until:
                    return
                failures = 0 if pending is None else pending.failures
                waiting = self._kept + self._passes(self._waits_since, due)
                is_on_grid = self._on.passes.next_after(due - A_MICROSECOND) == due
                retry_at = 0.0 if pending is None else pending.retry_at
                at = max(due_at, settled_at, retry_at)
                pending = _Pending(waiting, is_on_grid, at, failures)
                self._pending = pending
                state.plan = state.plan.after_pass(due, for_report=True)
                newest = due
                due = state.plan.next_report(self._on)
                due_at = _second(due)
            if pending.retry_at >= until:
                return
            yield from self._attempt(pending)
            if self._pending is None:
                self._waits_since, self._kept = newest, 0

    def _attempt(self, pending: _Pending) -> Iterator[Arrival]:
        """Send what the receiver takes now; plan the next attempt when it does not take it all."""
        world, began = self._world, pending.retry_at
        connected = world.connects_at(began)
        if connected is None:
            over = began + world.connect_timeout_seconds
        else:
            over = connected
            said = world.status_code(connected)
            requests, is_delivered = _exchange(pending.waiting, pending.is_on_grid, said)
            yield Arrival(connected, requests, is_delivered)
            if is_delivered:
                self._pending = None
                return
        pending.failures += 1
        delay = retry_delay_seconds(pending.failures, self._jitter())
        pending.retry_at = over + max(delay, BREATH_SECONDS)
        if pending.failures > DOUBLINGS and connected is None:
            # At the cap one wait is like the other, and nobody sees the attempts in between.
            cycle = delay + world.connect_timeout_seconds
            in_vain = (world.link_down.end - pending.retry_at) // cycle
            pending.retry_at += max(0.0, in_vain) * cycle

    def _passes(self, after: datetime, before: datetime) -> int:
        """Count the points of the pass grid between two moments, both left out."""
        grid = self._on.passes
        first = grid.next_after(after)
        return max(0, -((first - before) // grid.interval))

    def _last_report(self, before: datetime) -> datetime:
        reports = self._on.reports
        return reports.next_after(before) - reports.interval

    def _state(self, reported: datetime, passed: datetime) -> State:
        plan = Plan(passed, reported)
        state = State(CONFIG, self._spec, plan, edited_at=0.0, last_report=reported)
        state.answered_start = MicroshiftStart("the boot before", 30.0)
        return state


class _AtBegin:
    """The clocks in the moment of a start."""

    def now(self) -> datetime:
        return BEGIN

    def monotonic(self) -> float:
        return 0.0


@lru_cache(maxsize=1)
def _started_cluster() -> Cluster:
    """A cluster whose MicroShift has started at `BEGIN`; all devices' are alike in that."""
    cluster = Cluster(KubeClient(ApiAccess("http://api.example")), Host(Path("/")), Settings())
    start = MicroshiftStart("this boot", 30.0)
    cluster.microshift_start = SeenStart(start, at_seconds=BEGIN.timestamp())
    return cluster


@lru_cache(maxsize=1)
def _shipped_spec() -> Effective:
    spec = newest_from(CONFIG)
    assert spec is not None
    return spec


def _second(moment: datetime) -> float:
    return (moment - BEGIN).total_seconds()


@cache
def _exchange(waiting: int, is_on_grid: bool, status_code: int) -> tuple[int, bool]:  # noqa: FBT001  # a key
    """Let a report meet a receiver that gives every request one answer.

    Args:
        waiting: passes in the report beside the newest one, an hour apart.
        is_on_grid: the newest pass is an hour after these, too; else less.
        status_code: the answer.

    Returns:
        How many requests are sent, and whether the report has arrived.
    """
    spec = _shipped_spec()
    ago = spec.sampling_interval if is_on_grid else spec.sampling_interval / 2
    times = [BEGIN - ago - spec.sampling_interval * number for number in range(waiting)]
    backlog = Backlog()
    for time in (*reversed(times), BEGIN):
        newest = SamplePass(milliseconds(time), (Reading(Series("a_metric"), 1.0),))
        backlog.add(newest)
    shape = Shape("id", spec.usage_unit)
    now_ms = milliseconds(BEGIN)
    report = freeze(backlog, newest, shape, now_ms=now_ms, averaged=False)
    delivery, sent = Delivery(report.requests, report.newest_ms), 0
    while delivery.next() is not None:
        sent += 1
        if delivery.take(judge(Answer(status_code))) is Move.WAIT:
            return sent, False
    return sent, True
