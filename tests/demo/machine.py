"""This machine's own word on CPU, memory and disk, from `/proc` and `df`."""

import os
import subprocess
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PERIOD_SECONDS = 0.1
PROC = Path("/proc")
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class CpuCounters:
    """What `/proc/stat` says."""

    busy_seconds: float
    """Of all cores since boot; idle, waiting and stolen time is not in it."""
    total_seconds: float
    cores: int


@dataclass(frozen=True, slots=True)
class Moment:
    """The machine at one instant."""

    time_ms: float
    cpu_busy_seconds: float
    cpu_total_seconds: float
    memory_used_percent: float


BOOT = Moment(0.0, 0.0, 0.0, 0.0)
"""All counters start at 0 there."""


class Machine:
    """What was read so far, a moment each tenth of a second."""

    def __init__(self) -> None:
        """Read the first moment."""
        self.cores = parse_stat((PROC / "stat").read_text()).cores
        self._moments = [read_moment()]

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Go on reading until the block ends."""
        ended = threading.Event()
        recorder = threading.Thread(target=self._record, args=(ended,), daemon=True)
        recorder.start()
        try:
            yield
        finally:
            ended.set()
            recorder.join()

    def mean_cores(self, start_ms: float | None, end_ms: float) -> float:
        """Tell the mean cores in use between two instants; since boot without the first."""
        start = BOOT if start_ms is None else self.at(start_ms)
        return self.cores * busy_share(start, self.at(end_ms))

    def at(self, time_ms: float) -> Moment:
        """Tell how the machine was at an instant."""
        return moment_at(tuple(self._moments), time_ms)

    def _record(self, ended: threading.Event) -> None:
        while not ended.wait(PERIOD_SECONDS):
            self._moments.append(read_moment())


def read_moment() -> Moment:
    """Read the machine as it is now."""
    cpu = parse_stat((PROC / "stat").read_text())
    memory_used_percent = parse_meminfo((PROC / "meminfo").read_text())
    return Moment(time.time_ns() / 1e6, cpu.busy_seconds, cpu.total_seconds, memory_used_percent)


def parse_stat(text: str) -> CpuCounters:
    """Read `/proc/stat` (proc_stat(5))."""
    lines = [line.split() for line in text.splitlines()]
    user, nice, system, idle, iowait, irq, softirq, steal, *_ = map(int, lines[0][1:])
    busy = user + nice + system + irq + softirq
    return CpuCounters(
        busy_seconds=busy / _TICKS_A_SECOND,
        total_seconds=(busy + idle + iowait + steal) / _TICKS_A_SECOND,
        cores=sum(line[0].startswith("cpu") for line in lines) - 1,
    )


def parse_meminfo(text: str) -> float:
    """Tell from `/proc/meminfo` how many percent of the memory are in use."""
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines()}
    return 100 * (1 - sizes["MemAvailable"] / sizes["MemTotal"])


def moment_at(moments: Sequence[Moment], time_ms: float) -> Moment:
    """Interpolate between the two moments around an instant.

    Raises:
        ValueError: the instant is before the first or after the last moment.
    """
    after = bisect_left(moments, time_ms, key=lambda moment: moment.time_ms)
    if after == len(moments) or (after == 0 and moments[0].time_ms != time_ms):
        raise ValueError(f"nothing was recorded around {time_ms:.0f} ms")
    late, early = moments[after], moments[max(0, after - 1)]
    span_ms = late.time_ms - early.time_ms
    share = (time_ms - early.time_ms) / span_ms if span_ms else 0.0
    return Moment(
        time_ms,
        _between(early.cpu_busy_seconds, late.cpu_busy_seconds, share),
        _between(early.cpu_total_seconds, late.cpu_total_seconds, share),
        _between(early.memory_used_percent, late.memory_used_percent, share),
    )


def busy_share(start: Moment, end: Moment) -> float:
    """Tell the share of all CPU time in which the CPUs were busy.

    CPU seconds for each second of the clock would say less: a virtual machine that is held up loses
    ticks.
    """
    busy = end.cpu_busy_seconds - start.cpu_busy_seconds
    return busy / (end.cpu_total_seconds - start.cpu_total_seconds)


def disk_size_and_used(path: Path) -> tuple[int, int]:
    """Ask `df` for bytes in all and bytes used of the filesystem that holds a path."""
    told = subprocess.run(["df", "-P", "-k", path], capture_output=True, text=True, check=True)
    _device, size, used, *_ = told.stdout.splitlines()[1].split()
    return int(size) * 1024, int(used) * 1024


def _between(early: float, late: float, share: float) -> float:
    return early + share * (late - early)
