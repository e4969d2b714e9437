"""A plan → what happened, seen from outside: one run of the whole controller in fake time."""

import asyncio
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import looptime

from tests.models.model import Key
from tests.models.outage import Outage
from tests.models.push_gateway import PushGateway
from tests.models.telemeter_uploads import TelemeterUploads
from tests.search.device import Start
from tests.search.plan import (
    A_DAY,
    FAULTS,
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
from tests.search.products import GATEWAY
from tests.search.stage import Exchange, Stage, TokenRequest, now_ms
from tests.support.exposition import Labels

TORN_SECONDS = 600.0
"""A cut that waits for a write so long in vain comes without one."""


@dataclass(slots=True)
class Record:
    """What was seen of a run."""

    plan: Plan
    exchanges: list[Exchange] = field(default_factory=list)
    token_requests: list[TokenRequest] = field(default_factory=list)
    connects: list[tuple[float, str]] = field(default_factory=list)
    overlaps: list[float] = field(default_factory=list)
    statuses: list[tuple[float, Mapping[str, Any]]] = field(default_factory=list)
    passes: list[int] = field(default_factory=list)
    value_at: Callable[[int], tuple[float, float]] | None = None
    """Tells what each usage was at a time in ms, in both units; None where they never change."""
    happened: list[tuple[float, Event]] = field(default_factory=list)
    """When each event really came."""
    stored: dict[str, Mapping[Key, float]] = field(default_factory=dict)
    """By host."""
    two_values: list[tuple[float, int]] = field(default_factory=list)
    starts: list[tuple[float, Start]] = field(default_factory=list)
    """When MicroShift started, and how that went."""
    pushes: Sequence[tuple[int, tuple[tuple[str, Labels], ...]]] = ()
    """(time in ms, metric and labels of each sample) of what the push gateway has counted."""
    losses: list[tuple[float, str]] = field(default_factory=list)
    """(when, what) of each time at which memory and disk have said different things."""
    ended: float = 0.0
    found: dict[str, Any] = field(default_factory=dict, repr=False)
    """What was looked up in it already."""

    @property
    def wishes(self) -> list[tuple[float, Wish]]:
        """The spec from each moment on."""
        edits = [(at, event.wish) for at, event in self.happened if isinstance(event, Edit)]
        return [(0.0, Wish()), *edits]


class Run:
    """One device and the receivers around it."""

    def __init__(self, plan: Plan, state: Path) -> None:
        self.record = Record(plan)
        self._plan = plan
        self._random = Random(plan.seed)  # noqa: S311  # to repeat it
        self._gateway = PushGateway()
        self._hosts = {host: Outage(plan.product.make()) for host in HOSTS[:2]}
        self._hosts[GATEWAY] = Outage(self._gateway)
        self._stage = Stage(self._hosts, Wish().spec(plan.base, plan.product.scheme), state)
        self._stage.network.closes_silently = plan.product.closes_silently
        self._device = self._stage.device

    async def live(self) -> Record:
        record, stage, loop = self.record, self._stage, asyncio.get_running_loop()
        bugs: list[Mapping[str, Any]] = []
        loop.set_exception_handler(lambda _, context: bugs.append(context))
        device = stage.device
        with stage.played():
            device.begin()
            for at, event in self._plan.events:
                await asyncio.sleep(max(0.0, at - loop.time()))
                record.happened.append((loop.time(), event))
                await self._meet(event)
            await asyncio.sleep(self._plan.days * A_DAY - loop.time())
            await device.end()
        assert not bugs, bugs[0]
        record.exchanges, record.two_values = stage.exchanges, stage.two_values
        record.token_requests = stage.token_requests
        record.connects, record.overlaps = stage.network.connects, stage.network.overlaps
        record.statuses, record.passes = device.statuses, device.passes
        record.stored = {host: outage.model.stored for host, outage in self._hosts.items()}
        record.starts, record.pushes = device.starts, self._gateway.pushes
        record.ended = loop.time()
        return record

    async def _meet(self, event: Event) -> None:
        match event:
            case Fault() | TokensEnd():
                befall(self._hosts[event.host], event)
            case Edit(wish):
                self._device.edit(wish.spec(self._plan.base, self._plan.product.scheme))
            case Restart():
                await self._device.restart()
            case Cut():
                await self._cut_power(event)
            case Ask():
                self._device.request(f"asked {now_ms()}")
            case Start():
                self._device.start_microshift(event)

    async def _cut_power(self, event: Cut) -> None:
        device = self._device
        if event.is_torn:
            device.cut_power_while_writing(self._random)
            with suppress(TimeoutError):
                await asyncio.wait_for(device.is_cut.wait(), TORN_SECONDS)
        if not device.is_cut.is_set():
            device.cut_power()
        self.record.happened[-1] = (asyncio.get_running_loop().time(), event)
        await device.power_off()
        await asyncio.sleep(event.off_seconds)
        device.power_on()


def befall(host: Outage, event: Fault | TokensEnd) -> None:
    """Let a host, or what stands before it, change."""
    match event:
        case Fault(name, only=only):
            host.fault, host.only = None if name is None else FAULTS[name], only
        case TokensEnd():
            assert isinstance(host.model, TelemeterUploads)
            host.model.end_tokens()


def run(plan: Plan) -> Record:
    """Live a plan; its directory is gone afterwards. The sender's own chance is drawn, too."""
    random.seed(plan.seed)
    loop = looptime.new_event_loop(start=0, noop_cycles=1)
    with tempfile.TemporaryDirectory(prefix="search-") as state:
        try:
            return loop.run_until_complete(_live(plan, Path(state)))
        finally:
            loop.close()


async def _live(plan: Plan, state: Path) -> Record:
    return await Run(plan, state).live()
