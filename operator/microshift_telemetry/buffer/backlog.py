"""The passes that no receiver has confirmed yet, oldest first, with what is known of each."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from itertools import groupby, pairwise
from operator import itemgetter

from microshift_telemetry.buffer.columns import Columns, reordered
from microshift_telemetry.buffer.form import Form
from microshift_telemetry.buffer.marks import Marks
from microshift_telemetry.buffer.records import Marked, Stamp
from microshift_telemetry.buffer.stamps import Stamps
from microshift_telemetry.sample.sample import Reading, SamplePass, Series

MAX_PASSES = 20_160
"""A fortnight at one minute; beyond it the oldest go."""
SETTLED = Stamp()
"""Of a pass whose time is beyond doubt."""


class Backlog:
    """Passes by their instants; only the ledger changes it."""

    def __init__(self) -> None:
        """Start empty."""
        self._times = array("q")
        self._columns = Columns()
        self._marks = Marks()
        self._stamps = Stamps()
        self.samples = 0
        """How many (series, timestamp) pairs wait."""

    def __eq__(self, other: object) -> bool:
        """Compare what waits and what is known of it."""
        if not isinstance(other, Backlog):
            return NotImplemented
        return vars(self) == vars(other)

    @property
    def times_ms(self) -> tuple[int, ...]:
        """The instants of the passes, oldest first."""
        return tuple(self._times)

    @property
    def oldest_ms(self) -> int | None:
        """The instant of the oldest pass; None when empty."""
        return self._times[0] if self._times else None

    def __contains__(self, time_ms: object) -> bool:
        """Tell whether a pass of this instant waits."""
        return isinstance(time_ms, int) and self._place(time_ms) is not None

    def among(self, times_ms: Iterable[int]) -> tuple[int, ...]:
        """Give those of the instants that have a pass here, oldest first."""
        return tuple(sorted(each for each in set(times_ms) if self._place(each) is not None))

    def readings(self, series: Series, times_ms: Iterable[int]) -> Iterator[tuple[int, Reading]]:
        """Give one series' readings at the given instants, leaving out those it has none for."""
        for time_ms in times_ms:
            at = self._place(time_ms)
            reading = None if at is None else self._columns.reading(series, at)
            if reading is not None:
                yield time_ms, reading

    def series(self) -> tuple[Series, ...]:
        """Give the series that any waiting pass may have a reading of, in order."""
        return self._columns.series

    def passes(self, times_ms: Iterable[int] | None = None) -> Iterator[SamplePass]:
        """Give passes, all or those of the given instants, oldest first, one at a time."""
        wanted = self._times if times_ms is None else tuple(times_ms)
        columns = (self.readings(series, wanted) for series in self.series())
        for time_ms, readings in groupby(merge(*columns, key=itemgetter(0)), key=itemgetter(0)):
            yield SamplePass(time_ms, tuple(reading for _, reading in readings))

    def form_of(self, time_ms: int) -> Form | None:
        """Give the form in which a receiver may have a pass; None when it has none of it."""
        at = self._place(time_ms)
        return None if at is None else self._marks.form(at)

    def is_maybe_stored(self, time_ms: int) -> bool:
        """Tell whether a pass counts as perhaps stored."""
        at = self._place(time_ms)
        return at is not None and self._marks.is_maybe_stored(at)

    @property
    def marks(self) -> int:
        """How many passes a receiver may have."""
        return self._marks.count

    def marked(self) -> Iterator[Marked]:
        """Give every mark, passes with the same one together."""
        return self._marks.told(self._times)

    def mark(self, times_ms: Iterable[int], form: Form, *, is_maybe_stored: bool) -> None:
        """Note in which form a receiver may have passes; one that counts as stored goes on to."""
        places = [at for at in map(self._place, times_ms) if at is not None]
        self._marks.set(places, form, is_maybe_stored=is_maybe_stored)

    def stamped(self) -> Iterator[tuple[int, Stamp]]:
        """Give each instant with how it is known, oldest first."""
        return zip(self._times, self._stamps, strict=True)

    def made_before(self, boot_ms: int, wall_ms: int) -> tuple[int, ...]:
        """Give passes made before: of this boot by the time since it, of others by their time."""
        return self._stamps.made_before(self._times, boot_ms, wall_ms)

    def stamp_of(self, time_ms: int) -> Stamp:
        """Tell how the time of a pass that waits is known."""
        return self._stamps[bisect_left(self._times, time_ms)]

    def end_boot(self) -> None:
        """Hear that the device has started anew."""
        self._stamps.end_boot()

    def trust(self, since_boot_ms: int) -> None:
        """Trust the times of what was made since, and of what earlier boots have left."""
        self._stamps.trust(since_boot_ms)

    def add(self, sample_pass: SamplePass, stamp: Stamp = SETTLED) -> bool:
        """Keep a pass' dynamic readings, in their place in time; tell whether they are kept.

        Of two passes with one timestamp the first stays: receivers refuse a second value for an
        instant. A pass without dynamic readings leaves nothing.
        """
        time_ms = sample_pass.time_ms
        at = bisect_left(self._times, time_ms)
        if not sample_pass.dynamic or self._place(time_ms) is not None:
            return False
        self._times.insert(at, time_ms)
        self._marks.insert(at)
        self._stamps.insert(at, stamp)
        self.samples += self._columns.insert(at, sample_pass.dynamic)
        return True

    def redate(self, to_ms: Mapping[int, int]) -> None:
        """Give passes other times, which nobody doubts, and put all in their order again.

        Of two that meet at one time the earlier one stays. A fortnight of passes as objects would
        not fit into the device, so it is done column by column.
        """
        for at, time_ms in enumerate(self._times):
            if time_ms in to_ms:
                self._times[at] = to_ms[time_ms]
                self._stamps.settle(at)
        order = sorted(range(len(self._times)), key=self._times.__getitem__)
        self._times = reordered(self._times, order)
        self._columns.reorder(order)
        self._marks.reorder(order)
        self._stamps.reorder(order)
        pairs = enumerate(pairwise(self._times), start=1)
        for run in _runs(at for at, (before, after) in pairs if before == after):
            self._cut(run)

    def discard(self, times_ms: Iterable[int]) -> int:
        """Forget passes; tell how many samples they had."""
        before = self.samples
        for run in _runs({at for at in map(self._place, times_ms) if at is not None}):
            self._cut(run)
        return before - self.samples

    def _cut(self, rows: slice) -> None:
        del self._times[rows]
        self._marks.cut(rows)
        self._stamps.cut(rows)
        self.samples -= self._columns.cut(rows)

    def _place(self, time_ms: int) -> int | None:
        at = bisect_left(self._times, time_ms)
        return at if at < len(self._times) and self._times[at] == time_ms else None


def _runs(places: Iterable[int]) -> Iterator[slice]:
    """Join places that are neighbours, the last ones first, so that earlier ones stay in place."""
    end = begin = -1
    for place in sorted(places, reverse=True):
        if place != begin - 1:
            if end >= 0:
                yield slice(begin, end)
            end = place + 1
        begin = place
    if end >= 0:
        yield slice(begin, end)
