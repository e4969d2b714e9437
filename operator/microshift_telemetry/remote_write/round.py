"""One round: which request goes next, and what each answer means for the passes that wait.

Pure: it sends nothing. Who runs it carries out each `Step` that `steps` yields, applies what came
of it to the ledger, and sends the `Reply`. The order is: opening, old part, young part, fresh
pass, second look; after a 500 the old part comes after the fresh pass.
"""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from itertools import takewhile
from math import inf

from microshift_telemetry.buffer.form import Form
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.remote_write.answer import Verdict
from microshift_telemetry.remote_write.course import (
    ERROR_ROUNDS,
    STUCK_ROUNDS,
    Course,
    Opening,
    Size,
    opening_after,
)
from microshift_telemetry.report.report import is_ahead

HOUR_MS = 3_600_000
"""Receivers without an out-of-order window refuse what is older, relative to what they have."""

YOUNG_MS = 55 * 60_000
"""What is younger will still be young when it arrives."""

FRESH_MS = 30 * 60_000
"""A fresh pass is at most so old when it is sent."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Send these passes in one request."""

    times_ms: tuple[int, ...]
    is_fresh: bool = False
    """The newest of them is the fresh pass, and has the static series with it."""


@dataclass(frozen=True, slots=True)
class NeedPass:
    """Make a pass."""


Step = Offer | NeedPass


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a step."""

    now_ms: int
    verdict: Verdict = Verdict.TAKEN
    """On an offer."""
    pass_ms: int | None = None
    """The pass that was made, or None where nothing could be read."""


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
    has_progressed: bool = False
    """The passes at which the round before ended were taken."""
    had_old: bool = False
    """Passes beside the fresh one were offered."""

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing is left to do for this report."""
        return self.verdict is Verdict.TAKEN


@dataclass(frozen=True, slots=True)
class Layout:
    """What a round is made of."""

    ledger: Ledger
    """Changes while the round goes on, by what came of its steps and by new passes."""
    form: Form
    """Of what was never offered before."""
    full_size: Callable[[Form], int]
    """How many passes a request of a form may have at most."""
    newest_ms: int | None
    """The newest pass whose static series are at hand."""
    is_first: bool = True
    """Of its report."""


