"""What a round learns from its answers, and how the next one begins."""

from typing import Protocol

from microshift_telemetry.delivery.course import (
    ERROR_ROUNDS,
    Course,
    opening_after,
)
from microshift_telemetry.delivery.sizing import Sizing
from microshift_telemetry.sending.answer import Verdict

UNCERTAIN = frozenset({Verdict.RETRY, Verdict.NO_ANSWER})
"""A server that is away, a burst limit, a proxy's limit and a link that chokes look alike."""

BESIDE_MS = 23 * 3_600_000


class Answered(Protocol):
    """When an answer came, or none, and how."""

    @property
    def now_ms(self) -> int:
        """When it came."""

    @property
    def is_reached(self) -> bool:
        """There was a connection."""

    @property
    def asks_to_wait(self) -> bool:
        """The receiver says when to come again."""


class Lessons:
    """Learns from one round, on top of what the rounds before have taught."""

    def __init__(self, before: Course) -> None:
        """Know what is known before the round."""
        self._before = before
        self.sizing = Sizing(before.size)
        self._error_rounds = before.error_rounds
        self._are_errors_refusals = False
        self._now_ms = 0
        self.has_conflict = before.has_conflict
        """Fresh passes get 409."""
        self.asked_beside_ms = before.asked_beside_ms
        self.is_seeking = False
        """The next round tries a smaller request, as soon as the receiver lets it."""
        self.has_progressed = False
        """Some of what has waited since the round before was taken, beside probe and fresh pass."""

    @property
    def has_taken(self) -> bool:
        """Tell whether the receiver took anything."""
        return self.sizing.largest_taken > 0

    def note_fresh(self, verdict: Verdict) -> None:
        """Note how the fresh pass of this round fared."""
        self.has_conflict = verdict is Verdict.CONFLICT

    def may_ask_beside(self) -> bool:
        """Tell, and note, whether a request of the backlog goes beside a fresh pass that got 409.

        At due reports, once a day: more would be more than a receiver that takes nothing gets.
        """
        is_lasting = self.has_conflict and self._before.has_conflict
        may_ask = is_lasting and self._now_ms - (self.asked_beside_ms or 0) > BESIDE_MS
        if may_ask:
            self.asked_beside_ms = self._now_ms
        return may_ask

    def begin_after_error(self) -> None:
        """Count a round in which old passes come last, since they may be what gets 500 (rule 7)."""
        self._error_rounds += 1
        self._are_errors_refusals = self._error_rounds >= ERROR_ROUNDS

    def end_after_error(self) -> None:
        """Forget the 500s: the old passes got through."""
        self._error_rounds = 0

    def learn(
        self, times_ms: tuple[int, ...], verdict: Verdict, answered: Answered, *, is_alone: bool
    ) -> Verdict:
        """Tell what an answer to a request means for this round.

        Args:
            times_ms: its passes.
            verdict: on it, by itself.
            answered: when, and how.
            is_alone: it is a probe, or the fresh pass or the means: as small as can be, so that its
                success proves nothing of others.
        """
        self._now_ms, passes = answered.now_ms, len(times_ms)
        match verdict:
            case Verdict.TAKEN:
                self.sizing.note_taken(passes, self._now_ms, is_alone=is_alone)
                since_ms = None if is_alone else self._before.waited_since_ms
                self.has_progressed |= since_ms is not None and times_ms[0] <= since_ms
            case Verdict.GONE:
                return Verdict.TAKEN
            case Verdict.REFUSED | Verdict.CONFLICT:
                self.sizing.note_judged(passes)
            case Verdict.TOO_LARGE:
                self.sizing.note_too_large(passes, self._now_ms, is_alone=is_alone)
            case Verdict.SERVER_ERROR if self._are_errors_refusals and not is_alone:
                return Verdict.REFUSED
            case _ if verdict in UNCERTAIN and answered.is_reached and not is_alone:
                return self._of_uncertain(passes, verdict, asks_to_wait=answered.asks_to_wait)
        return verdict

    def course(self, verdict: Verdict, fresh_taken_ms: int | None) -> Course:
        """Give what the next round begins with, after one that ended with a verdict."""
        opening = self._before.opening
        if self.has_taken or verdict is Verdict.TAKEN:
            opening = None
        elif verdict is not Verdict.NOTHING_TO_SEND:
            opening = opening_after(verdict)
        is_waiting = verdict not in {Verdict.TAKEN, Verdict.NOTHING_TO_SEND}
        is_error = verdict is Verdict.SERVER_ERROR
        return Course(
            opening=opening,
            is_after_error=is_error,
            error_rounds=self._error_rounds if is_error else 0,
            has_conflict=self.has_conflict,
            asked_beside_ms=self.asked_beside_ms if self.has_conflict else None,
            fresh_taken_ms=fresh_taken_ms,
            size=self.sizing.lasting(is_waiting=is_waiting),
            waited_since_ms=self._now_ms if is_waiting else None,
        )

    def _of_uncertain(self, passes: int, verdict: Verdict, *, asks_to_wait: bool) -> Verdict:
        """Tell whether a request that nobody has judged may have been too large (rule 9)."""
        is_sought = asks_to_wait and self.sizing.is_sought(passes)
        if not (is_sought or self.sizing.has_smaller_through(passes)):
            return verdict
        self.sizing.doubt(passes, self._now_ms, is_lasting=asks_to_wait)
        self.is_seeking |= asks_to_wait
        return verdict if asks_to_wait else Verdict.TOO_LARGE
