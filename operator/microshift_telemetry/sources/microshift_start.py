"""When MicroShift started, told so that a clock which is set makes no other start of it."""

import re
from dataclasses import dataclass

from microshift_telemetry.sources.outcome import SourceError

TOLERANCE_SECONDS = 2.0
"""`btime` is cut to whole seconds, and a clock that is slewed moves it by one now and then.
MicroShift needs longer than this from one start to the next."""

_BTIME = re.compile(r"^btime ([0-9]{1,15})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Boot:
    """A boot of the device."""

    boot_id: str
    at_seconds: int
    """Since the epoch, as the clock has it by now: it moves when the clock is set."""


@dataclass(frozen=True, slots=True)
class MicroshiftStart:
    """A start of MicroShift, told without the wall clock."""

    boot_id: str
    seconds_after_boot: float

    def is_same_as(self, other: "MicroshiftStart") -> bool:
        """Tell whether two readings mean one start."""
        apart_seconds = abs(self.seconds_after_boot - other.seconds_after_boot)
        return self.boot_id == other.boot_id and apart_seconds <= TOLERANCE_SECONDS


@dataclass(frozen=True, slots=True)
class SeenStart:
    """A start as it was read."""

    start: MicroshiftStart
    at_seconds: float
    """Since the epoch, as the clock had it when it was read."""


def parse_boot(boot_id: str, stat: str) -> Boot:
    """Read a boot from `/proc/sys/kernel/random/boot_id` and `/proc/stat`.

    Raises:
        SourceError: there is no boot time.
    """
    btime = _BTIME.search(stat)
    if btime is None:
        raise SourceError("/proc/stat: no btime")
    return Boot(boot_id.strip(), int(btime[1]))


def seen_start(
    process_start_seconds: float | None, before: Boot | None, after: Boot | None
) -> SeenStart | None:
    """Tell a start from `process_start_time_seconds` and the boot, read before and after it.

    The API server adds the ticks of its start to the boot time of the moment (Prometheus' procfs,
    `ProcStat.StartTime`). None when any of the three is not known, or when the clock was set in
    between: then nobody can tell which boot time was added.
    """
    if process_start_seconds is None or before is None or after is None:
        return None
    if abs(after.at_seconds - before.at_seconds) > TOLERANCE_SECONDS:
        return None
    start = MicroshiftStart(after.boot_id, process_start_seconds - after.at_seconds)
    return SeenStart(start, process_start_seconds)
