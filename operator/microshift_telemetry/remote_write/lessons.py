"""What a round learns from its answers: how large requests may be, and how the next one begins."""

from typing import Protocol

from microshift_telemetry.remote_write.answer import Verdict
from microshift_telemetry.remote_write.course import (
    ERROR_ROUNDS,
    Course,
    Size,
    opening_after,
)

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
        self._size = before.size
        self._size_before_doubt: Size | None = None
        self._largest_taken = 0
        self._largest_judged = 0
        self._error_rounds = before.error_rounds
        self._are_errors_refusals = False
        self._now_ms = 0
        self.has_conflict = before.has_conflict
        """Fresh passes get 409."""
        self.asked_beside_ms = before.asked_beside_ms
        self.is_size_cleared = False
        """The smallest request there can be was too large as well."""
        self.is_seeking = False
        """The next round tries a smaller request, as soon as the receiver lets it."""
        self.has_progressed = False
        """Some of what has waited since the round before was taken, beside probe and fresh pass."""

    @property
    def size(self) -> Size:
        """How large the next request may be."""
        return self._size

    @property
    def has_taken(self) -> bool:
        """Tell whether the receiver took anything."""
        return self._largest_taken > 0

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
        self._now_ms = answered.now_ms
        match verdict:
            case Verdict.TAKEN:
                self._note_taken(times_ms, is_alone=is_alone)
            case Verdict.GONE:
                return Verdict.TAKEN
            case Verdict.REFUSED | Verdict.CONFLICT:
                self._largest_judged = max(self._largest_judged, len(times_ms))
            case Verdict.TOO_LARGE:
                self.is_size_cleared |= is_alone or len(times_ms) == 1
                self._size = Size() if self.is_size_cleared else self._smaller_than(times_ms)
            case Verdict.SERVER_ERROR if self._are_errors_refusals and not is_alone:
                return Verdict.REFUSED
            case _ if verdict in UNCERTAIN and answered.is_reached and not is_alone:
                if self._is_smaller_judged(times_ms) or self._is_sought(times_ms, answered):
                    return self._doubt_size(times_ms, verdict, answered)
        return verdict

    def course(self, verdict: Verdict, fresh_taken_ms: int | None) -> Course:
        """Give what the next round begins with, after one that ended with a verdict."""
        opening = self._before.opening
        if self._largest_taken or verdict is Verdict.TAKEN:
            opening = None
        elif verdict is not Verdict.NOTHING_TO_SEND:
            opening = opening_after(verdict)
        is_waiting = verdict not in {Verdict.TAKEN, Verdict.NOTHING_TO_SEND}
        is_error = verdict is Verdict.SERVER_ERROR
        # Where a single pass fared no better, size was not the reason.
        size = (self._size_before_doubt if is_waiting else None) or self._size
        return Course(
            opening=opening,
            is_after_error=is_error,
            error_rounds=self._error_rounds if is_error else 0,
            has_conflict=self.has_conflict,
            asked_beside_ms=self.asked_beside_ms if self.has_conflict else None,
            fresh_taken_ms=fresh_taken_ms,
            size=size,
            waited_since_ms=self._now_ms if is_waiting else None,
        )

    def _note_taken(self, times_ms: tuple[int, ...], *, is_alone: bool) -> None:
        self._size_before_doubt = None
        if is_alone:
            self._largest_taken = max(self._largest_taken, 1)
            return
        self._largest_taken = max(self._largest_taken, len(times_ms))
        self._size = self._size.after_taken(len(times_ms), self._now_ms)
        since_ms = self._before.waited_since_ms
        self.has_progressed |= since_ms is not None and times_ms[0] <= since_ms

    def _is_smaller_judged(self, times_ms: tuple[int, ...]) -> bool:
        """Tell whether this round has shown that something smaller gets through.

        What was refused as too old got through as well.
        """
        return 0 < max(self._largest_taken, self._largest_judged) < len(times_ms)

    def _is_sought(self, times_ms: tuple[int, ...], answered: Answered) -> bool:
        """Tell whether a size is sought from round to round, since the receiver asks to wait.

        It is where none has gone through yet, and where a search among refused requests has used
        up what the receiver takes at a time.
        """
        is_first_try = self._before.size.limit is not None and self._before.size.taken == 0
        is_used_up = self._largest_judged > 0 and not self.has_taken
        return answered.asks_to_wait and len(times_ms) > 1 and (is_first_try or is_used_up)

    def _doubt_size(
        self, times_ms: tuple[int, ...], verdict: Verdict, answered: Answered
    ) -> Verdict:
        """Take a request for too large that may be (rule 9), for now or for the next round."""
        before, self._size = self._size, self._smaller_than(times_ms)
        if answered.asks_to_wait:
            self.is_seeking = True
            return verdict
        self._size_before_doubt = self._size_before_doubt or before
        return Verdict.TOO_LARGE

    def _smaller_than(self, times_ms: tuple[int, ...]) -> Size:
        return self._size.smaller_than(len(times_ms), self._now_ms)
