"""The reports of one TelemetryConfig: round after round, until each is delivered or replaced."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from microshift_telemetry.buffer.records import ReportClosed
from microshift_telemetry.buffer.store import Store
from microshift_telemetry.clock import milliseconds
from microshift_telemetry.controller.attempt import Attempt, Order, Workshop
from microshift_telemetry.controller.connecting import Connector
from microshift_telemetry.controller.consequences import lesson_of, losses_of
from microshift_telemetry.controller.counters import Counters
from microshift_telemetry.controller.failures import failure_of, finding_of, unsent
from microshift_telemetry.controller.findings import (
    PASSING,
    catching_up,
    delivered,
    with_risk,
)
from microshift_telemetry.controller.forms import form_of
from microshift_telemetry.controller.learned_course import LearnedCourse
from microshift_telemetry.controller.restored import (
    REPORT_PENDING,
    destination_of,
    restored_reporting,
)
from microshift_telemetry.controller.retries import Failure, Retries
from microshift_telemetry.controller.schedule import OVERDUE_SECONDS, longest_splay
from microshift_telemetry.controller.tally import Tally
from microshift_telemetry.delivery.course import Course
from microshift_telemetry.delivery.round import Ended
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.logs import about
from microshift_telemetry.report.aggregation import is_averaging
from microshift_telemetry.sample.sample import Labels
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.spec.effective import Destination, Effective
from microshift_telemetry.spec.telemetry_config import TelemetryConfig
from microshift_telemetry.status.body import LastReport
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import ReportingReason

logger = logging.getLogger(__name__)


class Rounds:
    """At most one report is open, and at most one attempt at it is under way."""

    def __init__(self, config: TelemetryConfig, workshop: Workshop, connector: Connector) -> None:
        """Go on from the condition that the object has."""
        self._name = config.name
        self._workshop = workshop
        self._connector = connector
        self._finding = restored_reporting(config)
        self._destination = destination_of(config)
        self._retries = Retries(workshop.clock)
        self._learned = LearnedCourse(workshop.timekeeper)
        self._is_first, self._tally = True, Tally()
        self._open_since: float | None = None
        self._last_report: LastReport | None = None

    @property
    def finding(self) -> Finding[ReportingReason]:
        """What came of the newest attempt."""
        return self._finding

    @property
    def last_report(self) -> LastReport | None:
        """The report of which a receiver took something last; None when none did yet."""
        return self._last_report

    @property
    def next_round(self) -> tuple[Course, bool]:
        """How the next round begins, and whether it is the first one of its report."""
        return self._learned.course, self._is_first or not self.is_open

    @property
    def is_open(self) -> bool:
        """Tell whether a report is due that is not closed."""
        return self._workshop.store.ledger.remembered.is_report_open

    @property
    def wait_seconds(self) -> float | None:
        """How long until there is something to do; None while there is nothing."""
        return self._retries.wait_seconds if self.is_open else None

    @property
    def is_overdue(self) -> bool:
        """Tell whether a report was neither delivered nor has it failed for two hours."""
        since = self._open_since
        return since is not None and self._workshop.clock.monotonic() - since > OVERDUE_SECONDS

    @property
    def seconds_without_dns(self) -> float | None:
        """For how long a report has waited for a name server; None where it does not."""
        return self._retries.seconds_without_dns if self.is_open else None

    def aim(self, destination: str) -> None:
        """Send to this destination from now on; what is known of another one is void."""
        if destination != self._destination:
            self._destination = destination
            self.restart()

    def restart(self) -> None:
        """Begin anew: nothing is known of how the receiver answers, and it has taken nothing."""
        self._finding, self._is_first, self._tally = REPORT_PENDING, True, Tally()
        self._learned.forget()
        self._retries.forget()

    def hurry(self) -> None:
        """Try at once: an admin has asked, or changed the spec."""
        self._retries.forget()

    def note_due(self) -> None:
        """Begin with a report that has just fallen due; one that was open becomes part of it."""
        self._is_first, self._tally = True, Tally()
        self._open_since = self._workshop.clock.monotonic()

    def resume(self, seconds: float) -> None:
        """Go on with an open report after so long: a fleet never moves as one."""
        if self.is_open:
            self._open_since = self._workshop.clock.monotonic() + seconds
            self._retries.defer(seconds)

    async def run(
        self, spec: Effective, cluster_id: str, on_progress: Callable[[], Awaitable[None]]
    ) -> bool:
        """Try to deliver what is due; tell whether an attempt has come to its end.

        A bug in it is waited for as any failure: it would else be met at every tick.
        """
        if not self.is_open or _must_wait(self._workshop, self._retries, spec.destination):
            return False
        self._open_since = self._open_since or self._workshop.clock.monotonic()
        try:
            return await self._try(spec, cluster_id, on_progress)
        except Exception:
            failure = Failure(ReportingReason.INTERNAL_ERROR)
            _note_failed(self._workshop.counters, self._retries, failure, spec)
            raise

    async def _try(
        self, spec: Effective, cluster_id: str, on_progress: Callable[[], Awaitable[None]]
    ) -> bool:
        workshop, to = self._workshop, spec.destination
        try:
            labels = await workshop.labels.read(to, workshop.passes.node)
            receiver, demanded = await _ready_receiver(workshop, self._connector, to)
        except TelemetryError as error:
            self._fail(*unsent(error), spec)
            return True
        form = form_of(spec, cluster_id, labels, workshop.store.ledger, workshop.clock.now())
        async with aclosing(receiver):
            order = Order(spec, form, self._learned.begin(), self._is_first, demanded)
            attempt = Attempt(workshop, receiver, order, self._tally)
            ended = await attempt.drive(on_progress)
        if ended is None:
            return False
        self._end(attempt, ended, spec, cluster_id)
        return True

    def _end(self, attempt: Attempt, ended: Ended, spec: Effective, cluster_id: str) -> None:
        """Record what an attempt has come to, and say it."""
        self._learned.end(ended.course)
        tally, is_replaced = attempt.tally, attempt.tally is not self._tally
        if not is_replaced:
            self._is_first, self._open_since = False, None
        known, now = self._workshop.store.ledger.remembered, self._workshop.clock.now()
        learned = lesson_of(ended, known, spec, cluster_id, now) if ended.is_complete else None
        _record_losses(self._workshop.store, ended, attempt, milliseconds(now))
        if ended.is_over:  # but for a report that fell due meanwhile
            closed = [] if is_replaced else [ReportClosed()]
            self._workshop.store.record(*([learned] if learned else []), *closed)
            self._retries.forget()
        self._last_report = tally.summary(now) if tally.samples else self._last_report
        if ended.is_complete:
            self._succeed(tally, spec)
        elif not ended.is_over:
            finding = finding_of(attempt, ended, spec.destination)
            self._fail(failure_of(attempt, ended, finding), finding, spec)

    def _succeed(self, tally: Tally, spec: Effective) -> None:
        self._workshop.counters.note_attempt("delivered")
        finding = _delivered(tally, self._workshop)
        self._finding = _completed(finding, spec, self._workshop.timekeeper.doubt)
        _log_delivered(self._name, tally, self._finding)

    def _fail(self, failure: Failure, finding: Finding[ReportingReason], spec: Effective) -> None:
        self._open_since = None
        _note_failed(self._workshop.counters, self._retries, failure, spec)
        if failure.is_fresh_taken and finding.reason in PASSING:
            finding = catching_up(finding)
        finding = _completed(finding, spec, self._workshop.timekeeper.doubt)
        _log_failure(self._name, finding, is_new=finding != self._finding)
        self._finding = finding


async def _ready_receiver(
    workshop: Workshop, connector: Connector, to: Destination
) -> tuple[Receiver, Labels]:
    """Look up what a receiver needs, and make sure of the clock before anything goes to it.

    Returns:
        The receiver, and the labels that it demands of each series.
    """
    receiver = await connector.connect(to)
    try:
        await workshop.timekeeper.make_sure(receiver.date)
        demanded = await receiver.labels()
    except BaseException:
        await receiver.aclose()
        raise
    workshop.demanded.take(to, demanded)
    return receiver, demanded


def _must_wait(workshop: Workshop, retries: Retries, to: Destination) -> bool:
    """Tell whether it is too soon, for us or for the receiver."""
    seconds = workshop.pace.wait_seconds(to, is_new=workshop.is_new)
    if seconds > retries.wait_seconds:
        retries.defer(seconds)
    return retries.wait_seconds > 0


def _log_failure(name: str, finding: Finding[ReportingReason], *, is_new: bool) -> None:
    level = logging.WARNING if is_new else logging.DEBUG
    extra = about(name, reason=finding.reason)
    logger.log(level, "report not delivered: %s", finding.message, extra=extra)


def _note_failed(counters: Counters, retries: Retries, failure: Failure, spec: Effective) -> None:
    """Count an attempt, and wait for the next; an opt-out in the pull secret is no failure."""
    retries.failed(failure, longest_splay(spec.sending_interval).total_seconds())
    if failure.reason is not ReportingReason.OPTED_OUT:
        counters.note_attempt("partial" if failure.is_fresh_taken else "failed")


def _delivered(tally: Tally, workshop: Workshop) -> Finding[ReportingReason]:
    learned, now_ms = workshop.store.ledger.remembered.learned, milliseconds(workshop.clock.now())
    is_maybe_stored, is_averaged = tally.maybe_stored > 0, is_averaging(learned, now_ms)
    return delivered(tally.refusal, is_averaging=is_averaged, is_maybe_stored=is_maybe_stored)


def _log_delivered(name: str, tally: Tally, finding: Finding[ReportingReason]) -> None:
    figures = {"requests": tally.requests, "samples": tally.samples, "bytes": tally.bytes}
    seconds = round(tally.seconds, 3)
    logger.info("report delivered", extra=about(name, **figures, durationSeconds=seconds))
    if tally.refusal is not None:
        extra = about(name, reason=finding.reason, samples=tally.refused)
        logger.warning("%s", finding.message, extra=extra)


def _completed(
    finding: Finding[ReportingReason], spec: Effective, doubt: str
) -> Finding[ReportingReason]:
    """Add what an admin should know beside it."""
    finding = with_risk(finding, spec.destination)
    return Finding(finding.reason, f"{finding.message}; {doubt}") if doubt else finding


def _record_losses(store: Store, ended: Ended, attempt: Attempt, now_ms: int) -> None:
    before = store.ledger.remembered
    store.record(*losses_of(ended, store.ledger, now_ms))
    attempt.tally.add_losses(before, store.ledger.remembered, attempt.refusal)
