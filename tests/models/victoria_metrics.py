"""VictoriaMetrics: it answers 204 whatever it keeps."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tests.models.model import DAY_MS, NO_HEADERS, Answer, Key, Labels, Sample


class VictoriaMetrics:
    """One server; without a limit on how old a sample may be but its retention."""

    def __init__(self, *, retention_ms: int = 31 * DAY_MS, future_ms: int = 2 * DAY_MS) -> None:
        """Start a server with `-retentionPeriod` and `-futureRetention`."""
        self._retention_ms = retention_ms
        self._future_ms = future_ms
        self.stored: dict[Key, float] = {}
        self.copies: Counter[tuple[Labels, int, float]] = Counter()
        """Every sample as often as it came: a resend is kept beside the first, with the same value
        or another; `-dedup.minScrapeInterval=1ms` hides that."""

    def receive(
        self,
        samples: Sequence[Sample],
        now_ms: int,
        *,
        size_bytes: int = 0,  # noqa: ARG002
        headers: Mapping[str, str] = NO_HEADERS,  # noqa: ARG002
    ) -> Answer:
        for series, time_ms, value in samples:
            if -self._retention_ms <= time_ms - now_ms <= self._future_ms:
                # Of two values for one time the deduplication keeps the greater one.
                self.stored[series, time_ms] = max(value, self.stored.get((series, time_ms), value))
                self.copies[series, time_ms, value] += 1
        return Answer(204)
