"""Cortex and Mimir: they store what they can and answer 400 for the rest.

Source: cortexproject/cortex v1.21.1, pkg/distributor/distributor.go, pkg/ingester/ingester.go.
"""

from collections import ChainMap
from collections.abc import Mapping, Sequence

from tests.models.model import MINUTE_MS, NO_HEADERS, Answer, Key, Sample, header, text
from tests.models.tsdb import Tsdb

GRACE_MS = 10 * MINUTE_MS
"""`creation_grace_period`: a sample may be so far ahead of the distributor's clock."""


class Cortex:
    """Distributor and ingesters with a database for each tenant."""

    retry_after: Mapping[str, str] = NO_HEADERS
    """What it sends along with 429 and 5xx."""

    def __init__(
        self,
        *,
        window_ms: int = 0,
        burst: int | None = None,
        rate: float = 25_000.0,
        is_busy: bool = True,
    ) -> None:
        """Start it with its ingesters.

        Args:
            window_ms: `out_of_order_time_window`.
            burst: `ingestion_burst_size`, in samples; None is no limit. A request of more samples
                is answered 429 for ever.
            rate: `ingestion_rate`, in samples a second.
            is_busy: other devices of the same tenant write all the time.
        """
        self._window_ms, self._burst, self._rate, self._is_busy = window_ms, burst, rate, is_busy
        self.has_ingesters = True
        self.tenants: dict[str, Tsdb] = {}
        self._tokens: dict[str, tuple[float, int]] = {}
        """(what was left, when) of each tenant."""

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
        tenant = header(headers, "X-Scope-OrgID")
        if tenant is None:
            return text(401, "no org id")
        # The distributor leaves out a series whole of which one sample is ahead of its clock.
        ahead = {sample.series for sample in samples if sample.time_ms > now_ms + GRACE_MS}
        valid = [sample for sample in samples if sample.series not in ahead]
        if valid and not self._allows(tenant, len(valid), now_ms):
            return text(429, "ingestion rate limit exceeded", self.retry_after)
        if valid and not self.has_ingesters:
            words = "at least 1 live replicas required, could only find 0"
            return text(500, words, self.retry_after)
        refused = self._ingest(tenant, valid, now_ms)
        reason = "timestamp too new" if ahead else refused
        return text(400, f"user={tenant}: {reason}") if reason else Answer(200)

    def _ingest(self, tenant: str, samples: Sequence[Sample], now_ms: int) -> str | None:
        """Store what can be stored; give the first reason why something can't."""
        tsdb = self.tenants.setdefault(tenant, Tsdb(self._window_ms))
        if self._is_busy:
            tsdb.advance(now_ms)
        appender = tsdb.appender()
        refusals = [appender.append(sample) for sample in samples]
        appender.commit()
        return next((refusal.value for refusal in refusals if refusal is not None), None)

    def _allows(self, tenant: str, count: int, now_ms: int) -> bool:
        if self._burst is None:
            return True
        left, at_ms = self._tokens.get(tenant, (self._burst, now_ms))
        left = min(self._burst, left + self._rate * (now_ms - at_ms) / 1000)
        is_allowed = count <= left
        self._tokens[tenant] = (left - count if is_allowed else left, now_ms)
        return is_allowed


class Mimir(Cortex):
    """Answers as Cortex does, and asks a sender to wait."""

    retry_after: Mapping[str, str] = {"Retry-After": "6"}
