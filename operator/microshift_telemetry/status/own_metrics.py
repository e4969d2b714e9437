"""What a scrape of the operator tells: figures of each TelemetryConfig → metrics as text.

No label holds an endpoint, a credential, or a receiver's words.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from microshift_telemetry import __version__
from microshift_telemetry.report.exposition import Family, Kind, Pairs, text_format
from microshift_telemetry.sources.outcome import SourceRead
from microshift_telemetry.status.conditions import Condition

PREFIX = "microshift_telemetry_"
OBJECT_LABEL = "telemetryconfig"


AttemptResult = Literal["delivered", "partial", "failed"]
"""What came of one attempt at a report."""


class Figures(NamedTuple):
    """What is known of one TelemetryConfig; None where there is nothing to tell."""

    name: str
    conditions: tuple[Condition, ...]
    attempts: Mapping[AttemptResult, int]
    last_delivery: datetime | None
    pending_samples: int
    oldest_pending: datetime | None
    sent_samples: int
    dropped_samples: int
    requests: int
    sent_bytes: int
    responses: Mapping[int, int]
    """By status code."""
    last_pass: datetime | None
    reads: Mapping[str, SourceRead]
    """By source."""


Samples = Iterable[tuple[Pairs, float]]


class OwnMetric(NamedTuple):
    """One metric of the operator's own, of each TelemetryConfig."""

    name: str
    """Without the prefix."""
    kind: Kind
    help: str
    samples_of: Callable[[Figures], Samples]
    """Gives its samples by the labels beside the object's name."""


def metrics_page(objects: Iterable[Figures]) -> str:
    """Write the answer to one scrape."""
    return "".join(text_format(_families(tuple(objects))))


def _families(objects: tuple[Figures, ...]) -> Iterator[Family]:
    yield Family(f"{PREFIX}build_info", "gauge", BUILD_HELP, [(_build(), 1)])
    for metric in OWN_METRICS:
        samples = [
            (((OBJECT_LABEL, figures.name), *labels), value)
            for figures in objects
            for labels, value in metric.samples_of(figures)
        ]
        yield Family(f"{PREFIX}{metric.name}", metric.kind, metric.help, samples)


def _build() -> Pairs:
    python = ".".join(map(str, sys.version_info[:3]))
    return (("version", __version__), ("python_version", python))


def _one(value: float) -> Samples:
    return (((), value),)


def _time(at: datetime | None) -> Samples:
    return () if at is None else _one(at.timestamp())


def _conditions(figures: Figures) -> Samples:
    for each in figures.conditions:
        yield (("type", each.type), ("status", each.status), ("reason", each.reason)), 1


def _attempts(figures: Figures) -> Samples:
    return (((("result", result),), count) for result, count in figures.attempts.items())


def _responses(figures: Figures) -> Samples:
    return (((("code", str(code)),), n) for code, n in sorted(figures.responses.items()))


BUILD_HELP = "The version of the operator and of its Python."

OWN_METRICS = (
    OwnMetric(
        "condition",
        "gauge",
        "1 for the current status and reason of each condition.",
        _conditions,
    ),
    OwnMetric(
        "report_attempts_total",
        "counter",
        "Attempts to deliver a report, by result: delivered, partial (the receiver accepted the "
        "newest samples, older ones wait) or failed.",
        _attempts,
    ),
    OwnMetric(
        "last_delivery_timestamp_seconds",
        "gauge",
        "When the receiver last accepted a new sample.",
        lambda figures: _time(figures.last_delivery),
    ),
    OwnMetric(
        "samples_pending",
        "gauge",
        "Samples waiting for delivery.",
        lambda figures: _one(figures.pending_samples),
    ),
    OwnMetric(
        "oldest_pending_sample_timestamp_seconds",
        "gauge",
        "When the oldest waiting sample was taken; absent if none is waiting.",
        lambda figures: _time(figures.oldest_pending),
    ),
    OwnMetric(
        "samples_sent_total",
        "counter",
        "Samples that the receiver accepted.",
        lambda figures: _one(figures.sent_samples),
    ),
    OwnMetric(
        "samples_dropped_total",
        "counter",
        "Samples dropped without having reached a receiver; the count survives restarts.",
        lambda figures: _one(figures.dropped_samples),
    ),
    OwnMetric(
        "requests_total",
        "counter",
        "Write requests sent, answered or not.",
        lambda figures: _one(figures.requests),
    ),
    OwnMetric(
        "responses_total",
        "counter",
        "Answers to write requests, by HTTP status code.",
        _responses,
    ),
    OwnMetric(
        "sent_bytes_total",
        "counter",
        "Compressed bodies of the write requests sent.",
        lambda figures: _one(figures.sent_bytes),
    ),
    OwnMetric(
        "last_pass_timestamp_seconds",
        "gauge",
        "When the newest samples were taken.",
        lambda figures: _time(figures.last_pass),
    ),
    OwnMetric(
        "source_duration_seconds",
        "gauge",
        "How long the last pass waited for a source; sources are read in parallel.",
        lambda figures: (
            ((("source", name),), read.seconds) for name, read in figures.reads.items()
        ),
    ),
    OwnMetric(
        "source_success",
        "gauge",
        "1 if the last read of a source succeeded, 0 otherwise.",
        lambda figures: (
            ((("source", name),), float(read.is_well)) for name, read in figures.reads.items()
        ),
    ),
)
