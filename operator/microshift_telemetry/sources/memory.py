"""Memory in use: total less available."""

from microshift_telemetry.sample.metrics import MEMORY_USAGE, Kind
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.outcome import Readings
from microshift_telemetry.sources.shared_reads import SharedReads


class MemoryUsage:
    """Bytes of memory in use."""

    name = "memory"
    kind = Kind.DYNAMIC
    series = (Series(MEMORY_USAGE.name),)

    async def collect(self, shared: SharedReads) -> Readings:
        """Measure the device's memory.

        Raises:
            HostError: it can't be measured.
        """
        usage = shared.host.memory_usage()
        series = Series.of(MEMORY_USAGE.name)
        return Readings((Reading(series, float(usage.used_bytes), total=float(usage.total_bytes)),))
