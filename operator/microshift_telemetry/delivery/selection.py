"""Which passes may go now, and how they fall into requests."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from math import inf
from typing import Protocol

from microshift_telemetry.buffer.form import Form
from microshift_telemetry.delivery.course import Size
from microshift_telemetry.report.report import is_ahead

FRESH_MS = 30 * 60_000
"""A fresh pass is at most so old when it is sent."""


class Waiting(Protocol):
    """The passes that wait."""

    @property
    def times_ms(self) -> tuple[int, ...]:
        """Their instants, oldest first."""

    def among(self, times_ms: Iterable[int]) -> tuple[int, ...]:
        """Give those of the instants that wait, oldest first."""

    def form_of(self, time_ms: int) -> Form | None:
        """Give the form in which a receiver may have a pass; None when it has none of it."""


class Source(Protocol):
    """What a round reads of a ledger."""

    @property
    def backlog(self) -> Waiting:
        """The passes that wait."""

    @property
    def extra_ms(self) -> int | None:
        """The pass off the grid; None when none waits."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a round is made of."""

    ledger: Source
    """Changes while the round goes on, by what came of its steps and by new passes."""
    form: Form
    """Of what was never offered before."""
    full_size: Callable[[Form], int]
    """How many passes a request of a form may have at most."""
    newest_ms: int | None
    """The newest pass whose static series are at hand."""
    is_first: bool = True
    """Of its report."""


class Selection:
    """Selects by a layout; keeps back what goes otherwise, or has gone already."""

    def __init__(self, layout: Layout) -> None:
        """Keep nothing back."""
        self._layout = layout
        self._ledger = layout.ledger
        self._suspects: list[int] = []
        self._let_go: list[int] = []

    @property
    def suspects(self) -> tuple[int, ...]:
        """The passes that were refused in this round, and still wait."""
        return self.still_waiting(self._suspects)

    def suspect(self, times_ms: Iterable[int]) -> None:
        """Keep passes back for the second look."""
        self._suspects.extend(times_ms)

    def let_go(self, times_ms: Iterable[int]) -> None:
        """Never select passes again in this round, whatever the ledger says of them."""
        self._let_go.extend(times_ms)

    def waiting(
        self, fresh_ms: int | None, now_ms: int, since_ms: float = -inf, before_ms: float = inf
    ) -> Iterator[int]:
        """Give the passes of the backlog that may go now, oldest first.

        A pass off the grid goes as the fresh one, or not at all; a mean is never offered again as
        the pass at its instant.

        Args:
            fresh_ms: the pass that will go as the fresh one; None when there is none.
            now_ms: now.
            since_ms: none that is older.
            before_ms: none that is as new as this.
        """
        backlog = self._ledger.backlog
        times_ms = backlog.times_ms
        kept_back = {self._ledger.extra_ms, fresh_ms, *self._suspects, *self._let_go}
        for each in times_ms[bisect_left(times_ms, since_ms) : bisect_left(times_ms, before_ms)]:
            is_left = each not in kept_back and not is_ahead(each, now_ms)
            if is_left and not _is_mean(backlog.form_of(each)):
                yield each

    def probe(self, time_ms: int, now_ms: int, since_ms: float) -> tuple[int, ...]:
        """Give a pass that nothing but a probe can use any more; none when it has gone."""
        is_good = time_ms >= since_ms and not is_ahead(time_ms, now_ms)
        return self.still_waiting((time_ms,)) if is_good else ()

    def still_waiting(self, times_ms: Iterable[int]) -> tuple[int, ...]:
        """Give those that were not taken meanwhile, oldest first."""
        return self._ledger.backlog.among(times_ms)

    def is_usable(self, time_ms: int | None, now_ms: int) -> bool:
        """Tell whether a pass may go as the fresh one.

        It is young, it still waits (one of the grid takes the place of one off it), and it was
        never offered in another form.
        """
        if time_ms is None or not self.still_waiting((time_ms,)):
            return False
        before = self._ledger.backlog.form_of(time_ms)
        is_fresh = now_ms - time_ms <= FRESH_MS and not is_ahead(time_ms, now_ms)
        return is_fresh and (before is None or self._is_as_it_was(before))

    def batch(self, times_ms: tuple[int, ...], size: Size) -> tuple[int, ...]:
        """Give the first request of some passes: of one form, and not too large.

        What a receiver may have goes apart from what it can't have: where it has it, it may refuse
        the whole request.
        """
        form_of = self._ledger.backlog.form_of
        before = form_of(times_ms[0])
        batch = times_ms[: size.at_most(self._layout.full_size(before or self._layout.form))]
        return tuple(takewhile(lambda each: form_of(each) == before, batch))

    def requests(self, times_ms: tuple[int, ...], size: Size) -> list[tuple[int, ...]]:
        """Cut passes into requests."""
        requests = []
        while times_ms:
            requests.append(self.batch(times_ms, size))
            times_ms = times_ms[len(requests[-1]) :]
        return requests

    def _is_as_it_was(self, before: Form) -> bool:
        shape = before.shape.narrowed(self._layout.form.shape)
        return not before.is_averaged and Form(shape) == self._layout.form


def _is_mean(form: Form | None) -> bool:
    return form is not None and form.is_averaged
