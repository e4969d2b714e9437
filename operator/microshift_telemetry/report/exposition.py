"""Prometheus' text format: a request's series as a person reads them, and metrics for a scrape.

Source: Prometheus, "Text-based format", version 0.0.4.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from microshift_telemetry.report.report import TimeSeries

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Pairs = Sequence[tuple[str, str]]
"""Label names and values, in the order in which they are written."""

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})


Kind = Literal["counter", "gauge"]
"""What a metric's values mean, in the words of the format."""


class Family(NamedTuple):
    """One metric with all its series, as a scrape gets it.

    A tuple, as its neighbours are: a data class costs a small device three times the memory.
    """

    name: str
    kind: Kind
    help: str
    samples: Sequence[tuple[Pairs, float]]
    """By labels; no labels twice."""


def exposition(series: Iterable[TimeSeries]) -> Iterator[str]:
    """Write one line a sample, with its line break and its time in ms."""
    for each in series:
        name = dict(each.labels)["__name__"]
        labels = [pair for pair in each.labels if pair[0] != "__name__"]
        for time_ms, value in each.samples:
            yield f"{name}{_written(labels)} {_number(value)} {time_ms}\n"


def text_format(families: Iterable[Family]) -> Iterator[str]:
    """Write one line a sample, without a time, below what its metric means.

    A metric without a sample is left out: nothing is known of it.
    """
    for family in families:
        if family.samples:
            yield f"# HELP {family.name} {family.help.translate(_HELP_ESCAPES)}\n"
            yield f"# TYPE {family.name} {family.kind}\n"
        for labels, value in family.samples:
            yield f"{family.name}{_written(labels)} {_number(value)}\n"


def _written(labels: Pairs) -> str:
    pairs = ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels)
    return f"{{{pairs}}}" if pairs else ""


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value).removesuffix(".0")
