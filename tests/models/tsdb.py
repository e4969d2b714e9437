"""The head of a Prometheus TSDB, which Prometheus, Thanos and Cortex share.

Source: prometheus/prometheus v0.315.0, tsdb/head_append.go: `initAppender`,
`appendableMinValidTime`, `memSeries.appendable`, `headAppender.Commit`.
"""

import struct
from collections.abc import Sequence
from enum import Enum

from tests.models.model import HOUR_MS, Key, Labels, Sample

HALF_A_BLOCK_MS = HOUR_MS
"""So far behind the head's newest sample a sample may still be appended in order."""


class Refusal(Enum):
    """Why a sample is not appended, in the words of `storage/interface.go`."""

    OUT_OF_BOUNDS = "out of bounds"
    OUT_OF_ORDER = "out of order sample"
    TOO_OLD = "too old sample"
    DUPLICATE = "duplicate sample for timestamp"


class Tsdb:
    """One database: a server's, or a tenant's."""

    def __init__(self, window_ms: int = 0) -> None:
        """Begin empty, with an out-of-order window; 0 is none."""
        self.window_ms = window_ms
        self.newest_ms: int | None = None
        """The newest time of *all* its series; None while it is empty."""
        self.stored: dict[Key, float] = {}
        self.newest_of: dict[Labels, int] = {}
        """The newest sample of each series that came in order."""

    def advance(self, newest_ms: int) -> None:
        """Let somebody else's sample arrive."""
        self.newest_ms = newest_ms if self.newest_ms is None else max(self.newest_ms, newest_ms)

    def appender(self) -> "Appender":
        """Begin a transaction."""
        return Appender(self)


class Appender:
    """One request's transaction; what the head's bounds are is settled when it begins."""

    def __init__(self, tsdb: Tsdb) -> None:
        """See nothing of what other transactions append."""
        self._tsdb = tsdb
        self._newest_ms = tsdb.newest_ms
        self._pending: list[Sample] = []

    def append(self, sample: Sample) -> Refusal | None:
        """Note a sample for the commit, or refuse it."""
        if self._newest_ms is None:
            # An empty database takes its bounds from the first sample it meets, however old that
            # is, and keeps them when the transaction is rolled back.
            self._tsdb.advance(sample.time_ms)
            self._newest_ms = sample.time_ms
        refusal = self._refusal(sample, self._newest_ms)
        if refusal is None:
            self._pending.append(sample)
        return refusal

    def commit(self) -> None:
        """Store what was noted.

        A sample that another one of the same transaction has put out of order is dropped here, and
        nobody is told.
        """
        tsdb = self._tsdb
        for sample in self._pending:
            series, time_ms, value = sample
            if self._refusal(sample, self._newest_ms or 0) is not None:
                continue
            # Out of order, a second value for a timestamp is dropped in silence where the first
            # is still in the head's chunk; which one a query finds otherwise is not defined.
            tsdb.stored.setdefault((series, time_ms), value)
            if self._is_in_order(sample, self._newest_ms or 0):
                tsdb.newest_of[series] = time_ms
                tsdb.advance(time_ms)

    def _refusal(self, sample: Sample, newest_ms: int) -> Refusal | None:
        tsdb, time_ms = self._tsdb, sample.time_ms
        if self._is_in_order(sample, newest_ms):
            known = tsdb.stored.get((sample.series, time_ms))
            is_told_twice = known is None or _bits(known) == _bits(sample.value)
            return None if is_told_twice else Refusal.DUPLICATE
        if tsdb.window_ms > 0:
            return None if time_ms >= newest_ms - tsdb.window_ms else Refusal.TOO_OLD
        is_recent = time_ms >= newest_ms - HALF_A_BLOCK_MS
        return Refusal.OUT_OF_ORDER if is_recent else Refusal.OUT_OF_BOUNDS

    def _is_in_order(self, sample: Sample, newest_ms: int) -> bool:
        """Tell whether a sample is recent for the head, and its series' newest or that again."""
        newest_of_series = self._tsdb.newest_of.get(sample.series)
        return sample.time_ms >= newest_ms - HALF_A_BLOCK_MS and (
            newest_of_series is None or sample.time_ms >= newest_of_series
        )


def _bits(value: float) -> bytes:
    """Compare as Prometheus does: a staleness marker equals itself."""
    return struct.pack("<d", value)


def told(refusals: Sequence[Refusal]) -> str:
    """Say how many samples were refused for which reason, as Thanos does."""
    counts = {each: refusals.count(each) for each in Refusal if each in refusals}
    return "; ".join(f"add {count} samples: {each.value}" for each, count in counts.items())
