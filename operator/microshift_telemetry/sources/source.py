"""What a source is."""

from typing import Protocol

from microshift_telemetry.sample.metrics import Kind
from microshift_telemetry.sample.sample import Series
from microshift_telemetry.sources.outcome import NoData, Readings
from microshift_telemetry.sources.shared_reads import SharedReads


class Source(Protocol):
    """One fact of the node or the cluster.

    A source may keep state between passes (CPU keeps its last counters), so each TelemetryConfig
    has sources of its own. It reads files below the injected root and the API server, starts no
    process, opens no other connection and writes nothing.
    """

    @property
    def name(self) -> str:
        """Name the source in a condition's message, as in `cpu` or `services`."""

    @property
    def kind(self) -> Kind:
        """Tell whether it is read for every pass or only for one that a report is made of."""

    @property
    def series(self) -> tuple[Series, ...]:
        """Tell what it reads, with those labels only by which an admin can exclude it."""

    async def collect(self, shared: SharedReads) -> Readings | NoData:
        """Read the fact once.

        Raises:
            SourceError: what was read makes no sense.
            HostError: a file of the device can't be read.
            KubeError: the API server did not give it.
        """
