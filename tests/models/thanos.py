"""Thanos receive: it stores what it can and answers 409 for the rest.

Source: thanos-io/thanos v0.42.3, pkg/receive/writer.go.
"""

from collections import ChainMap
from collections.abc import Mapping, Sequence

from tests.models.model import NO_HEADERS, Answer, Key, Sample, header, text
from tests.models.tsdb import Refusal, Tsdb, told

DEFAULT_TENANT = "default-tenant"


class Thanos:
    """One receiver with a database for each tenant."""

    def __init__(
        self, *, window_ms: int = 0, future_window_ms: int = 0, is_busy: bool = True
    ) -> None:
        """Start a receiver.

        Args:
            window_ms: `--tsdb.out-of-order.time-window`.
            future_window_ms: `--tsdb.too-far-in-future.time-window`; 0 is no limit.
            is_busy: other devices of the same tenant write all the time.
        """
        self._window_ms = window_ms
        self._future_window_ms = future_window_ms
        self._is_busy = is_busy
        self.tenants: dict[str, Tsdb] = {}

    @property
    def stored(self) -> Mapping[Key, float]:
        return ChainMap(*(tsdb.stored for tsdb in self.tenants.values()))

    def receive(
        self,
        samples: Sequence[Sample],
        now_ms: int,
        *,
        size_bytes: int = 0,  # noqa: ARG002
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Answer:
        tenant = header(headers, "THANOS-TENANT") or DEFAULT_TENANT
        tsdb = self.tenants.setdefault(tenant, Tsdb(self._window_ms))
        if self._is_busy:
            tsdb.advance(now_ms)
        appender = tsdb.appender()
        refusals = []
        for sample in samples:
            is_ahead = 0 < self._future_window_ms < sample.time_ms - now_ms
            refusal = Refusal.OUT_OF_BOUNDS if is_ahead else appender.append(sample)
            if refusal is not None:
                refusals.append(refusal)
        appender.commit()
        return text(409, told(refusals)) if refusals else Answer(200)
