"""One pass: sources → readings → backlog, and what the condition Sampling says of it."""

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.keeping import Keeper
from microshift_telemetry.controller.schedule import EARLIEST, milliseconds, moment
from microshift_telemetry.controller.state import SAMPLING_DISABLED, State
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
        try:
            outcome = await collect_pass(
                self._sources, reads, time_ms, wanted=Wanted(for_report, spec.excluded)
            )
            with suppress(TelemetryError):  # Its source says so where it is wanted.
                await self._cluster.note_start(reads)
        finally:
            await reads.abandon()
        seen = self._cluster.microshift_start
        self._state.start = None if seen is None else seen.start
        self._state.cpu = self._cpu.before
        self._keep(outcome, self._expiry(now - spec.max_age, for_report=for_report))
        self._say(self._finding(outcome))

    def rest(self) -> None:
        """See to what an opt-out has to delete, and say where that fails."""
        self._keeper.delete_what_is_left()
        if self._state.sampling.reason is SamplingReason.DISABLED:
            said = (SAMPLING_DISABLED.message, self._keeper.note)
            message = "; ".join(filter(None, said))
            self._state.sampling = replace(SAMPLING_DISABLED, message=message)

    def unavailable(self, error: TelemetryError) -> None:
        """Note that no pass can be made at all."""
        text = f"{error}; samples are taken once it answers"
        self._say(Finding(SamplingReason.SOURCE_UNAVAILABLE, text))

    def _keep(self, outcome: PassOutcome, expiry_ms: int) -> None:
        state, taken = self._state, outcome.sample_pass
        before, expired = state.backlog.samples, state.backlog.expire(expiry_ms)
        state.dropped_samples += before - state.backlog.samples
        state.newest_pass = None
        if taken.dynamic or taken.static:
            state.backlog.add(taken)
            state.newest_pass = taken
            state.last_sample = moment(taken.time_ms)
        self._keeper.keep_forgotten(expired, *((taken,) if taken.dynamic else ()))

    def _expiry(self, limit: datetime, *, for_report: bool) -> int:
        """Tell since when passes are kept.

        Those that a mean on its way is over stay, or it would change, until the next report takes
        its place.
        """
        frozen, limit_ms = self._state.frozen, milliseconds(limit)
        averaged_ms = () if frozen is None or for_report else frozen.averaged_ms
        return min((limit_ms, *averaged_ms[:1]))

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
        taken = outcome.sample_pass
        if outcome.failures and not taken.dynamic and not taken.static:
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
