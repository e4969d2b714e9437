"""One report: backlog → frozen report → requests → receiver → confirmed, kept or tried again."""

import logging
from contextlib import aclosing
from datetime import datetime

from microshift_telemetry.buffer.frozen import Progress, Report, Shape
from microshift_telemetry.buffer.records import Turn
from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.connecting import Connector
from microshift_telemetry.controller.device_salt import DeviceSalt
from microshift_telemetry.controller.findings import (
    delivered,
    not_delivered,
    not_sent,
    with_risk,
)
from microshift_telemetry.controller.keeping import Keeper
from microshift_telemetry.controller.pending import Pending
from microshift_telemetry.controller.retries import Retries
from microshift_telemetry.controller.schedule import milliseconds, start_splay
from microshift_telemetry.controller.state import State
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.remote_write.answer import Verdict, judge
from microshift_telemetry.remote_write.delivery import Move
from microshift_telemetry.remote_write.receiver import Receiver
from microshift_telemetry.report.aggregation import is_averaged
from microshift_telemetry.report.report import freeze, is_ahead
from microshift_telemetry.sample.sample import SamplePass
from microshift_telemetry.spec.effective import Destination, Effective
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import ReportingReason

SENDING_SECONDS = 60.0
"""A tick sends for so long: a week of passes over a slow link takes half an hour."""

logger = logging.getLogger(__name__)


