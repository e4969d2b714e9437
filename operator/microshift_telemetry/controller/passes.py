"""One pass: sources → readings → ledger, and what the condition Sampling says of it."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from textwrap import shorten

from microshift_telemetry.buffer.dating import free_ms, waiting_ms
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import Launched, PassMade, Record, Stamp
from microshift_telemetry.buffer.store import Store
from microshift_telemetry.clock import Instant, moment
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.expiry import Expiry
from microshift_telemetry.controller.restored import SAMPLES_PENDING, restored_sampling
from microshift_telemetry.controller.specs import Specs
from microshift_telemetry.controller.timekeeping import Timekeeper
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.logs import about
from microshift_telemetry.sample.sample import Reading, SamplePass
from microshift_telemetry.sources import all_sources
from microshift_telemetry.sources.collection import PassOutcome, Wanted, collect_pass
from microshift_telemetry.sources.cpu import CpuUsage
from microshift_telemetry.sources.inventory import Inventory
from microshift_telemetry.sources.launch import Launch, LaunchTold
from microshift_telemetry.sources.node import Node
from microshift_telemetry.sources.outcome import SourceRead
from microshift_telemetry.sources.own_state import BuildInfo, Delivery, Undelivered
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.status.body import parse_timestamp
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import SamplingReason

LOG_CHARS = 500

logger = logging.getLogger(__name__)


class Passes:
    """The passes of one TelemetryConfig; its sources remember what they need between two."""

    def __init__(
        self, specs: Specs, store: Store, cluster: Cluster, timekeeper: Timekeeper
    ) -> None:
        """Make a set of sources of its own; go on from the condition that the object has."""
        config = specs.config
        self._name = config.name
        self._store, self._expiry = store, Expiry(config.name, store, specs)
        self._cluster = cluster
        self._timekeeper = timekeeper
        self._cpu = CpuUsage()
        self._delivery = Delivery()
        self._told = LaunchTold()
        self._sources = (*all_sources(self._cpu), BuildInfo(), self._delivery, self._told)
        self._inventory = Inventory(self._sources)
        self._finding = restored_sampling(config)
        self._outage: Finding[SamplingReason] | None = None
        self._last_sample = parse_timestamp(config.status.get("lastSampleTime"))
        self._newest: SamplePass | None = None
        self._has_static = False
        self._node: Node | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def finding(self) -> Finding[SamplingReason]:
        """How the newest pass went, or why none can be made."""
        return self._outage or self._finding

    @property
    def last_sample(self) -> datetime | None:
        """When the newest pass was made."""
        return self._last_sample

    @property
    def last_ms(self) -> int | None:
        """The newest pass that is still at hand; None when there is none."""
        return None if self._newest is None else self._newest.time_ms

    @property
    def newest_ms(self) -> int | None:
        """The newest pass whose static series are at hand; None when there is none."""
        return self._newest.time_ms if self._newest is not None and self._has_static else None

    @property
    def node(self) -> Node | None:
        """The node, as the newest pass has read it; None when it has not."""
        return self._node

    def static_of(self, time_ms: int) -> tuple[Reading, ...]:
        """Give a pass' static readings; none of any but the newest."""
        newest = self._newest
        return newest.static if newest is not None and newest.time_ms == time_ms else ()

    def reads(self, excluded: frozenset[str]) -> Mapping[str, SourceRead]:
        """Tell how each source that is wanted was read last."""
        return self._inventory.reads(excluded)

    def forget(self) -> None:
        """Know of no reading any more: what was read is nobody's business now."""
        self._newest = self._node = None
        self._inventory = Inventory(self._sources)

    def restart(self) -> None:
        """Begin anew after an opt-out."""
        self.forget()
        self._finding, self._outage = SAMPLES_PENDING, None

    async def make(
        self, spec: Effective, *, with_static: bool, is_extra: bool
    ) -> SamplePass | None:
        """Make a pass and keep what it read; None when there is nothing to keep.

        Args:
            spec: the newest one.
            with_static: read the static series too, as a report needs them.
            is_extra: it lies off the grid.
        """
        async with self._one_at_a_time:
            instant = self._timekeeper.look()
            stamp = Stamp(instant.boot_ms, self._timekeeper.is_trusted)
            time_ms = free_ms(instant.wall_ms, self._store.ledger.backlog)
            wanted = Wanted(with_static, spec.excluded, self._inventory.unread)
            self._expiry.look(instant)
            self._delivery.note(undelivered(self._store.ledger, instant))
            launch = self._told.note(self._store.ledger.launch, spec)
            outcome = await self._read(time_ms, wanted)
            self._has_static = with_static
            self._keep(outcome, stamp, launch, is_extra=is_extra)
            if self._newest is not None and with_static:
                self._newest = replace(self._newest, static=self._inventory.readings(spec.excluded))
            await self._store.saved()
            told = {**self._inventory.notes(spec.excluded), **outcome.notes}
            names = (source.name for source in self._sources)
            self._say(_finding_of(outcome, names, told))
            return self._newest

    def unavailable(self, error: TelemetryError) -> None:
        """Note that no pass can be made at all."""
        text = f"{error}; no samples are taken until this request succeeds"
        outage = Finding(SamplingReason.SOURCE_UNAVAILABLE, text)
        if outage != self._outage:
            _log(self._name, outage)
        self._outage = outage

    def available(self) -> None:
        """Note that passes can be made."""
        self._outage = None

    async def _read(self, time_ms: int, wanted: Wanted) -> PassOutcome:
        reads = self._cluster.reads()
        self._cpu.resume(self._store.ledger.remembered.cpu)
        try:
            outcome = await collect_pass(self._sources, reads, time_ms, wanted=wanted)
            with suppress(TelemetryError):  # Its source says so where it is wanted.
                await self._cluster.note_start(reads)
        finally:
            await reads.abandon()
        self._node = reads.seen_node
        seen = self._cluster.microshift_start
        self._inventory.take(outcome, None if seen is None else seen.start)
        return outcome

    def _keep(
        self, outcome: PassOutcome, stamp: Stamp, launch: Launch | None, *, is_extra: bool
    ) -> None:
        """Record a pass.

        One off the grid moves no counters, so that the next of the grid is over its whole interval.
        One that tells of a start is kept as those of the grid are, and is on the disk together with
        the note that it does: no power cut makes it be told twice, or never.
        """
        taken, cpu = outcome.sample_pass, None if is_extra else self._cpu.before
        self._newest = None
        if taken.dynamic or taken.static:
            self._newest = taken
            self._last_sample = moment(taken.time_ms)
        kept = SamplePass(taken.time_ms, taken.dynamic)
        noted: tuple[Record, ...] = ()
        if launch is not None and launch == self._store.ledger.launch:
            is_extra, noted = False, (Launched(replace(launch, is_told=True)),)
        self._store.record(PassMade(kept, is_extra, cpu, stamp), *noted)

    def _say(self, finding: Finding[SamplingReason]) -> None:
        if finding != self._finding:
            _log(self._name, finding)
        self._finding = finding


