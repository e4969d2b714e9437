"""How many objects of a kind the cluster has, asked for without listing them."""

from dataclasses import dataclass

from microshift_telemetry.kube.errors import KubeNotFoundError
from microshift_telemetry.sample.metrics import RESOURCE_COUNT, Kind
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.outcome import NoData, Readings
from microshift_telemetry.sources.shared_reads import SharedReads


@dataclass(frozen=True, slots=True)
class ObjectCount:
    """The objects of one resource, in all namespaces."""

    name: str
    resource: str
    """The value of the label `resource`."""
    path: str
    is_optional: bool = False
    """A cluster need not serve it: Routes are OpenShift's."""

    @property
    def kind(self) -> Kind:
        """Tell that every pass counts."""
        return RESOURCE_COUNT.kind

    @property
    def series(self) -> tuple[Series, ...]:
        """Tell the one series."""
        return (Series.of(RESOURCE_COUNT.name, resource=self.resource),)

    async def collect(self, shared: SharedReads) -> Readings | NoData:
        """Count them.

        Raises:
            KubeError: the API server did not tell.
        """
        try:
            count = await shared.kube.count(self.path)
        except KubeNotFoundError:
            if self.is_optional:
                return NoData(f"this cluster does not serve {self.resource}")
            raise
        return Readings(tuple(Reading(series, float(count)) for series in self.series))
