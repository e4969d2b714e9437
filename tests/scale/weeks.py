"""Weeks of a small fleet: the requests that it sends, and what a receiver must have of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.form import Form, Shape, WriteRequest
from microshift_telemetry.buffer.records import Stamp
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.report.report import time_series
from microshift_telemetry.sample.sample import Labels
from tests.scale.readings import HOUR_MS, cluster_id, on_the_wire, sample_pass

PASSES = 24
"""Of a daily report."""
DAY_MS = PASSES * HOUR_MS


@dataclass(frozen=True, slots=True)
class Weeks:
    """Daily reports of some devices; each reports at a time of its own, the last at the end."""

    devices: int
    days: int
    now_ms: int
    """Their end."""

    def bodies(self) -> Iterator[bytes]:
        """Give the reports in the order of their times, two requests each."""
        for day in range(self.days):
            for number in range(self.devices):
                yield from _report(number, self.newest_ms(day, number))

    def newest_ms(self, day: int, number: int) -> int:
        """Tell when a device reports on a day."""
        return self.now_ms - (self.days - day) * DAY_MS + DAY_MS * number // self.devices

    def device(self, number: int, until_ms: int) -> "Reported":
        """Give what a device has sent, up to an instant."""
        return Reported(number, self, until_ms)


@dataclass(frozen=True, slots=True)
class Reported:
    """One device's share of the weeks."""

    number: int
    _weeks: Weeks
    _until_ms: int

    @property
    def cluster_id(self) -> str:
        return cluster_id(self.number)

    def due(self) -> Iterator[tuple[Labels, int, float]]:
        """List every sample with its labels: the static ones come with the newest of a report."""
        for day in range(self._weeks.days):
            newest_ms = self._weeks.newest_ms(day, self.number)
            for time_ms in _times_ms(newest_ms):
                if time_ms > self._until_ms:
                    break
                made = sample_pass(self.number, time_ms)
                static = made.static if time_ms == newest_ms else ()
                for reading in (*made.dynamic, *static):
                    labels, value = on_the_wire(self.number, reading)
                    yield labels, time_ms, value


def _times_ms(newest_ms: int) -> tuple[int, ...]:
    return tuple(newest_ms - hours * HOUR_MS for hours in range(PASSES - 1, -1, -1))


def _report(number: int, newest_ms: int) -> Iterator[bytes]:
    backlog = Backlog()
    times_ms = _times_ms(newest_ms)
    for time_ms in times_ms:
        backlog.add(sample_pass(number, time_ms), Stamp())
    form = Form(Shape(cluster_id(number), "Percent"))
    static = sample_pass(number, newest_ms).static
    for request in (
        WriteRequest(times_ms[:-1], form),
        WriteRequest(times_ms[-1:], form, static),
    ):
        yield encode(time_series(request, backlog, b"")).body
