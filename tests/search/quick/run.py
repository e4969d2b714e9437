"""A plan → what happened: one run of the operator's ticks, from event to event."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from microshift_telemetry.buffer import store
from microshift_telemetry.controller import connecting, jobs, telemetry
from microshift_telemetry.telemeter import authorize
from tests.models.outage import Outage
from tests.search.device import Start
from tests.search.disk import Disk
from tests.search.mutations import replaced
from tests.search.plan import (
    A_DAY,
    HOSTS,
    Ask,
    Cut,
    Edit,
    Event,
    Fault,
    Plan,
    Restart,
    TokensEnd,
    Wish,
)
from tests.search.quick.device import Device, SamplesOfTime, value_at
from tests.search.quick.threads import Jobs, Threads
from tests.search.quick.wire import Wires
from tests.search.run import TORN_SECONDS, Record, befall
from tests.search.stage import Receivers, ms

HEARTBEAT_SECONDS = 6 * 3600.0
"""A tick waits at most so long; in a process it is half a minute."""
MEMORY = Path("/dev/shm")  # noqa: S108  # a week of small writes, for which no disk is needed


class Run:
    """One device and the receivers around it."""

    def __init__(self, plan: Plan, state: Path) -> None:
        self.record = Record(plan)
        self._plan = plan
        self._random = Random(plan.seed)  # noqa: S311  # to repeat it
        self._outages = {host: Outage(plan.product.make()) for host in HOSTS[:2]}
        self._receivers = Receivers(self._outages)
        self._threads, self._disk = Threads(), Disk()
        closes_silently = plan.product.closes_silently
        self._wires = Wires(self._threads, self._receivers, closes_silently=closes_silently)
        spec = Wish().spec(plan.base, plan.product.scheme)
        self._device = Device(spec, state, self._threads, self._disk)

    def live(self) -> Record:
        record, threads, device = self.record, self._threads, self._device
        with self._in_place():
            device.begin()
            for at, event in self._plan.events:
                threads.run_until(at)
                record.happened.append((threads.now, event))
                self._meet(event)
            threads.run_until(self._plan.days * A_DAY)
            device.end()
        record.exchanges, record.two_values = self._receivers.exchanges, self._receivers.two_values
        record.token_requests = self._receivers.token_requests
        record.connects, record.losses = self._wires.connects, device.losses
        record.statuses, record.passes = device.statuses, device.passes
        record.stored = {host: outage.model.stored for host, outage in self._outages.items()}
        record.ended, record.value_at = threads.now, value_at
        return record

    def _meet(self, event: Event) -> None:
        match event:
            case Fault() | TokensEnd():
                befall(self._outages[event.host], event)
            case Edit(wish):
                self._device.edit(wish.spec(self._plan.base, self._plan.product.scheme))
            case Restart():
                self._device.end()
                self._device.begin()
            case Cut():
                self._cut_power(event)
            case Ask():
                self._device.request(f"asked {ms(self._threads.now)}")
            case Start():
                raise AssertionError("the whole controller alone looks at starts")

    def _cut_power(self, event: Cut) -> None:
        threads, device = self._threads, self._device
        if event.is_torn:
            device.cut_power_while_writing(self._random)
            threads.run_until(threads.now + TORN_SECONDS)
        if not threads.is_halted:
            device.cut_power()
        self.record.happened[-1] = threads.now, event
        device.power_off()
        threads.now += event.off_seconds
        device.power_on()

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        """Put these threads, passes and wires in the place of the process' own."""
        with (
            self._disk.watched(),
            replaced(telemetry, "Jobs", lambda: Jobs(self._threads)),
            replaced(telemetry, "Passes", SamplesOfTime),
            replaced(telemetry, "TICK_SECONDS", HEARTBEAT_SECONDS),
            replaced(jobs, "TICK_SECONDS", HEARTBEAT_SECONDS),
            replaced(store, "JournalFile", self._device.journal_file),
            replaced(connecting, "Connection", self._wires.connection),
            replaced(authorize, "Connection", self._wires.connection),
        ):
            yield


def run(plan: Plan) -> Record:
    """Live a plan; its directory is gone afterwards. The sender's own chance is drawn, too."""
    random.seed(plan.seed)
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="search-", dir=place) as state:
        return Run(plan, Path(state)).live()
