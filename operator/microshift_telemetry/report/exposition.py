"""A request's series as text that a person reads: Prometheus' exposition format, times in ms."""

from collections.abc import Iterable, Iterator

from microshift_telemetry.report.report import TimeSeries
from microshift_telemetry.sample.sample import Labels

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def exposition(series: Iterable[TimeSeries]) -> Iterator[str]:
    """Write one line a sample, with its line break.

    Source: Prometheus, "Text-based format": `name{label="value"} value timestamp`.
    """
    for each in series:
        name = dict(each.labels)["__name__"]
        written = f"{name}{{{_written(each.labels)}}}"
        for time_ms, value in each.samples:
            yield f"{written} {_number(value)} {time_ms}\n"


def _written(labels: Labels) -> str:
    return ",".join(
        f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels if name != "__name__"
    )


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")
