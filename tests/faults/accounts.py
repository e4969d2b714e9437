"""The accounts of a fault run: where each pass is, and what it has cost to bring it there."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.clock import EPOCH, moment
from microshift_telemetry.controller.schedule import Grid
from microshift_telemetry.sample.metrics import CATALOGUE, Kind
from microshift_telemetry.sample.sample import Series
from tests.faults.receiver import Labels, ScriptedReceiver

DYNAMIC = frozenset(metric.name for metric in CATALOGUE if metric.kind is Kind.DYNAMIC)
MEMORY = Series.of("cluster:memory_usage_bytes:sum")


@dataclass(frozen=True)
class Accounts:
    """What the receiver and the journal tell together.

    A pass is known by its memory in use, which is the moment at which it was read.
    """

    receiver: ScriptedReceiver
    journal: Ledger
    """As the last process left it."""
    kills: int
    grid: Grid
    """When passes were due; a round makes others beside them, which are nobody's loss."""

    @cached_property
    def told(self) -> list[tuple[int, int]]:
        """The memory and the instant of each pass that was in any POST, read whole."""
        return [
            (int(value), time_ms)
            for time_ms, samples in self.receiver.samples.values.items()
            for labels, value in samples.items()
            if ("__name__", MEMORY.metric) in labels
        ]

    @cached_property
    def posted(self) -> dict[int, int]:
        """Each pass that was in any POST, by its memory."""
        return dict(self.told)

    @cached_property
    def waiting(self) -> dict[int, int]:
        """Each pass that the journal still has, by its memory."""
        backlog = self.journal.backlog
        if MEMORY not in backlog.series():
            return {}
        readings = backlog.readings(MEMORY, backlog.times_ms)
        return {int(reading.value): time_ms for time_ms, reading in readings}

    @property
    def passes(self) -> int:
        """Count the passes that were posted or wait."""
        return len(self.posted.keys() | self.waiting.keys())

    @cached_property
    def gaps(self) -> list[int]:
        """Give the begin of each time in which passes were due, and none is posted or waits."""
        known = sorted(map(self._slot, (*self.posted.values(), *self.waiting.values())))
        return [before for before, after in pairwise(known) if after - before > 1]

    def _slot(self, time_ms: int) -> int:
        """Number the points of the grid; a pass is made at one or after it."""
        return (moment(time_ms) - EPOCH - self.grid.offset) // self.grid.interval

    def _is_on_grid(self, time_ms: int) -> bool:
        """Tell whether a pass was made soon after its point of the grid."""
        since = (moment(time_ms) - EPOCH - self.grid.offset) % self.grid.interval
        return since < self.grid.interval / 4

    @cached_property
    def given_up_ms(self) -> list[int]:
        """Passes that were posted, and are neither stored nor waiting: refused."""
        stored, waiting = self.receiver.stored_ms, set(self.waiting.values())
        return [
            time_ms
            for time_ms in self.posted.values()
            if time_ms not in stored and time_ms not in waiting
        ]

    @cached_property
    def dropped_ms(self) -> list[int]:
        """Those of the passes that were given up of which a sender knows that nobody has them.

        None of them was young in a request of several passes that was refused, nor in one that
        was not answered.
        """
        maybe = frozenset[int]().union(
            *(
                post.times_ms
                for post in self.receiver.posts
                if post.card.status == 0 or (post.card.is_refusal and len(post.times_ms) > 1)
            )
        )
        known = (each for each in self.given_up_ms if each not in maybe)
        return [time_ms for time_ms in known if self._is_on_grid(time_ms)]

    @property
    def refusable_ms(self) -> frozenset[int]:
        """Passes that don't wait, and met a refusal: the most that can have been given up.

        More than those that are nowhere else: Thanos' 409 doesn't say which it has stored, and the
        answer to a first try may have been lost.
        """
        refused = (post.times_ms for post in self.receiver.posts if post.card.is_refusal)
        return frozenset().union(*refused) - set(self.waiting.values())

    def samples(self, times_ms: Iterable[int]) -> int:
        """Count the dynamic samples of passes that were posted."""
        return sum(
            _is_dynamic(labels)
            for time_ms in times_ms
            for labels in self.receiver.samples.values[time_ms]
        )

    @property
    def most_posts(self) -> int:
        """Bound the POSTs: each pass once, each failure again, a boundary found by halving.

        A kill costs one: the POST whose answer was not written down. A search for the boundary
        that a failure or a kill cuts short is made again, which may cost as much once more; in
        exchange a POST that is taken brings several passes, not one.
        """
        longest = max((len(post.times_ms) for post in self.receiver.posts), default=1)
        halvings = (longest - 1).bit_length()
        refused = len(self.given_up_ms)
        return self.passes + self.receiver.failures + 2 * refused * halvings + self.kills


def _is_dynamic(labels: Labels) -> bool:
    return dict(labels)["__name__"] in DYNAMIC
