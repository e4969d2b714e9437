"""The seam between a report and its protocol: everything in which two protocols differ.

`controller/transports.py` chooses one by `spec.protocol`; nobody else asks which one it is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from microshift_telemetry.report.report import TimeSeries
from microshift_telemetry.sending.answer import Answer, Verdict
from microshift_telemetry.sending.tokens import TokenSource
from microshift_telemetry.spec.endpoint import Endpoint


class Encoded(NamedTuple):
    """A body and what it says, for the status."""

    body: bytes
    series: int
    samples: int


Exchange = Callable[[Endpoint, str, str, tuple[tuple[str, str], ...]], TokenSource]
"""(endpoint, cluster id, token of the spec, headers of the spec) → who gives an access token."""


class Transport(NamedTuple):
    """How a protocol says a report, and what answers to it mean.

    A tuple, as others that every process has: a data class costs three times the memory.
    """

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
