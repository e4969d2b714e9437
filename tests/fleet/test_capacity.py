"""Disks that fill, and memory that is short."""

from collections.abc import Callable
from pathlib import Path

import pytest

from microshift_telemetry.sample import metrics
from tests.fleet.scenario import GB, Series, check, firing
from tests.support.tools import Tools

HOURS = 8 * 24
FILLING = "MicroshiftDeviceDiskFilling"
FULL = "MicroshiftDeviceDiskAlmostFull"
MEMORY = "MicroshiftDeviceMemoryHigh"


def _series(metric: metrics.Metric, name: str, value: Callable[[int], float | None]) -> Series:
    labels = {"_id": name, "site": "north"}
    return Series(metric.name, labels, [value(hour) for hour in range(HOURS)])


def _disk(name: str, value: Callable[[int], float | None]) -> Series:
    return _series(metrics.DISK_USAGE, name, value)


def _capacity(name: str, metric: metrics.Metric = metrics.CAPACITY_DISK) -> Series:
    return _series(metric, name, lambda hour: 100 * GB if hour % 24 == 0 else None)


def _fills(hour: int) -> float:
    """Is cleaned on the sixth day."""
    return 55 + hour / 5 if hour < 130 else 40


def test_a_disk_that_fills_alerts_until_it_is_cleaned(tools: Tools, tmp_path: Path) -> None:
    """After two days 62.2 %, in a week 33.6 % more; a day later that is more than all."""
    series = [
        _disk("percent", _fills),
        _disk("bytes", lambda hour: _fills(hour) * GB),
        _capacity("bytes"),
        _disk("daily", lambda hour: _fills(hour) if hour % 24 == 0 else None),
        _disk("flat", lambda _: 80),
        _disk("slow", lambda hour: 55 + hour / 50),
        _disk("empty", lambda hour: 1 + hour / 5),
        _disk("flat-bytes", lambda _: 80 * GB),
        _capacity("flat-bytes"),
    ]

    check(
        tools,
        tmp_path,
        series,
        [
            firing(FILLING, 40),
            firing(FILLING, 110, "percent", "bytes", "daily"),
            firing(FILLING, 130 + 26),
        ],
    )


def test_two_samples_of_one_day_predict_nothing(tools: Tools, tmp_path: Path) -> None:
    new = _disk("new", lambda hour: 70 + hour if 0 < hour < 20 else None)

    check(tools, tmp_path, [new], [firing(FILLING, hour) for hour in (10, 18, 30)])


@pytest.mark.parametrize("unit", [1, GB], ids=["percent", "bytes"])
def test_an_almost_full_disk_alerts(tools: Tools, tmp_path: Path, unit: float) -> None:
    series = [
        _disk("full", lambda hour: (95 if 24 <= hour < 48 else 50) * unit),
        _disk("large", lambda _: 89 * unit),
        _capacity("full"),
        _capacity("large"),
    ]

    check(tools, tmp_path, series, [firing(FULL, 23), firing(FULL, 26, "full"), firing(FULL, 50)])


@pytest.mark.parametrize("unit", [1, GB], ids=["percent", "bytes"])
def test_memory_that_is_never_free_alerts(tools: Tools, tmp_path: Path, unit: float) -> None:
    def memory(name: str, value: Callable[[int], float]) -> list[Series]:
        return [
            _series(metrics.MEMORY_USAGE, name, lambda hour: value(hour) * unit),
            _capacity(name, metrics.CAPACITY_MEMORY),
        ]

    series = [
        *memory("short", lambda hour: 95 if 20 <= hour < 72 else 60),
        *memory("peaks", lambda hour: 95 if hour % 6 else 60),
    ]

    check(
        tools,
        tmp_path,
        series,
        [firing(MEMORY, 40), firing(MEMORY, 60, "short"), firing(MEMORY, 74)],
    )
