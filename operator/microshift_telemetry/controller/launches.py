"""Each start of MicroShift, watched beside everything else; what is seen goes into the ledger.

Nothing waits for it, and what fails is tried again at the next tick. One line in the log says it if
a start could not be told in the end.
"""

import asyncio
import logging
from dataclasses import replace

from microshift_telemetry.buffer.records import Launched
from microshift_telemetry.buffer.store import Store
from microshift_telemetry.clock import Clock, moment
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.schedule import is_answered
from microshift_telemetry.controller.specs import Specs
from microshift_telemetry.controller.timetable import started_at
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.own_pod import own_pod
from microshift_telemetry.logs import about
from microshift_telemetry.sources.launch import (
    LATEST_SECONDS,
    Launch,
    Result,
    command,
    is_given_up,
    is_up,
    judged,
    next_launch,
    ready_seconds,
)
from microshift_telemetry.sources.microshift_start import MicroshiftStart, SeenStart
from microshift_telemetry.sources.pods import are_pods_ready
from microshift_telemetry.sources.shared_reads import SharedReads

LOOK_SECONDS = 25.0
"""Shorter than a tick, which makes the next look."""

logger = logging.getLogger(__name__)


class Launches:
    """Watches the starts of MicroShift for one TelemetryConfig."""

    def __init__(self, name: str, store: Store, cluster: Cluster, clock: Clock) -> None:
        """Watch none yet."""
        self._name = name
        self._store = store
        self._cluster = cluster
        self._clock = clock
        self._trouble = ""
        """Why the last look has not seen everything."""
        self._judged: MicroshiftStart | None = None
        """The last start of which a look has found what came of it."""

    @property
    def due(self) -> Launch | None:
        """The start that is to be told now; None when there is none."""
        launch = self._store.ledger.launch
        return launch if launch is not None and launch.is_due else None

    @property
    def judged(self) -> MicroshiftStart | None:
        """The start to ask for a report of: it is due, or a pass has told it before that."""
        due = self.due
        return self._judged if due is None else due.start

    def seconds_since(self, start: MicroshiftStart) -> float | None:
        """Tell how long ago a start was, by the time since boot; None when it was of another."""
        instant = self._clock.read()
        if instant.boot_id != start.boot_id:
            return None
        # The boot time that a start is counted from is cut to whole seconds.
        return max(0.0, instant.boot_ms / 1000 - start.seconds_after_boot)

    def take(self, specs: Specs, seen: SeenStart | None) -> None:
        """Begin to watch a start that is new; forget all once it has stood that none is wanted.

        Args:
            specs: the newest of them says whether starts are to be told.
            seen: the last start that is known.
        """
        launch, spec = self._store.ledger.launch, specs.newest
        if spec is None or not self._store.is_open:
            return
        if spec.lifecycle is None:
            if launch is not None and specs.has_stood:
                self._store.record(Launched(None))
            return
        if seen is None or (launch is not None and launch.start.is_same_as(seen.start)):
            return
        seconds = self.seconds_since(seen.start)
        if seconds is not None:
            known = self._store.ledger.remembered
            is_new = known.last_report_ms is None and known.answered_start is None
            is_late = launch is None and (specs.opt_out > 0 or self._was_reported(seen))
            is_first = is_new and not specs.opt_out
            begun = next_launch(launch, seen.start, seconds, is_first=is_first, is_late=is_late)
            self._store.record(Launched(begun))

    def _was_reported(self, seen: SeenStart) -> bool:
        """Tell whether a report has followed a start before anybody watched it."""
        known = self._store.ledger.remembered
        if known.answered_start is not None and known.answered_start.is_same_as(seen.start):
            return True
        last_ms = known.last_report_ms
        last_report = None if last_ms is None else moment(last_ms)
        return is_answered(last_report, started_at(seen), self._clock.now())

    async def look(self) -> None:
        """Look how the last start goes, once; what is seen is recorded."""
        launch = self._store.ledger.launch
        seconds = None if launch is None else self.seconds_since(launch.start)
        if launch is None or launch.result is not None or seconds is None:
            return
        reads, self._trouble = self._cluster.reads(), ""
        found = launch
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                found = await self._version(found, reads)
                if not found.is_told:
                    found = await self._stages(found, reads, seconds)
                found = await self._judge(found, reads, seconds)
        except TimeoutError:
            self._trouble = f"not read within {LOOK_SECONDS:g} s"
        except TelemetryError as error:
            self._trouble = str(error)
        finally:
            await reads.abandon()
        self._keep(launch, self._or_given_up(found, seconds), seconds)

    async def _version(self, launch: Launch, reads: SharedReads) -> Launch:
        """Read the version anew: that of the start before may stand there for a while."""
        try:
            return replace(launch, version=await reads.microshift_version() or "")
        except TelemetryError as error:
            self._trouble = str(error)
            return launch

    async def _stages(self, launch: Launch, reads: SharedReads, seconds: float) -> Launch:
        if launch.node_ready_seconds is None:
            node, now = await reads.node(), self._clock.now().timestamp()
            ready = ready_seconds(node.ready, seconds, now)
            if ready is not None:
                launch = replace(launch, node_ready_seconds=round(ready))
        if launch.manifests_applied_seconds is None:
            metrics = await reads.api_server_metrics()
            if metrics.has_applied:
                launch = replace(launch, manifests_applied_seconds=round(seconds))
        return launch

    async def _judge(self, launch: Launch, reads: SharedReads, seconds: float) -> Launch:
        """Tell what came of a start when it is time to."""
        patience = self._cluster.start_patience_seconds
        if launch.is_told:  # only its version counts, for the next one
            is_over = seconds >= patience and not self._trouble
            return judged(launch, Result.SUCCESS, seconds) if is_over else launch
        if is_given_up(launch, seconds, patience) and not self._trouble:
            return judged(launch, Result.NODE_NOT_READY, seconds)
        if not is_up(launch, seconds, patience) or self._trouble:
            return launch
        own = own_pod(self._cluster.kube.access.token())
        node = await reads.node()
        is_well = await are_pods_ready(reads.kube, node.name, own)
        return judged(launch, Result.SUCCESS if is_well else Result.PODS_NOT_READY, seconds)

    def _or_given_up(self, launch: Launch, seconds: float) -> Launch:
        """Give a start up of which something can't be read for too long."""
        if launch.result is not None or launch.is_told or not self._trouble:
            return launch
        if seconds < LATEST_SECONDS + self._cluster.start_patience_seconds:
            return launch
        logger.warning(
            "cannot tell how the start of MicroShift went: %s",
            self._trouble,
            extra=about(self._name),
        )
        return replace(launch, is_told=True)

    def _keep(self, launch: Launch, found: Launch, seconds: float) -> None:
        """Record what a look has found, unless another start was seen meanwhile."""
        if found == launch or self._store.ledger.launch != launch:
            return
        self._store.record(Launched(found))
        if found.is_due and found.result is not None:
            self._judged = found.start
            kind, result = command(found), found.result.label
            extra = about(self._name, command=kind, result=result, seconds=round(seconds))
            logger.info("start of MicroShift: %s, %s", kind, result, extra=extra)
