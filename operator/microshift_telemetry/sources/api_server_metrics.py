"""The API server's own `/metrics`, folded line by line into the few figures that we need."""

import math
import re
from dataclasses import dataclass

from microshift_telemetry.errors import excerpt
from microshift_telemetry.sources.outcome import SourceError

METRICS_PATH = "/metrics"

_RESOURCE_OBJECTS = b"apiserver_resource_objects"
_STORAGE_OBJECTS = b"apiserver_storage_objects"
_START_TIME = b"process_start_time_seconds"
_REQUESTS = b"apiserver_request_total{"
_WANTED = (_RESOURCE_OBJECTS, _STORAGE_OBJECTS, _START_TIME)
_APPLY = (
    b'code="20',
    b'group="telemetry.microshift.io"',
    b'resource="telemetryconfigs"',
    b'subresource=""',
    b'verb="APPLY"',
)
"""What the count of the applies of a TelemetryConfig has among its labels; our own writes are to a
subresource."""
_SAMPLE = re.compile(
    rb"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{.*\})?[ \t]+([^ \t\r]+)(?:[ \t]+-?[0-9]+)?[ \t\r]*"
)
"""`name{labels} value timestamp`; a label's value may hold braces and blanks of its own."""
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
"""`float` alone would take `1_000` too."""
_LARGEST_EXACT = 2.0**53


@dataclass(frozen=True, slots=True)
class ApiServerMetrics:
    """What a pass needs of `/metrics`."""

    object_count: int | None
    """Objects in etcd; `None` when the API server does not say."""
    process_start_time_seconds: float | None
    """Since the epoch. MicroShift is one process, so this is its start."""
    has_applied: bool = False
    """A TelemetryConfig was applied since then, as MicroShift does with its manifests."""


class MetricsFold:
    """Takes the lines of one `/metrics` answer; memory does not grow with their number."""

    def __init__(self) -> None:
        self._counts: dict[bytes, int | None] = {}
        self._start_time_seconds: float | None = None
        self._has_applied = False

    def add(self, line: bytes) -> None:
        """Take one line; of tens of thousands all but a few hundred fail the prefix test.

        Raises:
            SourceError: a line of ours has no value that makes sense.
        """
        if not line.startswith(_WANTED):
            if line.startswith(_REQUESTS) and all(label in line for label in _APPLY):
                self._has_applied = True
            return
        sample = _SAMPLE.fullmatch(line)
        if sample is None:
            raise SourceError(f"{METRICS_PATH}: not a sample: {_shown(line)}")
        name = sample[1]
        if name == _START_TIME:
            self._start_time_seconds = _parse_value(sample[2])
        elif name in _WANTED:
            self._add_count(name, _parse_value(sample[2]))

    def result(self) -> ApiServerMetrics:
        """Tell the figures once all lines are in.

        The two families say the same of the same objects: the newer one is taken, the older
        only where it is absent (before Kubernetes 1.34), never both.
        """
        family = _RESOURCE_OBJECTS if _RESOURCE_OBJECTS in self._counts else _STORAGE_OBJECTS
        return ApiServerMetrics(
            object_count=self._counts.get(family),
            process_start_time_seconds=self._start_time_seconds,
            has_applied=self._has_applied,
        )

    def _add_count(self, family: bytes, value: float) -> None:
        """Add to the sum of a family, which stays `None` while each of its lines says unknown."""
        known = self._counts.setdefault(family, None)
        if value >= 0:  # -1: the API server could not count this resource
            self._counts[family] = (known or 0) + int(value)


def _parse_value(text: bytes) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not abs(value) <= _LARGEST_EXACT:
        raise SourceError(f"{METRICS_PATH}: not a usable value: {_shown(text)}")
    return value


def _shown(line: bytes) -> str:
    return excerpt(line.decode("utf-8", errors="replace"))
