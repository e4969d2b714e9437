"""The filesystem that holds container storage: its size and the used part."""

from microshift_telemetry.sample.metrics import CAPACITY_DISK, DISK_USAGE, Kind
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.host import Host, Usage
from microshift_telemetry.sources.images import IMAGE_STORE
from microshift_telemetry.sources.node import inventory_labels
from microshift_telemetry.sources.os_release import PATHS, read_os_release
from microshift_telemetry.sources.outcome import Readings
from microshift_telemetry.sources.shared_reads import SharedReads


def measured(host: Host) -> Usage:
    """Measure the filesystem that holds CRI-O's images.

    Raises:
        HostError: the image store is not there: its mount is lost.
    """
    return host.disk_usage(IMAGE_STORE)


class DiskUsage:
    """Used bytes, as `df` counts them."""

    name = "disk"
    kind = Kind.DYNAMIC
    series = (Series(DISK_USAGE.name),)

    async def collect(self, shared: SharedReads) -> Readings:
        """Measure the filesystem.

        Raises:
            HostError: the image store is not there: its mount is lost.
        """
        usage = await shared.host.ask(IMAGE_STORE, measured)
        series = Series.of(DISK_USAGE.name)
        return Readings((Reading(series, float(usage.used_bytes), total=float(usage.total_bytes)),))


class DiskCapacity:
    """Size in bytes, with the labels that tell what device this is."""

    name = "disk_capacity"
    kind = Kind.STATIC
    series = (Series(CAPACITY_DISK.name),)

    async def collect(self, shared: SharedReads) -> Readings:
        """Measure the filesystem and label it.

        Raises:
            SourceError: the Node makes no sense.
            HostError: the image store or the os-release is not there.
            KubeError: the API server did not give the Node.
        """
        size = float((await shared.host.ask(IMAGE_STORE, measured)).total_bytes)
        os_id = (await shared.host.ask(PATHS[0], read_os_release)).get("ID", "")
        node = await shared.node()
        series = Series.of(CAPACITY_DISK.name, **inventory_labels(node, os_id))
        return Readings((Reading(series, size),), node.note)