def undelivered(ledger: Ledger, instant: Instant) -> Undelivered:
    """Tell what a pass of this instant says of the samples before it."""
    return Undelivered(ledger.remembered.dropped_samples, waiting_ms(ledger, instant) / 1000)


def _finding_of(
    outcome: PassOutcome, order: Iterable[str], told: Mapping[str, str]
) -> Finding[SamplingReason]:
    """Say what every source came to when it was last read, failures first.

    A static source that has failed was read by this pass too.

    Args:
        outcome: of the pass.
        order: the sources' names, in their order.
        told: what an admin should know of the values of each source.
    """
    names = tuple(order)
    failures = [f"{name}: {outcome.failures[name]}" for name in names if name in outcome.failures]
    notes = dict.fromkeys(told[name] for name in names if name in told)
    taken = outcome.sample_pass
    if outcome.failures and not taken.dynamic and not taken.static:
        reason = SamplingReason.SOURCE_UNAVAILABLE
    elif failures:
        reason = SamplingReason.PARTIAL_FAILURE
    else:
        reason, failures = SamplingReason.SAMPLES_COLLECTED, ["all sources were read"]
    return Finding(reason, "; ".join((*failures, *notes)))


def _log(name: str, finding: Finding[SamplingReason]) -> None:
    is_fine = finding.reason is SamplingReason.SAMPLES_COLLECTED
    level = logging.INFO if is_fine else logging.WARNING
    said = shorten(finding.message, LOG_CHARS, placeholder=" … (see the condition Sampling)")
    extra = about(name, reason=finding.reason)
    logger.log(level, "%s: %s", finding.reason, said, extra=extra)
