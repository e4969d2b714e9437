"""A script of write requests that a product and its model are both put through."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from microshift_telemetry.clock import SystemClock, milliseconds
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.report.report import TimeSeries
from tests.models.model import Labels, Model, Sample
from tests.receivers.store import Store

ANYBODY = "nobody-in-particular"
A_BLINK_SECONDS = 0.002
"""Between two requests, so that they have different times in milliseconds."""


class Point(NamedTuple):
    """A sample, `seconds` from the moment at which its script is played."""

    series: str
    seconds: float
    value: float


@dataclass(frozen=True, slots=True)
class Write:
    """One request, its points in the order of the wire."""

    points: tuple[Point, ...]
    has_tenant: bool = True
    """Otherwise without the headers that the receiver asks for."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is written to an empty database, one request after the other."""

    name: str
    writes: tuple[Write, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a script."""

    statuses: tuple[int, ...]
    """The answer to each request."""
    copies: Mapping[tuple[Labels, int, float], int]
    """How often each sample is stored."""


def play_to_product(script: Script, store: Store) -> "Played":
    """Send every request to a real receiver; what it stored is read later."""
    now_ms = milliseconds(SystemClock().now())
    statuses, sent_ms = [], []
    for write in script.writes:
        body = encode(_time_series(_samples(write, now_ms))).body
        time.sleep(A_BLINK_SECONDS)
        sent_ms.append(milliseconds(SystemClock().now()))
        statuses.append(store.write(body, with_headers=write.has_tenant).status)
    return Played(script, store, now_ms, tuple(sent_ms), tuple(statuses))


@dataclass(frozen=True, slots=True)
class Played:
    """A script that was sent to a real receiver."""

    script: Script
    store: Store
    now_ms: int
    """What the times of its points are counted from."""
    sent_ms: tuple[int, ...]
    """When each request was sent."""
    statuses: tuple[int, ...]

    def by_product(self) -> Outcome:
        """Read back what the product stored."""
        return Outcome(
            self.statuses,
            Counter(
                (labels, time_ms, value)
                for labels, samples in self.store.samples().items()
                for time_ms, value in samples
            ),
        )

    def by_model(self, model: Model) -> Outcome:
        """Put a fresh model through the same requests at the same time."""
        statuses = []
        for write, sent_ms in zip(self.script.writes, self.sent_ms, strict=True):
            samples = _samples(write, self.now_ms)
            size_bytes = len(encode(_time_series(samples)).body)
            headers = self.store.headers if write.has_tenant else {}
            answer = model.receive(samples, sent_ms, size_bytes=size_bytes, headers=headers)
            statuses.append(answer.status)
        once = {(*key, value): 1 for key, value in model.stored.items()}
        return Outcome(tuple(statuses), getattr(model, "copies", once))


def told_apart(product: Outcome, model: Outcome, now_ms: int) -> list[str]:
    """Say in words where product and model differ; empty where they agree."""
    said = [
        f"request {number}: the product answers {theirs}, its model {ours}"
        for number, (theirs, ours) in enumerate(
            zip(product.statuses, model.statuses, strict=True), start=1
        )
        if theirs != ours
    ]
    for key in sorted({*product.copies, *model.copies}):
        (labels, time_ms, value) = key
        theirs, ours = product.copies.get(key, 0), model.copies.get(key, 0)
        if theirs != ours:
            where = f"{dict(labels)} {value:g} at {(time_ms - now_ms) / 1000:+.3f} s"
            said.append(f"{where}: the product stores it {theirs} times, its model {ours}")
    return said


def _samples(write: Write, now_ms: int) -> list[Sample]:
    return [
        Sample(_labels(point.series), now_ms + round(point.seconds * 1000), point.value)
        for point in write.points
    ]


def _labels(series: str) -> Labels:
    return (("__name__", series), ("_id", ANYBODY))


def _time_series(samples: Iterable[Sample]) -> list[TimeSeries]:
    return [
        TimeSeries(series, tuple((sample.time_ms, sample.value) for sample in of_series))
        for series, of_series in groupby(samples, key=lambda sample: sample.series)
    ]
