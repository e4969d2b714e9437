"""What a round knows while it goes on: the time, what may go, and what answers have taught."""

from collections.abc import Generator, Iterator
from itertools import islice
from math import inf

from microshift_telemetry.delivery.course import Course
from microshift_telemetry.delivery.lessons import Lessons
from microshift_telemetry.delivery.selection import Layout, Selection
from microshift_telemetry.delivery.steps import NeedPass, Offer, Reply, Step
from microshift_telemetry.sending.answer import REFUSALS, Verdict


class EndedAt(Exception):  # noqa: N818  # it is the end, not an error
    """The round ends here."""

    def __init__(self, verdict: Verdict) -> None:
        """Note on what it ends."""
        super().__init__(verdict)
        self.verdict = verdict


class Exchange:
    """Offers passes one request at a time; what an answer means stands in `Lessons`."""

    def __init__(self, layout: Layout, course: Course, now_ms: int) -> None:
        """Offer nothing yet."""
        self.layout = layout
        self.selection = Selection(layout)
        self.lessons = Lessons(course)
        self.now_ms = now_ms
        self.newest_ms = layout.newest_ms
        """The newest pass whose static series are at hand."""
        self.fresh_taken_ms = course.fresh_taken_ms
        """The newest pass that was taken as a fresh one."""
        self.had_old = False

    def offer(
        self, times_ms: tuple[int, ...], *, is_fresh: bool = False, is_probe: bool = False
    ) -> Generator[Step, Reply, Verdict]:
        """Send one request: TAKEN, REFUSED, CONFLICT or TOO_LARGE.

        Args:
            times_ms: its passes.
            is_fresh: it is the fresh pass, or the means with it.
            is_probe: it is the first pass of a round, alone, where nothing was taken before.

        Raises:
            EndedAt: any other answer says to wait, or there was no fresh pass to send.
        """
        reply = yield Offer(times_ms, is_fresh)
        self.now_ms = reply.now_ms
        is_gone = reply.verdict is Verdict.GONE
        if is_fresh and is_gone:  # what was not sent is no delivery, and no witness
            raise EndedAt(Verdict.NOTHING_TO_SEND)
        self.had_old |= not (is_fresh or is_gone)
        is_alone = is_fresh or is_probe
        verdict = self.lessons.learn(times_ms, reply.verdict, reply, is_alone=is_alone)
        if verdict is Verdict.TAKEN:
            self.fresh_taken_ms = times_ms[-1] if is_fresh else self.fresh_taken_ms
        elif verdict not in REFUSALS:
            raise EndedAt(verdict)
        return verdict

    def new_pass(self) -> Generator[Step, Reply, int]:
        """Have a pass made.

        Raises:
            EndedAt: nothing could be read.
        """
        reply = yield NeedPass()
        self.now_ms, self.newest_ms = reply.now_ms, reply.pass_ms
        if reply.pass_ms is None:
            raise EndedAt(Verdict.NOTHING_TO_SEND)
        return reply.pass_ms

    def is_usable(self, time_ms: int | None) -> bool:
        """Tell whether a pass may go as the fresh one now."""
        return self.selection.is_usable(time_ms, self.now_ms)

    def waiting(self, since_ms: float = -inf, before_ms: float = inf) -> tuple[int, ...]:
        """Give the passes that may go now, beside the fresh one."""
        return tuple(self._waiting(since_ms, before_ms))

    def oldest(self, since_ms: float) -> tuple[int, ...]:
        """Give the first of them alone; none where none waits."""
        return tuple(islice(self._waiting(since_ms), 1))

    def _waiting(self, since_ms: float, before_ms: float = inf) -> Iterator[int]:
        fresh_ms = self.newest_ms if self.is_usable(self.newest_ms) else None
        return self.selection.waiting(fresh_ms, self.now_ms, since_ms, before_ms)

    def blames_size(self, times_ms: tuple[int, ...]) -> bool:
        """Tell whether less of a request that was too large may go through (rule 9)."""
        return len(times_ms) > 1 and not self.lessons.sizing.is_no_reason

    def batch(self, times_ms: tuple[int, ...]) -> tuple[int, ...]:
        """Give the first request of some passes."""
        return self.selection.batch(times_ms, self.lessons.sizing.size)
