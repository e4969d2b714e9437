"""One report on its way: which request goes next, and what each answer does to its passes.

Pure: it never sends. The one who does asks `next`, sends, and tells the verdict to `take`; when
there is nothing left, `conclude` says which passes are done.
"""

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum, auto

from microshift_telemetry.buffer.frozen import Progress, WriteRequest
from microshift_telemetry.remote_write.answer import Verdict
from microshift_telemetry.report.report import FRESH_MS

OLD_ERRORS_IN_A_ROW = 3
"""Prometheus before 2.50 answers 500 to a too old sample, which would be retried for ever."""


class Move(Enum):
    """What to do after an answer."""

    GO_ON = auto()
    """Send the next request."""
    WAIT = auto()
    """Send nothing more now; the same request is tried again later."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What became of the passes of a report that was sent to its end."""

    is_fresh_taken: bool
    """The newest pass has arrived; where there was none, something else, or nothing was refused."""
    taken: tuple[int, ...]
    """Passes that a receiver has."""
    refused: tuple[int, ...]
    """Old passes that it does not want, finally."""


@dataclass(slots=True)
class _Part:
    """A request, or a piece of one that was refused whole."""

    request: WriteRequest
    is_fresh: bool
    budget: "_Budget"
    errors: int = 0


@dataclass(slots=True)
class _Budget:
    """How many requests may still be spent on finding what of a request is refused."""

    left: int


class Delivery:
    """The state of one report between its first request and its conclusion."""

    def __init__(
        self,
        requests: tuple[WriteRequest, ...],
        newest_ms: int | None,
        progress: Progress | None = None,
    ) -> None:
        """Put what still waits into the order of the report.

        Args:
            requests: of the frozen report.
            newest_ms: the pass that the report was made for; None when there was none.
            progress: how far it has come before, in an earlier process.
        """
        progress = progress or Progress()
        self._newest_ms = newest_ms
        self._requests = requests
        self._waiting: deque[_Part] = deque()
        self._taken = list(progress.taken_ms)
        self._refused = list(progress.refused_ms)
        self._is_fresh_taken = newest_ms in progress.taken_ms
        self._oldest_refused_alone = progress.refused_alone_ms
        self._arrange()

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return Progress(tuple(self._taken), tuple(self._refused), self._oldest_refused_alone)

    def restart(self) -> None:
        """Put everything that no receiver has back into its first order."""
        self._refused.clear()
        self._oldest_refused_alone = None
        self._arrange()

    def _arrange(self) -> None:
        done = frozenset(self._taken + self._refused)
        self._waiting = deque(
            _Part(rest, self._is_fresh(rest), _Budget(_affordable(len(rest.times_ms))))
            for request in self._requests
            if (rest := _without(request, done)) is not None
        )

    def next(self) -> WriteRequest | None:
        """Give the request that goes next; None when the report was sent to its end."""
        return self._waiting[0].request if self._waiting else None

    def take(self, verdict: Verdict) -> Move:
        """Take the verdict on the request that `next` gave."""
        part = self._waiting[0]
        match verdict:
            case Verdict.CONFIRMED:
                self._confirm(part)
            case Verdict.PARTLY_STORED if not part.is_fresh:
                self._refuse(part)
            case Verdict.PARTLY_STORED | Verdict.REFUSED:
                self._split(part)
            case Verdict.SERVER_ERROR if self._is_old(part):
                part.errors += 1
                if part.errors < OLD_ERRORS_IN_A_ROW:
                    return Move.WAIT
                self._split(part)
            case _:
                part.errors = 0
                return Move.WAIT
        return Move.GO_ON

    def conclude(self) -> Conclusion:
        """Tell what became of the passes.

        Old passes are refused finally only by a receiver that took a fresh one: one that refuses
        everything is a captive portal, or a wrong path.
        """
        if self._newest_ms is None:
            return Conclusion(bool(self._taken) or not self._refused, tuple(self._taken), ())
        refused = tuple(self._refused) if self._is_fresh_taken else ()
        return Conclusion(self._is_fresh_taken, tuple(self._taken), refused)

    def _confirm(self, part: _Part) -> None:
        self._waiting.popleft()
        self._taken.extend(part.request.times_ms)
        self._is_fresh_taken = self._is_fresh_taken or part.is_fresh

    def _refuse(self, part: _Part) -> None:
        self._waiting.popleft()
        self._refused.extend(part.request.times_ms)

    def _split(self, part: _Part) -> None:
        """Halve what was refused whole, newer half first, as far as its budget goes.

        Once one pass was refused alone, older ones refused whole are refused together; what the
        budget leaves waits for the next report.
        """
        times = part.request.times_ms
        if part.is_fresh:
            self._waiting.popleft()
        elif len(times) == 1:
            self._oldest_refused_alone = times[0]
            self._refuse(part)
        elif self._oldest_refused_alone is not None and times[-1] < self._oldest_refused_alone:
            self._refuse(part)
        else:
            self._waiting.popleft()
            if part.budget.left >= 2:
                part.budget.left -= 2
                half = len(times) // 2
                for piece in (times[:half], times[half:]):
                    request = replace(part.request, times_ms=piece)
                    self._waiting.appendleft(_Part(request, is_fresh=False, budget=part.budget))

    def _is_fresh(self, request: WriteRequest) -> bool:
        return self._newest_ms is not None and self._newest_ms in request.times_ms

    def _is_old(self, part: _Part) -> bool:
        """Tell whether all samples of a request are more than an hour behind the newest."""
        if self._newest_ms is None or part.is_fresh:
            return False
        return part.request.times_ms[-1] < self._newest_ms - FRESH_MS


def _affordable(passes: int) -> int:
    """2 ⌈log2 n⌉ + 2 requests beside the first: enough to find one boundary by halving."""
    return 2 * (max(1, passes) - 1).bit_length() + 2


def _without(request: WriteRequest, done: frozenset[int]) -> WriteRequest | None:
    if not done.intersection(request.times_ms):
        return request
    times = tuple(time_ms for time_ms in request.times_ms if time_ms not in done)
    return replace(request, times_ms=times) if times else None
