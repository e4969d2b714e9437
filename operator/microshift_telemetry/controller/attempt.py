"""One round under way: its steps are carried out, and what came of each goes into the ledger."""

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field

from microshift_telemetry.buffer.form import Form, WriteRequest
from microshift_telemetry.buffer.history_file import KeptRequest
from microshift_telemetry.buffer.records import (
    Answered,
    Delivered,
    Fate,
    Forgotten,
    Offered,
    Record,
)
from microshift_telemetry.buffer.store import Store
from microshift_telemetry.clock import Clock, milliseconds
from microshift_telemetry.controller.counters import Counters
from microshift_telemetry.controller.demanded import DemandedLabels, with_demanded
from microshift_telemetry.controller.device_labels import DeviceLabels
from microshift_telemetry.controller.device_salt import DeviceSalt
from microshift_telemetry.controller.forms import form_in, layout_of
from microshift_telemetry.controller.pace import Pace
from microshift_telemetry.controller.passes import Passes
from microshift_telemetry.controller.specs import fingerprint
from microshift_telemetry.controller.tally import Tally
from microshift_telemetry.controller.timekeeping import Timekeeper
from microshift_telemetry.controller.transports import transport_to
from microshift_telemetry.delivery.course import Course
from microshift_telemetry.delivery.round import HOUR_MS, Ended, Round
from microshift_telemetry.delivery.steps import NeedPass, Offer, Reply, Step
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.report.report import time_series
from microshift_telemetry.sample.sample import Labels, Reading
from microshift_telemetry.sending.answer import REFUSALS, Answer, Verdict
from microshift_telemetry.sending.connection import UnreachableError
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.sending.transport import Encoded
from microshift_telemetry.spec.effective import Effective

