"""A write request's passes → its series: in what units, under which labels, and how many fit."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.form import Shape, WriteRequest
from microshift_telemetry.report.aggregation import mean
from microshift_telemetry.report.labels import HASH_BYTES, wire_labels
from microshift_telemetry.sample.metrics import MOMENTARY, is_excluded
from microshift_telemetry.sample.sample import Labels, Reading, Series
from microshift_telemetry.spec.shaping import utf8_bytes

MAX_SAMPLES = 2_800
"""Of one request. With the labels of 17 series this stays below 56 KB before compression, which
snappy can never blow up beyond 64 KiB (telemeter refuses 128 KiB). External labels take the place
of samples."""

FEWEST_PASSES = 24
"""Of one request: a day at the defaults, which takes less than 64 KiB with the longest external
labels there can be."""

SAMPLE_BYTES = 18
"""On the wire before compression."""
LABEL_BYTES = 9
"""What the wire needs for a label beside its name and its value, at most."""

MAX_AHEAD_MS = 300_000
"""How far ahead of the clock a timestamp may be."""


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """One series of a request, as it goes on the wire."""

    labels: Labels
    """With `__name__` and `_id`."""
    samples: tuple[tuple[int, float], ...]
    """(ms since the epoch, value), oldest first."""


def is_ahead(time_ms: int, now_ms: int) -> bool:
    """Tell whether a wrong clock has dated a pass: such a one is not sent before its time."""
    return time_ms > now_ms + MAX_AHEAD_MS


def passes_per_request(series: int, shape: Shape) -> int:
    """Tell how many passes of so many series one request may have.

    External labels count as if snappy found nothing to compress in them, so that no text makes a
    request too large. A value that is hidden, now or by an edit to come, is as long as its hash.
    """
    external_bytes = sum(
        LABEL_BYTES + len(name) + max(utf8_bytes(value), 2 * HASH_BYTES)
        for name, value in shape.external_labels
    )
    passes = MAX_SAMPLES // max(1, series) - ceil(external_bytes / SAMPLE_BYTES)
    return max(FEWEST_PASSES, passes)


def time_series(request: WriteRequest, backlog: Backlog, salt: bytes) -> Iterator[TimeSeries]:
    """Write out one request's series, each at once, so that only one is held in full.

    The salt hides the values of labels that are to be anonymised; it is the device's secret.
    """
    shape, newest_ms = request.form.shape, request.times_ms[-1]
    for series in backlog.series():
        readings = backlog.readings(series, request.times_ms)
        samples = tuple((time_ms, _shaped(reading, shape)) for time_ms, reading in readings)
        if samples and request.form.is_averaged:
            samples = ((newest_ms, _summary(series, [value for _, value in samples])),)
        if samples and not is_excluded(series, shape.excluded):
            yield TimeSeries(wire_labels(series, shape, salt), samples)
    for reading in request.static:
        if not is_excluded(reading.series, shape.excluded):
            samples = ((newest_ms, _shaped(reading, shape)),)
            yield TimeSeries(wire_labels(reading.series, shape, salt), samples)


def _summary(series: Series, values: list[float]) -> float:
    """Tell in one value what an averaged report has of a series, oldest first."""
    return values[-1] if series.metric in MOMENTARY else mean(values)


def _shaped(reading: Reading, shape: Shape) -> float:
    if reading.total is None or shape.usage_unit == "Absolute":
        return reading.value
    return 100 * reading.value / reading.total
