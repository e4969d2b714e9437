"""Fakes of the edges in fake time: a clock, a device, an obedient receiver."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from microshift_telemetry.clock import Instant, milliseconds
from microshift_telemetry.controller.connecting import Connector
from microshift_telemetry.sample.sample import Labels
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sending.connection import (
    Connection,
    OnSending,
    UnreachableError,
    nothing,
)
from microshift_telemetry.sending.hops import Trouble
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.sources.host import BOOT_ID, CpuTimes, Host, Usage
from microshift_telemetry.spec.effective import Destination
from microshift_telemetry.spec.endpoint import Endpoint
from tests.support.decoder import DecodedSeries, decode_request
from tests.support.fake_gateway import FakeGateway, GatewayConnection

HOST_ROOT = Path(__file__).parents[1] / "golden" / "hosts" / "rhel-rpm"
MORNING = datetime(2026, 11, 20, 8, tzinfo=UTC)
CLUSTER_ID = "e9bfec51-f065-4621-8da1-920569eb8cb4"
"""Its daily report is due in the evening."""


IN_VAIN = Trouble(
    "the receiver receiver.example:80: no answer in time", "check spec.endpoint and the network"
)


class FakeClock:
    """The loop's own time, from a given morning on; `step` sets the wall clock."""

    def __init__(self, start: datetime = MORNING) -> None:
        self._start = start
        self.booted, self.boot_id = -100.0, "a-boot"
        """When the device was last booted, in the loop's time."""
        self.is_synchronized = True

    def now(self) -> datetime:
        return self.at(self.monotonic())

    def at(self, loop_time: float) -> datetime:
        """Tell a moment of the loop's time as the wall clock counts by now."""
        return self._start + timedelta(seconds=loop_time)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def step(self, by: timedelta) -> None:
        """Set the wall clock, as NTP or an admin does; the monotonic one runs on."""
        self._start += by

    def reboot(self) -> None:
        """Begin a new boot, in which the wall clock runs on."""
        self.booted, self.boot_id = self.monotonic() - 30, f"the boot of {self.monotonic()}"

    def read(self) -> Instant:
        boot_ms = round(1000 * (self.monotonic() - self.booted))
        return Instant(milliseconds(self.now()), boot_ms, self.boot_id, self.is_synchronized)


class FakeHost(Host):
    """The device's files are golden ones; its counters run with the loop's time."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        super().__init__(HOST_ROOT, HOST_ROOT / "proc")
        self._clock = clock or FakeClock()

    def read_proc(self, name: str) -> str:
        """Tell the boot as the kernel does: its time moves with the clock."""
        booted, boot_id = self._clock.booted, self._clock.boot_id
        if name == BOOT_ID:
            return f"{boot_id}\n"
        if name == "stat":
            return f"cpu 1 2 3 4\nbtime {int(self._clock.at(booted).timestamp())}\n"
        return super().read_proc(name)

    def cpu_times(self) -> CpuTimes:
        booted, boot_id = self._clock.booted, self._clock.boot_id
        seconds = self._clock.monotonic() - booted
        return CpuTimes(seconds / 2, total_seconds=2 * seconds, cores=2, boot_id=boot_id)

    def memory_usage(self) -> Usage:
        return Usage(used_bytes=1 << 30, total_bytes=2 << 30)

    def disk_usage(self, name: str) -> Usage:
        assert name
        return Usage(used_bytes=10 << 30, total_bytes=40 << 30)


@dataclass(frozen=True, slots=True)
class Post:
    """One POST that reached the receiver."""

    at: float
    """Loop time."""
    series: tuple[DecodedSeries, ...]
    is_confirmed: bool

    @property
    def times_ms(self) -> frozenset[int]:
        return frozenset(time_ms for series in self.series for time_ms, _ in series.samples)

    @property
    def has_static(self) -> bool:
        return any(("__name__", "microshift_version") in series.labels for series in self.series)

    @property
    def samples(self) -> list[tuple[object, int]]:
        """(labels, time) of each sample."""
        return [(series.labels, time) for series in self.series for time, _ in series.samples]


NO_ANSWER = Answer(0)
"""What a receiver says that can't be reached."""


class FakeReceiver:
    """A receiver that gives the answer of the moment, and remembers who came."""

    def __init__(self) -> None:
        self.answer = Answer(204)
        self.judge: Callable[[Post], Answer] = lambda _: self.answer
        """Answers a request; what it can tell of it is in the post."""
        self.is_without_dns = False
        """No name server answers, where the receiver can't be reached."""
        self.loses_answers = False
        """Each request arrives, and nobody hears of it."""
        self.seconds = 0.0
        """How long it takes to answer."""
        self.connects: list[float] = []
        self.date: datetime | None = None
        """What its origin says when it is asked for the date alone."""
        self.date_asks: list[float] = []
        self.posts: list[Post] = []
        self.destinations: list[Destination] = []

    @property
    def confirmed(self) -> list[Post]:
        return [post for post in self.posts if post.is_confirmed]


class FakeConnector(Connector):
    """Leads every destination to one receiver."""

    def __init__(self, receiver: FakeReceiver, gateway: FakeGateway | None = None) -> None:
        self._receiver = receiver
        self._gateway = gateway or FakeGateway()

    def connect_gateway(self, gateway: Endpoint) -> Connection:
        return GatewayConnection(self._gateway, gateway)

    async def connect(self, destination: Destination) -> Receiver:
        self._receiver.connects.append(asyncio.get_running_loop().time())
        self._receiver.destinations.append(destination)
        return _Connection(self._receiver)


class _Connection(Receiver):
    def __init__(self, receiver: FakeReceiver) -> None:
        self._receiver = receiver

    async def date(self) -> datetime | None:
        self._receiver.date_asks.append(asyncio.get_running_loop().time())
        if self._receiver.answer == NO_ANSWER:
            raise UnreachableError(IN_VAIN)
        return self._receiver.date

    async def labels(self) -> Labels:
        return ()

    async def aclose(self) -> None:
        pass

    async def post(
        self,
        body: bytes,
        on_sending: OnSending = nothing,
        on_refused_token: Callable[[int], None] = lambda _: None,  # noqa: ARG002  # no token
    ) -> Answer:
        answer = self._receiver.answer
        if answer == NO_ANSWER:
            await asyncio.sleep(self._receiver.seconds)
            raise UnreachableError(replace(IN_VAIN, is_without_dns=self._receiver.is_without_dns))
        await on_sending()
        await asyncio.sleep(self._receiver.seconds)
        post = Post(asyncio.get_running_loop().time(), decode_request(body), is_confirmed=False)
        answer = self._receiver.judge(post)
        is_confirmed = 200 <= answer.status_code <= 299
        self._receiver.posts.append(replace(post, is_confirmed=is_confirmed))
        if self._receiver.loses_answers:
            raise UnreachableError(IN_VAIN, was_sent=True)
        return answer
