"""CPU in use: the mean of the time since the pass before."""

from microshift_telemetry.sample.metrics import CPU_USAGE, Kind
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.host import CpuTimes
from microshift_telemetry.sources.outcome import Readings, SourceError
from microshift_telemetry.sources.shared_reads import SharedReads


class CpuUsage:
    """Mean cores in use; the counters of the pass before are kept here."""

    name = "cpu"
    kind = Kind.DYNAMIC
    series = (Series(CPU_USAGE.name),)

    def __init__(self) -> None:
        self.before: CpuTimes | None = None
        """The counters of the last pass; they outlive the process in the journal."""

    def resume(self, before: CpuTimes | None) -> None:
        """Go on from the counters that the last pass of the grid has read."""
        self.before = before

    async def collect(self, shared: SharedReads) -> Readings:
        """Read the counters and compare them with the pass before.

        Raises:
            SourceError: no time has passed since then.
            HostError: the counters can't be read.
        """
        now = shared.host.cpu_times()
        cores = mean_cpu_cores(self.before, now)
        self.before = now
        return Readings((Reading(Series.of(CPU_USAGE.name), cores, total=float(now.cores)),))


def mean_cpu_cores(before: CpuTimes | None, after: CpuTimes) -> float:
    """Tell the mean cores in use since `before`, or since boot when that can't be told.

    Since boot: `before` is `None`, of another boot, or ahead of `after` (a core that was taken
    offline takes its counters along). Both counters start at 0 there.

    Raises:
        SourceError: no time has passed; a 0 would be made up.
    """
    busy, total = after.busy_seconds, after.total_seconds
    if before is not None and _continues(before, after):
        busy, total = busy - before.busy_seconds, total - before.total_seconds
    if total <= 0:
        raise SourceError("/proc/stat: the CPU counters have not moved since the last reading")
    # The kernel lets iowait shrink at times, and with it the total (proc_stat(5)).
    return after.cores * min(busy / total, 1.0)


def _continues(before: CpuTimes, after: CpuTimes) -> bool:
    return (
        before.boot_id == after.boot_id
        and before.busy_seconds <= after.busy_seconds
        and before.total_seconds <= after.total_seconds
    )