class _EndedAt(Exception):
    """The round ends here."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict


Steps = Generator[Step, Reply, Verdict]


class Round:
    """The state of one round between its first step and its end."""

    def __init__(self, layout: Layout, course: Course, now_ms: int) -> None:
        """Send nothing yet."""
        self._ledger = layout.ledger
        self._layout = layout
        self._before = course
        self._now_ms = now_ms
        self._cut_ms = now_ms - HOUR_MS
        self._newest_ms = layout.newest_ms
        self._size = course.size
        self._suspects: list[int] = []
        self._refused: list[int] = []
        self._is_fresh_taken = False
        self._largest_taken = 0
        self._has_conflict = course.has_conflict
        self._error_rounds = course.error_rounds
        self._are_errors_refusals = False
        self._has_progressed = False
        self._ended_at: tuple[int, ...] = ()
        self._is_probing = False
        self._had_old = False
        self._fresh_taken_ms = course.fresh_taken_ms

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
                yield from self._old(self._cut_ms)
                yield from self._fresh()
            yield from self._second_look()
        except _EndedAt as end:
            verdict = end.verdict
        return self._ended(verdict)

    def _open(self) -> Generator[Step, Reply, None]:
        """Try one pass alone where nothing was taken before (rule 1)."""
        self._is_probing = True
        match self._before.opening:
            case Opening.OLDEST if not self._layout.form.is_averaged:
                yield from self._probe(self._waiting()[:1])
            case Opening.YOUNG if not self._layout.form.is_averaged:
                yield from self._probe(self._waiting(since_ms=self._now_ms - YOUNG_MS)[:1])
            case Opening.FRESH:
                yield from self._fresh(is_alone=True)
            case _:
                pass
        self._is_probing = False

    def _probe(self, times_ms: tuple[int, ...]) -> Generator[Step, Reply, None]:
        if times_ms and (yield from self._offer(times_ms)) is not Verdict.TAKEN:
            self._suspects.extend(times_ms)

    def _in_order_after_error(self) -> Generator[Step, Reply, None]:
        """Send the young ones and the fresh pass first: the old ones may be what gets 500."""
        yield from self._fresh(young_ms=YOUNG_MS)
        self._error_rounds += 1
        self._are_errors_refusals = self._error_rounds >= ERROR_ROUNDS
        yield from self._old(self._fresh_taken_ms or self._now_ms)
        self._error_rounds = 0

    def _old(self, before_ms: int) -> Generator[Step, Reply, None]:
        """Send what waits before an instant, oldest first (rule 2)."""
        rest = self._waiting(before_ms=before_ms)
        while rest:
            batch = self._batch(rest)
            match (yield from self._offer(batch)):
                case Verdict.TAKEN:
                    rest = rest[len(batch) :]
                case Verdict.TOO_LARGE if len(batch) > 1:
                    continue
                case Verdict.TOO_LARGE:
                    self._suspects.extend(rest)
                    return
                case _:
                    self._suspects.extend(batch)
                    rest = yield from self._search(rest[len(batch) :])

    def _search(self, rest: tuple[int, ...]) -> Generator[Step, Reply, tuple[int, ...]]:
        """Find the first request that is taken, by bisection; give what comes after it."""
        requests = self._requests(rest)
        low, high = 0, len(requests)
        while low < high:
            middle = (low + high) // 2
            match (yield from self._offer(requests[middle])):
                case Verdict.TAKEN:
                    high = middle
                case Verdict.TOO_LARGE if len(requests[middle]) > 1:
                    rest = self._still_waiting(_joined(requests[low:]))
                    return (yield from self._search(rest))
                case _:
                    self._suspects.extend(_joined(requests[low : middle + 1]))
                    low = middle + 1
        return self._still_waiting(_joined(requests[high + 1 :]))

    def _young(self, since_ms: float, fresh_ms: int) -> Generator[Step, Reply, None]:
        """Send what is younger than an hour, oldest first, up to the fresh pass (rule 3)."""
        while times_ms := self._waiting(since_ms=since_ms, before_ms=fresh_ms):
            batch = self._batch(times_ms)
            match (yield from self._offer(batch)):
                case Verdict.TAKEN:
                    continue
                case Verdict.TOO_LARGE if len(batch) > 1:
                    continue
                case Verdict.TOO_LARGE:
                    self._suspects.extend(times_ms)
                case _:
                    younger = tuple(each for each in batch if each >= self._now_ms - YOUNG_MS)
                    if younger not in {(), batch}:
                        yield from self._offer(younger)
                    self._suspects.extend(self._still_waiting(batch))

    def _fresh(
        self, *, is_alone: bool = False, young_ms: int | None = None
    ) -> Generator[Step, Reply, None]:
        """Send the young part, then the fresh pass in a request of its own (rules 4 and 8)."""
        if self._is_fresh_taken or (not self._suspects and self._has_fresh_already()):
            if not self._layout.form.is_averaged:
                yield from self._young(self._young_from(young_ms), self._fresh_taken_ms or 0)
            return
        fresh_ms = yield from self._fresh_pass()
        while not (is_alone or self._layout.form.is_averaged):
            yield from self._young(self._young_from(young_ms), fresh_ms)
            if self._is_usable(fresh_ms):
                break
            fresh_ms = yield from self._fresh_pass()
        verdict = yield from self._offer_fresh(fresh_ms)
        if verdict is Verdict.CONFLICT and not self._has_conflict:
            verdict = yield from self._offer_fresh((yield from self._new_pass()))
        self._has_conflict = verdict is Verdict.CONFLICT
        if verdict is not Verdict.TAKEN:
            if self._has_conflict and self._layout.is_first and self._before.has_conflict:
                yield from self._probe(self._batch(self._waiting()))
            raise _EndedAt(verdict)
        self._is_fresh_taken = True

    def _second_look(self) -> Generator[Step, Reply, None]:
        """Refuse finally what is refused after a fresh pass was taken (rule 5)."""
        suspects = self._still_waiting(sorted(self._suspects))
        if not suspects:
            return
        if not self._is_fresh_taken:
            yield from self._fresh()  # the witness
        newest, middle = suspects[-1], suspects[len(suspects) // 2]
        refused_alone: tuple[int, ...] = ()
        if not (yield from self._is_wanted(newest)):
            refused_alone = (newest,)
            if middle == newest or not (yield from self._is_wanted(middle)):
                self._refused.extend(suspects)
                return
            low, high = -1, suspects.index(middle)
        else:
            low, high = -1, len(suspects) - 1
        while high - low > 1:
            at = (low + high) // 2
            if (yield from self._is_wanted(suspects[at])):
                high = at
            else:
                low = at
        self._refused.extend((*suspects[: low + 1], *refused_alone))
        yield from self._send_wanted(suspects[high + 1 :], frozenset(refused_alone))

    def _send_wanted(
        self, times_ms: tuple[int, ...], refused: frozenset[int]
    ) -> Generator[Step, Reply, None]:
        """Send what is newer than a pass that was wanted; what is refused waits for the next round."""
        rest = tuple(each for each in self._still_waiting(times_ms) if each not in refused)
        while rest:
            batch = self._batch(rest)
            verdict = yield from self._offer(batch)
            if verdict is not Verdict.TOO_LARGE or len(batch) == 1:
                rest = rest[len(batch) :]

    def _is_wanted(self, time_ms: int) -> Generator[Step, Reply, bool]:
        """Offer one pass in the second look; 413 is never a final refusal."""
        verdict = yield from self._offer((time_ms,))
        if verdict is Verdict.TOO_LARGE:
            raise _EndedAt(Verdict.TAKEN)
        return verdict is Verdict.TAKEN

    def _offer(
        self, times_ms: tuple[int, ...], *, is_fresh: bool = False
    ) -> Generator[Step, Reply, Verdict]:
        """Send one request; the round ends where the answer says to wait."""
        reply = yield Offer(times_ms, is_fresh)
        self._now_ms, verdict = reply.now_ms, reply.verdict
        self._had_old |= not is_fresh
        match verdict:
            case Verdict.TAKEN:
                self._note_taken(times_ms, is_fresh=is_fresh)
            case Verdict.GONE if not is_fresh:
                return Verdict.TAKEN
            case Verdict.TOO_LARGE:
                self._size = (
                    self._size.halved(len(times_ms), self._now_ms)
                    if len(times_ms) > 1
                    else Size()
                )
            case Verdict.REFUSED | Verdict.CONFLICT:
                pass
            case Verdict.SERVER_ERROR if self._are_errors_refusals and not is_fresh:
                return Verdict.REFUSED
            case _:
                self._ended_at = () if is_fresh or self._is_probing else times_ms
                raise _EndedAt(verdict)
        return verdict

    def _note_taken(self, times_ms: tuple[int, ...], *, is_fresh: bool) -> None:
        self._largest_taken = max(self._largest_taken, 1 if is_fresh else len(times_ms))
        if is_fresh:
            self._fresh_taken_ms = times_ms[-1]
            return
        self._size = self._size.after_taken(len(times_ms), self._now_ms)
        if not self._is_probing:
            self._has_progressed |= not self._before.ended_at.isdisjoint(times_ms)

    def _offer_fresh(self, fresh_ms: int) -> Generator[Step, Reply, Verdict]:
        if self._layout.form.is_averaged:
            others = [each for each in self._ledger.backlog.times_ms if each < fresh_ms]
            return (yield from self._offer((*others, fresh_ms), is_fresh=True))
        return (yield from self._offer((fresh_ms,), is_fresh=True))

    def _fresh_pass(self) -> Generator[Step, Reply, int]:
        """Give the newest pass where it is young enough, else a new one."""
        newest_ms = self._newest_ms
        if newest_ms is not None and newest_ms != self._fresh_taken_ms:
            if self._is_usable(newest_ms):
                return newest_ms
        return (yield from self._new_pass())

    def _new_pass(self) -> Generator[Step, Reply, int]:
        reply = yield NeedPass()
        self._now_ms, self._newest_ms = reply.now_ms, reply.pass_ms
        if reply.pass_ms is None:
            raise _EndedAt(Verdict.NOTHING_TO_SEND)
        return reply.pass_ms

    def _is_usable(self, time_ms: int) -> bool:
        """Tell whether a pass may go as the fresh one: young, and never offered in another form."""
        is_as_it_was = self._is_as_it_was(self._ledger.backlog.form_of(time_ms))
        age_ms = self._now_ms - time_ms
        return is_as_it_was and age_ms <= FRESH_MS and not is_ahead(time_ms, self._now_ms)

    def _is_as_it_was(self, form: Form | None) -> bool:
        """Tell whether a pass would go out as it was offered before, if it was."""
        if form is None:
            return True
        shape = form.shape.narrowed(self._layout.form.shape)
        return not form.is_averaged and Form(shape) == self._layout.form

    def _has_fresh_already(self) -> bool:
        """Tell whether the newest pass was taken, a short while ago."""
        taken_ms, newest_ms = self._before.fresh_taken_ms, self._newest_ms
        if self._layout.is_first or taken_ms is None or self._now_ms - taken_ms > FRESH_MS:
            return False
        return newest_ms is None or newest_ms <= taken_ms

    def _young_from(self, young_ms: int | None) -> float:
        return self._cut_ms if young_ms is None else self._now_ms - young_ms

    def _waiting(self, since_ms: float = -inf, before_ms: float = inf) -> tuple[int, ...]:
        """Give the passes of the backlog that may go now, oldest first.

        The newest pass goes as the fresh one, and one off the grid goes as nothing else.
        """
        backlog, suspects = self._ledger.backlog, frozenset(self._suspects)
        newest_ms = self._newest_ms if self._newest_ms != self._fresh_taken_ms else None
        kept_back = {self._ledger.extra_ms}
        if newest_ms is not None and self._is_usable(newest_ms):
            kept_back.add(newest_ms)
        return tuple(
            each
            for each in backlog.times_ms
            if since_ms <= each < before_ms
            and each not in suspects
            and each not in kept_back
            and not is_ahead(each, self._now_ms)
            and not _is_mean(backlog.form_of(each))
        )

    def _still_waiting(self, times_ms: Iterable[int]) -> tuple[int, ...]:
        return self._ledger.backlog.among(times_ms)

    def _batch(self, times_ms: tuple[int, ...]) -> tuple[int, ...]:
        """Give the first request of passes: of one form, and not too large."""
        form = self._form_of(times_ms[0])
        batch = times_ms[: self._size.at_most(self._layout.full_size(form))]
        return tuple(takewhile(lambda each: self._form_of(each) == form, batch))

    def _form_of(self, time_ms: int) -> Form:
        return self._ledger.backlog.form_of(time_ms) or self._layout.form

    def _requests(self, times_ms: tuple[int, ...]) -> list[tuple[int, ...]]:
        requests = []
        while times_ms:
            requests.append(self._batch(times_ms))
            times_ms = times_ms[len(requests[-1]) :]
        return requests

    def _ended(self, verdict: Verdict) -> Ended:
        opening = self._before.opening
        if self._largest_taken or verdict is Verdict.TAKEN:
            opening = None
        elif verdict is not Verdict.NOTHING_TO_SEND:
            opening = opening_after(verdict)
        course = replace(
            self._after_wait(self._ended_at),
            opening=opening,
            is_after_error=verdict is Verdict.SERVER_ERROR,
            error_rounds=self._error_rounds if verdict is Verdict.SERVER_ERROR else 0,
            has_conflict=self._has_conflict,
            fresh_taken_ms=self._fresh_taken_ms,
        )
        return Ended(
            course=course,
            verdict=verdict,
            is_fresh_taken=self._is_fresh_taken,
            refused_ms=tuple(self._refused),
            has_progressed=self._has_progressed,
            had_old=self._had_old,
        )

    def _after_wait(self, ended_at: tuple[int, ...]) -> Course:
        """Learn from where the round ended: a request may be too large for who answers (rule 9)."""
        passes, before = len(ended_at), self._before
        after = Course(size=self._size, ended_at=frozenset(ended_at))
        if passes <= 1 or self._largest_taken >= passes:
            return after
        has_smaller_gone = before.has_smaller_gone or self._largest_taken > 0
        stuck_rounds = min(before.stuck_rounds + 1, STUCK_ROUNDS)
        if self._size.limit is not None:
            stuck_rounds = STUCK_ROUNDS
        if has_smaller_gone and stuck_rounds == STUCK_ROUNDS:
            after = replace(after, size=self._size.halved(passes, self._now_ms))
        return replace(after, stuck_rounds=stuck_rounds, has_smaller_gone=has_smaller_gone)


def _joined(requests: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(time_ms for request in requests for time_ms in request)


def _is_mean(form: Form | None) -> bool:
    return form is not None and form.is_averaged