class Reporting:
    """The reports of one TelemetryConfig, at most one at a time."""

    def __init__(
        self, state: State, connector: Connector, clock: Clock, keeper: Keeper, salt: DeviceSalt
    ) -> None:
        """Have nothing to say yet."""
        self._salt = salt
        self._state = state
        self._keeper = keeper
        self._connector = connector
        self._clock = clock
        self._pending: Pending | None = None
        self.retries = Retries(clock)

    @property
    def wait_seconds(self) -> float | None:
        """How long until there is something to do; None while there is nothing."""
        is_due = self._state.is_report_due
        if self._state.in_force is None or (self._pending is None and not is_due):
            return None
        return 0.0 if is_due else self.retries.wait_seconds

    def forget(self) -> None:
        """Drop the report that is under way; its samples are somebody else's business.

        Nor does it answer a start of MicroShift any more.
        """
        if self._state.frozen is not None:
            self._state.answered_start = None
        self._pending = None
        self._state.frozen, self._state.progress = None, Progress()
        self.retries.forget()

    def resume(self, earliest: datetime) -> None:
        """Go on with the report that an earlier process has frozen.

        A fleet that gets its power back in one second must not retry in one second: the splay of
        a start begins at `earliest`, when the spec may be used for sending.
        """
        report, spec = self._state.frozen, self._state.newest
        if report is not None and spec is not None and self._pending is None:
            self._pending = Pending.of(report, self._state.progress)
            splay = start_splay(report.shape.cluster_id, spec.sending_interval)
            self.retries.defer((earliest + splay - self._clock.now()).total_seconds())

    async def run(self, spec: Effective, cluster_id: str) -> None:
        """Freeze what is due, then send it or try it again.

        A newer report takes the place of one that was not delivered: its passes are still in the
        backlog, its static series would say the same. It waits for the same receiver as long.
        """
        if self._state.is_report_due:
            self._freeze(spec, cluster_id)
        self._take_back_what_is_ahead(spec, cluster_id)
        if self._pending is None or self.retries.wait_seconds > 0:
            return
        self._pending.report = self._pending.report.without(spec.excluded, spec.anonymized)
        self._pending.retry_after_seconds = 0.0
        started = self._clock.monotonic()
        try:
            async with aclosing(await self._connector.connect(spec.destination)) as receiver:
                failure = await self._send(self._pending, receiver)
        except TelemetryError as error:
            failure = not_sent(error)
        self._pending.seconds += self._clock.monotonic() - started
        if failure is not None:
            self._fail(self._pending, with_risk(failure, spec.destination))
        elif self._pending.delivery.next() is None:
            self._succeed(self._pending, spec.destination)
        else:
            self.retries.went_on()

    def _freeze(self, spec: Effective, cluster_id: str) -> None:
        state = self._state
        report = laid_out(state, state.newest_pass, spec, cluster_id, self._clock.now())
        state.is_report_due, self._pending = False, None
        if state.is_asked:
            self.retries.forget()
        if report.requests:
            self._pending = Pending.of(report)
            state.frozen, state.progress = report, Progress()
            state.answered_start = state.start
            self._keeper.keep(report)

    def _take_back_what_is_ahead(self, spec: Effective, cluster_id: str) -> None:
        """Make a report anew that a wrong clock has dated, now that the clock was set back."""
        state, now = self._state, self._clock.now()
        if self._pending is None or not is_ahead(self._pending.report.latest_ms, milliseconds(now)):
            return
        logger.warning("%s: the clock was set back: the report is made anew", state.config.name)
        self.forget()
        self._keeper.keep(Turn.CONCLUDED)
        state.plan = state.plan.with_extra(now + start_splay(cluster_id, spec.sending_interval))

    async def _send(self, pending: Pending, receiver: Receiver) -> Finding[ReportingReason] | None:
        """Send what waits, in order; give the reason when not even the newest pass arrived.

        What takes long goes on in the next tick: until then the status tells how far it has come.
        """
        delivery, began = pending.delivery, self._clock.monotonic()
        while (request := delivery.next()) is not None:
            if self._clock.monotonic() - began > SENDING_SECONDS:
                return None
            answer = await pending.post(request, self._state.backlog, receiver, self._salt)
            verdict = Verdict.CONFIRMED if answer is None else judge(answer)
            if delivery.take(verdict) is Move.WAIT and answer is not None:
                return not_delivered(verdict, answer)
            if verdict is Verdict.CONFIRMED:
                self._state.backlog.discard(request.times_ms)
            if delivery.next() is not None:
                self._keeper.keep(self._advance(pending))
        if not delivery.conclude().is_fresh_taken and pending.refused is not None:
            return not_delivered(Verdict.REFUSED, pending.refused)
        return None

    def _advance(self, pending: Pending) -> Progress:
        """Note how far the report has come; give what is new of it."""
        before, self._state.progress = self._state.progress, pending.delivery.progress
        return self._state.progress.since(before)

    def _succeed(self, pending: Pending, to: Destination) -> None:
        state, now, conclusion = self._state, self._clock.now(), pending.delivery.conclude()
        state.backlog.discard(conclusion.taken)
        state.dropped_samples += state.backlog.discard(conclusion.refused)
        state.learned = state.learned.after_report(
            now, had_old=pending.report.has_old, refused_old=bool(conclusion.refused)
        )
        refused = pending.refused if conclusion.refused else None
        said = delivered(refused, is_averaging=state.learned.averaging_since is not None)
        state.reporting = with_risk(said, to)
        state.last_report, state.report = now, pending.told(now)
        self._pending = None
        self.retries.went_on()
        advance = self._advance(pending)
        state.frozen, state.progress = None, Progress()
        self._keeper.keep_forgotten(conclusion.refused, advance, Turn.CONCLUDED)
        _log_delivered(state, pending, is_refused=refused is not None)

    def _fail(self, pending: Pending, failure: Finding[ReportingReason]) -> None:
        state = self._state
        if pending.delivery.next() is None:
            advance = self._advance(pending)
            pending.delivery.restart()
            state.progress = pending.delivery.progress
            self._keeper.keep(advance, Turn.RESTARTED)
        self.retries.failed(failure.reason, pending.retry_after_seconds)
        level = logging.WARNING if failure != state.reporting else logging.DEBUG
        logger.log(level, "%s: report not delivered: %s", state.config.name, failure.message)
        state.reporting = failure


def _log_delivered(state: State, pending: Pending, *, is_refused: bool) -> None:
    logger.info(
        "%s: report delivered: requests=%d samples=%d bytes=%d",
        *(state.config.name, pending.requests, pending.samples, pending.bytes),
    )
    if is_refused:
        logger.warning("%s: %s", state.config.name, state.reporting.message)


def laid_out(
    state: State, newest: SamplePass | None, spec: Effective, cluster_id: str, now: datetime
) -> Report:
    """Lay out a report of everything that waits, as it is frozen when it is due."""
    return freeze(
        state.backlog,
        newest,
        _shape(spec, cluster_id),
        now_ms=milliseconds(now),
        averaged=is_averaged(spec.aggregation, state.learned, now),
    )


def _shape(spec: Effective, cluster_id: str) -> Shape:
    return Shape(
        cluster_id=cluster_id,
        usage_unit=spec.usage_unit,
        external_labels=spec.destination.external_labels,
        excluded=spec.excluded,
        anonymized=spec.anonymized,
    )
