"""One round: which request goes next, and what each answer means for the passes that wait.

Pure: it sends nothing. Who runs it carries out each step that `steps` yields, applies what came
of it to the ledger, and sends the `Reply`. The order is: opening, old part, young part, fresh
pass, second look; after a 500 the old part comes after the fresh pass (`docs/delivery.md`).
"""

from collections.abc import Generator
from dataclasses import dataclass
from math import inf

from microshift_telemetry.delivery.backlog_parts import YOUNG_MS, send_old, send_young
from microshift_telemetry.delivery.course import Course, Opening
from microshift_telemetry.delivery.exchange import EndedAt, Exchange
from microshift_telemetry.delivery.second_look import second_look
from microshift_telemetry.delivery.selection import FRESH_MS, Layout
from microshift_telemetry.delivery.steps import Reply, Step
from microshift_telemetry.sending.answer import Verdict

HOUR_MS = 3_600_000
"""Receivers without an out-of-order window refuse what is older, relative to what they have."""

MOST_OVERTAKEN = 4
"""So often a pass of the grid may come while the young part is sent, which makes the fresh pass a
new one. On a link that needs longer for a request than a sampling interval it would always."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a round ended."""

    course: Course
    """For the next one."""
    verdict: Verdict = Verdict.TAKEN
    """On the request at which it ended; TAKEN when it came to its end."""
    is_fresh_taken: bool = False
    refused_ms: tuple[int, ...] = ()
    """Passes that the receiver refuses finally."""
    has_taken: bool = False
    """Something was taken, or a smaller request may be."""
    has_progressed: bool = False
    """Some of what has waited since the round before was taken, beside probe and fresh pass."""
    had_old: bool = False
    """Passes beside the fresh one were offered."""

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing is left to do for this report."""
        return self.verdict is Verdict.TAKEN

    @property
    def is_over(self) -> bool:
        """Tell whether the report is closed: it is complete, or there is nothing to send."""
        return self.is_complete or self.verdict is Verdict.NOTHING_TO_SEND


class Round:
    """The state of one round between its first step and its end."""

    def __init__(self, layout: Layout, course: Course, now_ms: int) -> None:
        """Send nothing yet."""
        self._layout = layout
        self._exchange = Exchange(layout, course, now_ms)
        self._before = course
        self._cut_ms = now_ms - HOUR_MS
        self._is_fresh_taken = False
        self._refused: tuple[int, ...] = ()
        self._second_look_verdicts: set[Verdict] = set()

    def steps(self) -> Generator[Step, Reply, Ended]:
        """Go through the round."""
        verdict = Verdict.TAKEN
        try:
            yield from self._open()
            if self._layout.form.is_averaged:
                yield from self._fresh()
            elif self._before.is_after_error:
                yield from self._in_order_after_error()
            else:
                yield from send_old(self._exchange, self._cut_ms)
                yield from self._fresh()
            yield from self._second_look()
        except EndedAt as end:
            verdict = end.verdict
        return Ended(
            course=self._exchange.lessons.course(verdict, self._exchange.fresh_taken_ms),
            verdict=verdict,
            is_fresh_taken=self._is_fresh_taken,
            refused_ms=self._refused,
            has_taken=self._exchange.lessons.has_taken or self._exchange.lessons.is_seeking,
            has_progressed=self._exchange.lessons.has_progressed,
            had_old=self._exchange.had_old,
        )

    def _open(self) -> Generator[Step, Reply, None]:
        """Try one pass alone where nothing was taken before (rule 1)."""
        match self._before.opening:
            case Opening.OLDEST if not self._layout.form.is_averaged:
                yield from self._probe(-inf)
            case Opening.YOUNG if not self._layout.form.is_averaged:
                yield from self._probe(self._exchange.now_ms - YOUNG_MS)
            case Opening.FRESH:
                yield from self._fresh(is_alone=True)
            case _:
                pass

    def _probe(self, since_ms: float) -> Generator[Step, Reply, None]:
        """Offer the oldest pass; for that, one off the grid is good that is not fresh any more."""
        newest_ms = self._exchange.newest_ms
        times_ms = self._exchange.oldest(since_ms)
        if not times_ms and newest_ms is not None and not self._exchange.is_usable(newest_ms):
            times_ms = self._exchange.selection.probe(newest_ms, self._exchange.now_ms, since_ms)
        if not times_ms:
            return
        verdict = yield from self._exchange.offer(times_ms, is_probe=True)
        if verdict is not Verdict.TAKEN:
            self._exchange.selection.suspect(times_ms)

    def _in_order_after_error(self) -> Generator[Step, Reply, None]:
        """Send the young ones and the fresh pass first: the old ones may be what gets 500."""
        yield from self._fresh(young_ms=YOUNG_MS)
        self._exchange.lessons.begin_after_error()
        yield from send_old(self._exchange, self._exchange.fresh_taken_ms or self._exchange.now_ms)
        self._exchange.lessons.end_after_error()

    def _fresh(
        self, *, is_alone: bool = False, young_ms: int | None = None
    ) -> Generator[Step, Reply, None]:
        """Send the young part, then the fresh pass in a request of its own (rules 4 and 8)."""
        since_ms = self._cut_ms if young_ms is None else self._exchange.now_ms - young_ms
        is_averaged = self._layout.form.is_averaged
        if self._is_fresh_taken or (
            not self._exchange.selection.suspects and self._has_fresh_already()
        ):
            if not is_averaged:
                yield from send_young(self._exchange, since_ms, self._exchange.fresh_taken_ms or 0)
            return
        fresh_ms = yield from self._fresh_pass()
        for _ in range(0 if is_alone or is_averaged else MOST_OVERTAKEN):
            is_any = yield from send_young(self._exchange, since_ms, fresh_ms)
            if not is_any or self._exchange.is_usable(fresh_ms):
                break
            fresh_ms = yield from self._exchange.new_pass()
        verdict = yield from self._offer_fresh(fresh_ms)
        if verdict is Verdict.CONFLICT and not self._before.has_conflict:
            verdict = yield from self._offer_fresh((yield from self._exchange.new_pass()))
        self._exchange.lessons.note_fresh(verdict)
        if verdict is not Verdict.TAKEN:
            yield from self._offer_beside_conflict()
            raise EndedAt(verdict)
        self._is_fresh_taken = True

    def _offer_beside_conflict(self) -> Generator[Step, Reply, None]:
        """Offer one request of the backlog while fresh passes are not stored (rule 8)."""
        waiting = self._exchange.waiting()
        if waiting and self._layout.is_first and self._exchange.lessons.may_ask_beside():
            yield from self._exchange.offer(self._exchange.batch(waiting))

    def _second_look(self) -> Generator[Step, Reply, None]:
        """Refuse finally what is refused after a fresh pass was taken (rule 5)."""
        if not self._exchange.selection.suspects:
            return
        if not self._is_fresh_taken:
            yield from self._fresh()  # the witness
        if suspects := self._exchange.selection.suspects:
            refused, wanted = yield from second_look(suspects, self._is_wanted)
            self._refused = () if Verdict.TOO_LARGE in self._second_look_verdicts else refused
            yield from self._send_wanted(wanted)

    def _send_wanted(self, times_ms: tuple[int, ...]) -> Generator[Step, Reply, None]:
        """Send what is newer than a pass that was wanted; what is refused waits once more."""
        rest = self._exchange.selection.still_waiting(times_ms)
        while rest:
            batch = self._exchange.batch(rest)
            verdict = yield from self._exchange.offer(batch)
            if verdict is not Verdict.TOO_LARGE or not self._exchange.blames_size(batch):
                rest = rest[len(batch) :]

    def _is_wanted(self, time_ms: int) -> Generator[Step, Reply, bool]:
        """Offer one pass in the second look; 413 is never a final refusal."""
        verdict = yield from self._exchange.offer((time_ms,))
        self._second_look_verdicts.add(verdict)
        if verdict is Verdict.TOO_LARGE and Verdict.TAKEN not in self._second_look_verdicts:
            raise EndedAt(Verdict.TAKEN)
        return verdict is Verdict.TAKEN

    def _offer_fresh(self, fresh_ms: int) -> Generator[Step, Reply, Verdict]:
        others: tuple[int, ...] = ()
        if self._layout.form.is_averaged:
            backlog = self._layout.ledger.backlog
            others = tuple(each for each in backlog.times_ms if each < fresh_ms)
        return (yield from self._exchange.offer((*others, fresh_ms), is_fresh=True))

    def _fresh_pass(self) -> Generator[Step, Reply, int]:
        """Give the newest pass where it is young enough, else a new one."""
        newest_ms = self._exchange.newest_ms
        if newest_ms is not None and self._exchange.is_usable(newest_ms):
            return newest_ms
        return (yield from self._exchange.new_pass())

    def _has_fresh_already(self) -> bool:
        """Tell whether the newest pass was taken, a short while ago."""
        taken_ms, newest_ms = self._before.fresh_taken_ms, self._exchange.newest_ms
        if self._layout.is_first or taken_ms is None or self._exchange.now_ms - taken_ms > FRESH_MS:
            return False
        return newest_ms is None or newest_ms <= taken_ms