PROGRESS_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every attempt of one TelemetryConfig works with."""

    store: Store
    passes: Passes
    salt: DeviceSalt
    clock: Clock
    timekeeper: Timekeeper
    labels: DeviceLabels
    pace: Pace
    is_new: bool = False
    """No earlier process has sent anything for the object."""
    demanded: DemandedLabels = field(default_factory=DemandedLabels)
    counters: Counters = field(default_factory=Counters)


@dataclass(frozen=True, slots=True)
class Order:
    """By what one round is laid out."""

    spec: Effective
    form: Form
    """Of what was never offered before."""
    course: Course
    is_first: bool
    """Of its report."""
    demanded: Labels = ()
    """Labels that the receiver demands of each series."""


class Attempt:
    """One round to one receiver, by one spec."""

    def __init__(self, workshop: Workshop, receiver: Receiver, order: Order, tally: Tally) -> None:
        """Send nothing yet."""
        self._workshop = workshop
        self._receiver = receiver
        self._order, self._spec, self._form = order, order.spec, order.form
        self._transport = transport_to(order.spec.destination)
        self.tally = tally
        """Of the report that it is for."""
        self._steps = _round_of(workshop, order, self._now_ms)
        self._ledger = workshop.store.ledger
        self._epoch = workshop.timekeeper.epoch
        self._reply: Reply | None = None
        self._static: tuple[Reading, ...] = ()
        newest_ms = workshop.passes.newest_ms
        if newest_ms is not None:
            self._static = workshop.passes.static_of(newest_ms)
        self.answer: Answer | None = None
        """The last one."""
        self.refusal: Answer | None = None
        """The last one that refused samples."""
        self.error: TelemetryError | None = None
        """Why there was no answer to the last request."""
        self.has_connection = False
        """The last request found a way to the receiver."""

    async def drive(self, on_progress: Callable[[], Awaitable[None]]) -> Ended | None:
        """Go through the round; None when what an earlier process has kept has come in between.

        Or when the clock was set: what waits may get other times then.

        `on_progress` is called once a minute: a week of passes over a slow link takes half an hour.
        """
        clock, began = self._workshop.clock, self._workshop.clock.monotonic()
        told = began
        try:
            while self._is_as_laid_out:
                try:
                    step = self._steps.send(self._reply)  # type: ignore[arg-type]  # None begins
                except StopIteration as end:
                    ended: Ended = end.value
                    return ended
                self._reply = await self._carried_out(step)
                if clock.monotonic() - told > PROGRESS_SECONDS:
                    told = clock.monotonic()
                    await on_progress()
            return None
        finally:
            self._steps.close()
            self.tally.spend(clock.monotonic() - began)

    @property
    def _is_as_laid_out(self) -> bool:
        workshop = self._workshop
        return self._ledger is workshop.store.ledger and self._epoch == workshop.timekeeper.epoch

    async def _carried_out(self, step: Step) -> Reply:
        match step:
            case NeedPass():
                passes = self._workshop.passes
                made = await passes.make(self._spec, with_static=True, is_extra=True)
                self._static = () if made is None else made.static
                return Reply(self._now_ms, pass_ms=None if made is None else made.time_ms)
            case Offer():
                verdict = await self._offer(step)
                asks = self.answer is not None and self.answer.retry_after_seconds > 0
                return Reply(self._now_ms, verdict, self.has_connection, asks)

    async def _offer(self, offer: Offer) -> Verdict:
        """Send one request, and note what came of it."""
        store, request = self._workshop.store, self._request(offer)
        encoded = await self._encoded(request)
        if not encoded.series:
            store.record(Forgotten(request.times_ms))
            return Verdict.NOTHING_TO_SEND if offer.is_fresh else Verdict.GONE
        self.answer = self.error = None
        self.has_connection = False
        fate, verdict = Fate.UNANSWERED, Verdict.NO_ANSWER
        news: list[Record] = []
        try:
            answer = await self._receiver.post(
                encoded.body,
                lambda: self._note_sending(request, encoded),
                self._note_refused_token,
            )
        except TelemetryError as error:
            self.error = error
            if not (isinstance(error, UnreachableError) and error.was_sent):
                fate = Fate.UNTAKEN
        else:
            verdict = self._transport.judge(answer)
            fate = fate_of(verdict, request)
            self._hear(answer, verdict, encoded, is_fresh=offer.is_fresh)
            if offer.is_fresh and verdict is Verdict.TAKEN:
                news = [Delivered(self._now_ms, fingerprint(self._spec.destination))]
        finally:  # also where an edit cuts it short: then nothing is known
            if self.has_connection:
                self._workshop.pace.note(self._spec.destination)
            self._settle(fate, news)
        return verdict

    def _request(self, offer: Offer) -> WriteRequest:
        form = form_in(self._ledger, self._form, offer)
        return WriteRequest(offer.times_ms, form, self._static if offer.is_fresh else ())

    async def _encoded(self, request: WriteRequest) -> Encoded:
        salt = await self._workshop.salt.for_report(request.form.shape)
        series = time_series(request, self._ledger.backlog, salt)
        return self._transport.encode(with_demanded(series, self._order.demanded))

    async def _note_sending(self, request: WriteRequest, encoded: Encoded) -> None:
        """Note a request before its body goes out; a renewed token sends one twice."""
        self.has_connection = True
        store = self._workshop.store
        if self._ledger.offered is None:
            store.record(Offered(request.times_ms, request.form))
        self._workshop.pace.note(self._spec.destination)
        sent = KeptRequest(self._now_ms, self._spec.destination.target.shown, encoded.body)
        store.history.add(sent, self.tally, self._spec.report_history_limit)
        await store.saved()
        self._workshop.counters.note_request(encoded.body)

    def _note_refused_token(self, status_code: int) -> None:
        """Note that nothing was taken, however the renewal ends, or this process."""
        self._workshop.store.record(Answered(Fate.UNTAKEN))
        self._workshop.store.history.answer(self._now_ms, status_code)

    def _settle(self, fate: Fate, news: list[Record]) -> None:
        is_open = self._ledger.offered is not None
        young_ms = self._now_ms - HOUR_MS if fate is Fate.PARTLY else 0
        settled: list[Record] = [Answered(fate, young_ms)] if is_open else []
        self._workshop.store.record(*settled, *news)

    def _hear(self, answer: Answer, verdict: Verdict, encoded: Encoded, *, is_fresh: bool) -> None:
        self.answer = answer
        self._workshop.store.history.answer(self._now_ms, answer.status_code)
        if verdict in REFUSALS or verdict is Verdict.SERVER_ERROR:
            self.refusal = answer
        self._workshop.timekeeper.hear(answer.date)
        is_taken = verdict is Verdict.TAKEN
        self._workshop.counters.note_answer(answer, encoded.samples if is_taken else 0)
        self.tally.add(encoded, answer.status_code, is_taken=is_taken, is_fresh=is_fresh)

    @property
    def _now_ms(self) -> int:
        return milliseconds(self._workshop.clock.now())


def _round_of(workshop: Workshop, order: Order, now_ms: int) -> Generator[Step, Reply, Ended]:
    ledger, newest_ms = workshop.store.ledger, workshop.passes.newest_ms
    layout = layout_of(ledger, order.form, newest_ms, is_first=order.is_first)
    return Round(layout, order.course, now_ms).steps()


def fate_of(verdict: Verdict, request: WriteRequest) -> Fate:
    """Tell what an answer says of the passes of a request.

    A request of several passes that is refused may have been stored in part: Thanos and Mimir
    store what they can.
    """
    if verdict is Verdict.TAKEN:
        return Fate.TAKEN
    is_mixed = len(request.times_ms) > 1 and not request.form.is_averaged
    if is_mixed and verdict in {Verdict.REFUSED, Verdict.CONFLICT}:
        return Fate.PARTLY
    return Fate.UNTAKEN
