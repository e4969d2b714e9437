"""telemeter-server, `POST /metrics/v1/receive`: it filters, and passes on to what stands behind."""

from collections.abc import Mapping, Sequence, Set

from tests.models.model import NO_HEADERS, Answer, Key, Model, Sample, header, text

TOO_LARGE_BYTES = 131_072
"""Compressed, a request must be smaller."""


class Telemeter:
    """A telemeter before a receiver, in production a Thanos."""

    def __init__(self, behind: Model, allowed: Set[str]) -> None:
        """Start it with the names of the metrics on its allow-list."""
        self._behind = behind
        self._allowed = allowed
        self.has_authoriser = True
        self.is_cut_off = False
        """Nothing reaches what stands behind."""
        self.is_slow = False
        """What stands behind takes samples and answers too late."""

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
        authorization = header(headers, "Authorization") or ""
        if not (self.has_authoriser and authorization.startswith("Bearer ")):
            return text(401, "unauthorized")
        if size_bytes >= TOO_LARGE_BYTES:
            return text(413, "request too big")
        if any(_count(sample, "_id") != 1 for sample in samples):
            return text(400, "required label _id is missing or there twice")
        # What is not on the list is dropped and nobody is told, unless nothing else is there.
        allowed = [each for each in samples if dict(each.series)["__name__"] in self._allowed]
        if not allowed:
            return text(400, "empty remote write request after telemeter processing")
        if self.is_cut_off:
            return text(502, "bad gateway")
        answer = self._behind.receive(allowed, now_ms)
        if self.is_slow:
            return text(502, "bad gateway")
        # It passes on the status and the words, and no header: a Retry-After is lost.
        return text(answer.status, answer.body.decode().strip())


def _count(sample: Sample, name: str) -> int:
    return sum(each == name for each, _ in sample.series)
