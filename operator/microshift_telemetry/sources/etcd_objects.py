"""Objects in etcd, as the API server counts them."""

from microshift_telemetry.sample.metrics import ETCD_OBJECTS, Kind
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.api_server_metrics import METRICS_PATH
from microshift_telemetry.sources.outcome import Readings, SourceError
from microshift_telemetry.sources.shared_reads import SharedReads


class EtcdObjects:
    """All objects in etcd; `instance` is the node's first internal address."""

    name = "etcd_objects"
    kind = Kind.DYNAMIC
    series = (Series(ETCD_OBJECTS.name),)

    async def collect(self, shared: SharedReads) -> Readings:
        """Read the API server's own count and the node's address.

        Raises:
            SourceError: the API server does not count, or the node has no internal address.
            KubeError: the API server gave no answer to one of the two.
        """
        node = await shared.node()
        if not node.internal_ip:
            raise SourceError(f"node {node.name}: status.addresses has no InternalIP")
        count = (await shared.api_server_metrics()).object_count
        # A Node was just read, so 0 is what an API server says that started on an empty etcd
        # less than one to two minutes ago: it counts at its start, then once in that time.
        if not count:
            raise SourceError(f"{METRICS_PATH}: the API server does not report object counts yet")
        series = Series.of(ETCD_OBJECTS.name, instance=node.internal_ip)
        return Readings((Reading(series, float(count)),), node.note)
