"""A gateway before a receiver: it maintains, it limits a request, it closes connections."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Literal

from tests.models.model import NO_HEADERS, SECOND_MS, Answer, Key, Model, Sample, text


class Gateway:
    """Passes on what it does not answer itself."""

    def __init__(
        self,
        behind: Model,
        *,
        retry_after: Literal["seconds", "date"] = "seconds",
        max_passes: int | None = None,
        max_samples: int | None = None,
        closes: bool = False,
    ) -> None:
        """Stand before a receiver.

        Args:
            behind: the receiver.
            retry_after: how the end of a maintenance is told.
            max_passes: 502 to a request with samples of more times than that.
            max_samples: 413 to a request of more samples.
            closes: end the connection after each answer.
        """
        self._behind = behind
        self._retry_after = retry_after
        self._max_passes, self._max_samples = max_passes, max_samples
        self._closing = {"Connection": "close"} if closes else {}
        self.maintains_until_ms: int | None = None

    @property
    def stored(self) -> Mapping[Key, float]:
        return self._behind.stored

    def receive(
        self,
        samples: Sequence[Sample],
        now_ms: int,
        *,
        size_bytes: int = 0,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Answer:
        answer = self._own_answer(samples, now_ms) or self._behind.receive(
            samples, now_ms, size_bytes=size_bytes, headers=headers
        )
        return Answer(answer.status, {**answer.headers, **self._closing}, answer.body)

    def _own_answer(self, samples: Sequence[Sample], now_ms: int) -> Answer | None:
        until_ms = self.maintains_until_ms
        if until_ms is not None and now_ms < until_ms:
            wait = f"{-((now_ms - until_ms) // SECOND_MS)}"
            told = wait if self._retry_after == "seconds" else http_date(until_ms)
            return text(503, "maintenance", {"Retry-After": told, "Date": http_date(now_ms)})
        if self._max_samples is not None and len(samples) > self._max_samples:
            return text(413, "request entity too large")
        if (
            self._max_passes is not None
            and len({each.time_ms for each in samples}) > self._max_passes
        ):
            return text(502, "bad gateway")
        return None


def http_date(time_ms: int) -> str:
    """Write a time as the header `Date` does."""
    return format_datetime(
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms), usegmt=True
    )
