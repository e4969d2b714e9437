"""The way from a device to a receiver: it may be cut, hold faults, and knows every exchange."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Self

from microshift_telemetry.clock import milliseconds
from tests.receivers.store import Store, post
from tests.support.decoder import DecodedSeries, decode_request
from tests.support.fault_receiver import Answer, Fault, FaultReceiver, RecordedRequest, Reply
from tests.support.prometheus import REMOTE_WRITE_HEADERS, write_request
from tests.support.server_thread import SECONDS

OWN_TO_A_CONNECTION = frozenset({"connection", "content-length", "date", "transfer-encoding"})

Trouble = Callable[["Exchange"], Reply | None]
"""What stands before the receiver answers in its place; None lets the request pass."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request of the operator, and what came back."""

    at: datetime
    """By the device's clock."""
    series: tuple[DecodedSeries, ...]
    size_bytes: int
    status: int | None = None
    """None where there was no answer."""

    @property
    def samples(self) -> int:
        return sum(len(each.samples) for each in self.series)

    @property
    def times_ms(self) -> list[int]:
        """The times of its passes, oldest first."""
        return sorted({time_ms for each in self.series for time_ms, _ in each.samples})


class Link(FaultReceiver):
    """Leads to one store, before which another device writes all the time.

    Both are told the time by the device's clock: `Date` is rewritten, since real receivers can't
    be given another clock.
    """

    def __init__(self, store: Store, now: Callable[[], datetime], *, is_busy: bool = True) -> None:
        """Listen once entered; where it is not busy, nobody else writes to the store."""
        super().__init__(self._pass_on)
        self._store, self._now, self._is_busy = store, now, is_busy
        self.trouble: Trouble = lambda _: None
        self.exchanges: list[Exchange] = []

    def cut(self) -> Self:
        """Refuse every connection from now on, and end those that there are."""
        self._in_loop(self._cut())
        return self

    def mend(self) -> None:
        """Listen again, at the same address."""
        self._in_loop(self._begin())

    def _in_loop(self, what: object) -> None:
        assert asyncio.iscoroutine(what)
        asyncio.run_coroutine_threadsafe(what, self._listening.result()).result(SECONDS)

    def _pass_on(self, request: RecordedRequest) -> Reply:
        exchange = Exchange(self._now(), decode_request(request.body), len(request.body))
        reply = self.trouble(exchange) or self._ask(request)
        status = None if isinstance(reply, Fault) else reply.status
        self.exchanges.append(Exchange(exchange.at, exchange.series, exchange.size_bytes, status))
        return reply

    def _ask(self, request: RecordedRequest) -> Answer:
        if self._is_busy:
            other = write_request(milliseconds(self._now()), 1.0)
            post(self._store.write_url, other, {**REMOTE_WRITE_HEADERS, **self._store.headers})
        reply = post(self._store.write_url, request.body, request.headers)
        kept = {
            name: value for name, value in reply.headers.items() if name not in OWN_TO_A_CONNECTION
        }
        date = format_datetime(self._now().astimezone(UTC), usegmt=True)
        return Answer(reply.status, reply.body, {**kept, "Date": date})
