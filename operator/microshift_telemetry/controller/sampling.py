"""One pass: sources → readings → backlog, and what the condition Sampling says of it."""

import logging
from datetime import datetime, timedelta

from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.keeping import Keeper
from microshift_telemetry.controller.schedule import EARLIEST, milliseconds
from microshift_telemetry.controller.state import State
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.sources import all_sources
from microshift_telemetry.sources.collection import PassOutcome, Wanted, collect_pass
from microshift_telemetry.sources.cpu import CpuUsage
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import SamplingReason

CLOCK_NOT_SET = Finding(
    SamplingReason.CLOCK_NOT_SYNCHRONIZED,
    "the device's clock was never set; samples are taken once it is: check chronyd",
)

logger = logging.getLogger(__name__)


class Sampling:
    """The passes of one TelemetryConfig; its sources remember what they need between two."""

    def __init__(self, state: State, cluster: Cluster, keeper: Keeper) -> None:
        """Make a set of sources of its own."""
        self._state = state
        self._cluster = cluster
        self._keeper = keeper
        self._cpu = CpuUsage()
        self._sources = all_sources(self._cpu)
        self._failures: dict[str, str] = {}
        self._notes: dict[str, str] = {}

    async def run(self, now: datetime, spec: Effective, *, for_report: bool) -> None:
        """Make a pass and keep what it read; static series are read only for a report."""
        if now < EARLIEST:
            self._state.sampling = CLOCK_NOT_SET
            self._state.newest_pass = None
            return
        reads = self._cluster.reads()
        self._cpu.before = self._state.cpu
        time_ms = milliseconds(now)
        outcome = await collect_pass(
            self._sources, reads, time_ms, wanted=Wanted(for_report, spec.excluded)
        )
        try:
            await self._cluster.note_start(reads)
        except TelemetryError as error:
            logger.debug("MicroShift's start not read: %s", error)
        seen = self._cluster.microshift_start
        self._state.start = None if seen is None else seen.start
        self._state.cpu = self._cpu.before
        self._keep(outcome, now, spec.max_age)
        self._say(self._finding(outcome))

    def unavailable(self, error: TelemetryError) -> None:
        """Note that no pass can be made at all."""
        text = f"{error}; samples are taken once it answers"
        self._say(Finding(SamplingReason.SOURCE_UNAVAILABLE, text))

    def _keep(self, outcome: PassOutcome, now: datetime, max_age: timedelta) -> None:
        state, taken = self._state, outcome.sample_pass
        before = frozenset(state.backlog.times_ms)
        state.dropped_samples += state.backlog.expire(milliseconds(now - max_age))
        expired = tuple(before.difference(state.backlog.times_ms))
        state.newest_pass = None
        if taken.dynamic or taken.static:
            state.backlog.add(taken)
            state.newest_pass = taken
            state.last_sample = now
        self._keeper.keep_forgotten(expired, *((taken,) if taken.dynamic else ()))

    def _finding(self, outcome: PassOutcome) -> Finding[SamplingReason]:
        """Say what every source came to when it was last read, failures first."""
        for name in outcome.read:
            self._failures.pop(name, None)
            self._notes.pop(name, None)
        self._failures.update(outcome.failures)
        self._notes.update(outcome.notes)
        order = [source.name for source in self._sources]
        failures = [f"{name}: {self._failures[name]}" for name in order if name in self._failures]
        notes = dict.fromkeys(self._notes[name] for name in order if name in self._notes)
        if self._keeper.note:
            notes[self._keeper.note] = None
        if not outcome.sample_pass.dynamic:
            reason = SamplingReason.SOURCE_UNAVAILABLE
        elif failures:
            reason = SamplingReason.PARTIAL_FAILURE
        else:
            reason, failures = SamplingReason.SAMPLES_COLLECTED, ["every source was read"]
        return Finding(reason, "; ".join((*failures, *notes)))

    def _say(self, finding: Finding[SamplingReason]) -> None:
        if finding != self._state.sampling:
            is_fine = finding.reason is SamplingReason.SAMPLES_COLLECTED
            level = logging.INFO if is_fine else logging.WARNING
            name = self._state.config.name
            logger.log(level, "%s: %s: %s", name, finding.reason, finding.message)
        self._state.sampling = finding
