"""A device of a fleet: the product's ledger, rounds, encoder and judgement, over its own sender.

What is left out are the sources, the disk and the long waits: it comes again after seconds.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from microshift_telemetry.buffer.form import Form, Shape, WriteRequest
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import Answered, Fate, LossReason, Lost, Offered, PassMade
from microshift_telemetry.clock import SystemClock, milliseconds
from microshift_telemetry.controller.attempt import fate_of
from microshift_telemetry.controller.forms import form_in, layout_of
from microshift_telemetry.delivery.backoff import retry_delay_seconds
from microshift_telemetry.delivery.course import Course
from microshift_telemetry.delivery.round import HOUR_MS, Ended, Round
from microshift_telemetry.delivery.steps import NeedPass, Offer, Reply, Step
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.remote_write.judge import judge
from microshift_telemetry.report.report import time_series
from microshift_telemetry.sample.sample import Labels
from microshift_telemetry.sending.answer import Verdict
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.endpoint import Endpoint
from tests.scale.readings import cluster_id, on_the_wire, sample_pass

A_DAY = 24
"""Passes of a report."""
LONGEST_WAIT_SECONDS = 3.0
"""In place of a quarter of an hour."""
PATIENCE_SECONDS = 60.0
"""For so long a device tries; the product does for as long as `spec.buffer.maxAge`."""
NO_ANSWER = 0


@dataclass(slots=True)
class Delivered:
    """What came of a device's report."""

    answers: Counter[int] = field(default_factory=Counter)
    """How often each status code came, `NO_ANSWER` included."""
    rounds: int = 0
    bytes: int = 0
    """Of the requests that were taken."""
    is_complete: bool = False
    dropped: int = 0
    """Samples that the device gave up."""


class Device:
    """One device, when its daily report is due."""

    def __init__(self, number: int, now_ms: int, *, passes: int = A_DAY) -> None:
        """Have a fresh pass, and one waiting for each hour before."""
        self.number = number
        self.delivered = Delivered()
        self._form = Form(Shape(cluster_id(number), "Percent"))
        self._ledger = Ledger()
        self._grid_ms = [now_ms - hours * HOUR_MS for hours in range(passes, -1, -1)]
        self._newest_ms = now_ms
        self._course = Course()

    async def report(self, endpoint: Endpoint) -> Delivered:
        """Try until nothing is left to do for the report."""
        for time_ms in self._grid_ms:
            self._ledger.apply(PassMade(sample_pass(self.number, time_ms)))
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE_SECONDS:
            ended = await self._round(endpoint)
            self.delivered.rounds += 1
            self._course = ended.course
            if ended.refused_ms:
                self._ledger.apply(Lost(ended.refused_ms, LossReason.REFUSED, _now_ms()))
            if ended.is_over:
                self.delivered.is_complete = ended.is_complete
                self.delivered.dropped = self._ledger.remembered.dropped_samples
                break
            wait = retry_delay_seconds(self.delivered.rounds, random.random())  # noqa: S311
            await asyncio.sleep(min(wait, LONGEST_WAIT_SECONDS))
        return self.delivered

    def due(self) -> Iterator[tuple[Labels, int, float]]:
        """List what a receiver must have once the report is complete.

        Every pass of the grid, and the static series with the pass that was taken as the fresh one.
        """
        fresh_ms = self._course.fresh_taken_ms
        for time_ms in sorted({*self._grid_ms, fresh_ms or 0} - {0}):
            made = sample_pass(self.number, time_ms)
            for reading in (*made.dynamic, *(made.static if time_ms == fresh_ms else ())):
                labels, value = on_the_wire(self.number, reading)
                yield labels, time_ms, value

    async def _round(self, endpoint: Endpoint) -> Ended:
        is_first = self.delivered.rounds == 0
        layout = layout_of(self._ledger, self._form, self._newest_ms, is_first=is_first)
        steps = Round(layout, self._course, _now_ms()).steps()
        receiver = Receiver(Connection(endpoint, Route()), {})
        reply: Reply | None = None
        try:
            while True:
                step = steps.send(reply)  # type: ignore[arg-type]  # None begins
                reply = await self._carried_out(step, receiver)
        except StopIteration as end:
            ended: Ended = end.value
            return ended
        finally:
            await receiver.aclose()

    async def _carried_out(self, step: Step, receiver: Receiver) -> Reply:
        match step:
            case NeedPass():
                self._newest_ms = _now_ms()
                made = sample_pass(self.number, self._newest_ms)
                self._ledger.apply(PassMade(made, is_extra=True))
                return Reply(_now_ms(), pass_ms=made.time_ms)
            case Offer():
                return await self._offered(step, receiver)

    async def _offered(self, offer: Offer, receiver: Receiver) -> Reply:
        form = form_in(self._ledger, self._form, offer)
        static = sample_pass(self.number, offer.times_ms[-1]).static if offer.is_fresh else ()
        request = WriteRequest(offer.times_ms, form, static)
        body = encode(time_series(request, self._ledger.backlog, b"")).body
        self._ledger.apply(Offered(offer.times_ms, form))
        try:
            answer = await receiver.post(body)
        except UnreachableError as error:
            self.delivered.answers[NO_ANSWER] += 1
            fate = Fate.UNANSWERED if error.was_sent else Fate.UNTAKEN
            self._ledger.apply(Answered(fate))
            return Reply(_now_ms(), Verdict.NO_ANSWER, is_reached=error.was_sent)
        verdict = judge(answer)
        self.delivered.answers[answer.status_code] += 1
        fate = fate_of(verdict, request)
        if fate is Fate.TAKEN:
            self.delivered.bytes += len(body)
        young_ms = _now_ms() - HOUR_MS if fate is Fate.PARTLY else 0
        self._ledger.apply(Answered(fate, young_ms))
        return Reply(_now_ms(), verdict, asks_to_wait=answer.retry_after_seconds > 0)


def _now_ms() -> int:
    return milliseconds(SystemClock().now())
