"""What a simulated fleet is at a moment, told from its devices' lives alone."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.fleet_demo.device import DAY_MS, HOUR_MS, Device
from tests.fleet_demo.life import Key, Life, Report, Start

LATE_MS = 2 * HOUR_MS
"""So much later than its interval a device may report before it counts as silent."""


@dataclass(frozen=True, slots=True)
class Known:
    """A life with what is looked up in it again and again."""

    life: Life
    reported_ms: tuple[int, ...]
    """When each report was made, by the device's clock."""

    @property
    def device(self) -> Device:
        return self.life.device

    @property
    def window_ms(self) -> int:
        """How old its newest report is at most while it is not silent."""
        return self.device.every_days * DAY_MS + LATE_MS

    @property
    def forgotten_ms(self) -> int:
        """How old it is at most while the device is not forgotten."""
        return (7 if self.device.every_days == 1 else 30) * DAY_MS

    def is_seen(self, at_ms: int) -> bool:
        """Tell whether it reports as it should."""
        return self.report(at_ms, self.window_ms) is not None

    def is_known(self, at_ms: int) -> bool:
        """Tell whether it reported before it is forgotten."""
        return self.report(at_ms, self.forgotten_ms) is not None

    def has_sample(self, at_ms: int, window_ms: int) -> bool:
        """Tell whether a sample lies in the window that ends at a moment."""
        newest_ms = self.newest_ms(at_ms)
        return newest_ms is not None and newest_ms > at_ms - window_ms

    def highest_version(self, at_ms: int, window_ms: int) -> str:
        """Give the highest version of the window's reports, of which there is at least one."""
        return max((each.version for _, each in self.reports(at_ms, window_ms)), key=as_numbers)

    def newest_ms(self, at_ms: int) -> int | None:
        """Tell when the newest sample up to a moment was taken; None where there is none."""
        place = bisect_right(self.life.times_ms, at_ms)
        return self.life.times_ms[place - 1] if place else None

    def window(self, key: Key, at_ms: int, window_ms: int) -> list[tuple[int, float]]:
        """Give a series' samples in the window that ends at a moment, oldest first."""
        times_ms, column = self.life.times_ms, self.life.columns.get(key)
        if column is None:
            return []
        first, end = bisect_right(times_ms, at_ms - window_ms), bisect_right(times_ms, at_ms)
        return list(zip(times_ms[first:end], column[first:end], strict=True))

    def last(self, key: Key, at_ms: int, window_ms: int) -> float | None:
        """Give a series' newest sample in the window that ends at a moment."""
        column = self.life.columns.get(key)
        if column is None or not self.has_sample(at_ms, window_ms):
            return None
        return column[bisect_right(self.life.times_ms, at_ms) - 1]

    def reports(self, at_ms: int, window_ms: int) -> list[tuple[int, Report]]:
        """Give the reports of the window that ends at a moment, with their times, oldest first."""
        first = bisect_right(self.reported_ms, at_ms - window_ms)
        end = bisect_right(self.reported_ms, at_ms)
        return list(zip(self.reported_ms[first:end], self.life.reports[first:end], strict=True))

    def starts(self, at_ms: int, window_ms: int) -> list[Start]:
        """Give the starts that were told in the window that ends at a moment, oldest first."""
        told = (report.start for _, report in self.reports(at_ms, window_ms))
        return [each for each in told if each is not None]

    def report(self, at_ms: int, window_ms: int) -> Report | None:
        """Give the newest of them."""
        end = bisect_right(self.reported_ms, at_ms)
        if not end or self.reported_ms[end - 1] <= at_ms - window_ms:
            return None
        return self.life.reports[end - 1]


class Truth:
    """A whole fleet."""

    def __init__(self, lives: Iterable[Life], now_ms: int) -> None:
        """Know all its lives, and when it is looked at."""
        self.known = tuple(Known(each, tuple(_reported(each))) for each in lives)
        self.now_ms = now_ms

    def only(
        self, sites: frozenset[str] | None = None, ids: frozenset[str] | None = None
    ) -> "Truth":
        """Give the part of a fleet that is in some sites, or some devices of it."""
        some = (
            each.life
            for each in self.known
            if (sites is None or each.device.site in sites)
            and (ids is None or each.device.id in ids)
        )
        return Truth(some, self.now_ms)

    def seen(self, at_ms: int) -> list[Known]:
        """Give the devices that report as they should."""
        return [each for each in self.known if each.is_seen(at_ms)]

    def silent(self, at_ms: int) -> list[Known]:
        """Give the devices that did, and do not any more."""
        return [each for each in self.known if each.is_known(at_ms) and not each.is_seen(at_ms)]

    def new(self, at_ms: int) -> list[Known]:
        """Give the devices that report, and did not in the 30 days before their newest day."""
        before_ms = at_ms - DAY_MS - LATE_MS
        return [each for each in self.seen(at_ms) if each.report(before_ms, 30 * DAY_MS) is None]


def as_numbers(version: str) -> tuple[int, ...]:
    """Make a version comparable."""
    return tuple(map(int, version.split(".")))


def _reported(life: Life) -> Iterator[int]:
    return (life.times_ms[report.last] for report in life.reports)
