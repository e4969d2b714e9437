"""Requests as a device makes them: passes of 12 dynamic series, and 4 static ones in the newest."""

from collections.abc import Iterable

from tests.models.model import HOUR_MS, Labels, Sample

NOW_MS = 1_795_000_000_000
DYNAMIC = tuple(f"dynamic_{number}" for number in range(12))
STATIC = tuple(f"static_{number}" for number in range(4))


def a_series(name: str) -> Labels:
    return (("__name__", name), ("_id", "device-1"))


def a_request(times_ms: Iterable[int], names: Iterable[str] = DYNAMIC) -> list[Sample]:
    """Build a request, series by series."""
    times = list(times_ms)
    return [Sample(a_series(name), time_ms, float(time_ms)) for name in names for time_ms in times]


def a_sample(time_ms: int, value: float = 1.0, name: str = "a_metric") -> Sample:
    return Sample(a_series(name), time_ms, value)


def a_report(hours: int) -> list[list[Sample]]:
    """Build the requests of a report: a pass each, the newest last and with the static series."""
    old = [NOW_MS - HOUR_MS * age + HOUR_MS // 2 for age in range(hours, 0, -1)]
    return [*(a_request([time]) for time in old), a_request([NOW_MS], (*DYNAMIC, *STATIC))]
