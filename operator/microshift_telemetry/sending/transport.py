"""The seam between a report and its protocol: everything in which two protocols differ.

`controller/transports.py` chooses one by `spec.protocol`; nobody else asks which one it is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from microshift_telemetry.report.report import TimeSeries
from microshift_telemetry.sending.answer import Answer, Verdict
from microshift_telemetry.sending.tokens import TokenSource
from microshift_telemetry.spec.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Encoded:
    """A body and what it says, for the status."""

    body: bytes
    series: int
    samples: int


class Exchange(Protocol):
    """Makes a source of access tokens of a token that the spec names."""

    def __call__(
        self, base: Endpoint, cluster_id: str, token: str, headers: tuple[tuple[str, str], ...]
    ) -> TokenSource:
        """Ask below `base`, for this cluster; `headers` are those of the spec."""


@dataclass(frozen=True, slots=True)
class Transport:
    """How a protocol says a report, and what answers to it mean."""

    headers: Mapping[str, str]
    """Of each request; they count before those of the spec."""
    encode: Callable[[Iterable[TimeSeries]], Encoded]
    """Writes a body; the same series give the same bytes."""
    decode: Callable[[bytes], Iterator[TimeSeries]]
    """Reads back what `encode` has written; raises whatever its libraries raise."""
    judge: Callable[[Answer], Verdict]
    """Tells what an answer means for the samples."""
    question: bytes | None
    """A body without samples, by which a check may ask; None where each request counts."""
    exchange: Exchange | None = None
    """What a token of the spec is exchanged by; None where it goes with each request itself."""
