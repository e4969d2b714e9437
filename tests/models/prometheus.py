"""Prometheus with `--web.enable-remote-write-receiver`: a request is stored whole or not at all.

Source: prometheus/prometheus v0.315.0, storage/remote/write_handler.go.
"""

from collections.abc import Mapping, Sequence

from tests.models.model import MINUTE_MS, NO_HEADERS, Answer, Key, Sample, text
from tests.models.tsdb import Refusal, Tsdb

AHEAD_MS = 10 * MINUTE_MS
"""A sample may be so far ahead of the server's clock."""


class Prometheus:
    """One server with one database for all who write to it."""

    def __init__(
        self, *, window_ms: int = 0, is_busy: bool = True, is_before_2_50: bool = False
    ) -> None:
        """Start a server.

        Args:
            window_ms: `storage.tsdb.out_of_order_time_window`.
            is_busy: it scrapes or others write to it, so its newest sample is always of now. One
                that is idle begins empty and takes whatever comes first.
            is_before_2_50: it has no answer of its own for a sample older than the window: 500.
                Without a window it answers as later ones do.
        """
        self._tsdb = Tsdb(window_ms)
        self._is_busy = is_busy
        self._too_old_status = 500 if is_before_2_50 else 400

    @property
    def stored(self) -> Mapping[Key, float]:
        return self._tsdb.stored

    def receive(
        self,
        samples: Sequence[Sample],
        now_ms: int,
        *,
        size_bytes: int = 0,  # noqa: ARG002
        headers: Mapping[str, str] = NO_HEADERS,  # noqa: ARG002
    ) -> Answer:
        if self._is_busy:
            self._tsdb.advance(now_ms)
        appender = self._tsdb.appender()
        for sample in samples:
            is_ahead = sample.time_ms > now_ms + AHEAD_MS
            refusal = Refusal.OUT_OF_BOUNDS if is_ahead else appender.append(sample)
            if refusal is not None:  # rolled back
                is_too_old = refusal is Refusal.TOO_OLD
                return text(self._too_old_status if is_too_old else 400, refusal.value)
        appender.commit()
        return Answer(204)
