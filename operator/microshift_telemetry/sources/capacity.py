"""What the node has: CPU cores and memory."""

from dataclasses import dataclass

from microshift_telemetry.sample.metrics import Kind, Metric
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.node import Node, inventory_labels
from microshift_telemetry.sources.os_release import PATHS, read_os_release
from microshift_telemetry.sources.outcome import Readings, SourceError
from microshift_telemetry.sources.quantity import parse_quantity
from microshift_telemetry.sources.shared_reads import SharedReads


@dataclass(frozen=True, slots=True)
class NodeCapacity:
    """One resource of the node's `status.capacity`, with the labels that tell what device it is."""

    name: str
    metric: Metric
    resource: str
    """Its key in `status.capacity`."""

    @property
    def kind(self) -> Kind:
        """Tell that a report carries it once."""
        return self.metric.kind

    @property
    def series(self) -> tuple[Series, ...]:
        """Tell its metric; the labels come from the node."""
        return (Series(self.metric.name),)

    async def collect(self, shared: SharedReads) -> Readings:
        """Read it from the Node and label it.

        Raises:
            SourceError: the Node does not say, or says what makes no sense.
            HostError: the os-release is not there.
            KubeError: the API server did not give the Node.
        """
        os_id = (await shared.host.ask(PATHS[0], read_os_release)).get("ID", "")
        node = await shared.node()
        series = Series.of(self.metric.name, **inventory_labels(node, os_id))
        return Readings((Reading(series, capacity(node, self.resource)),), node.note)


def capacity(node: Node, resource: str) -> float:
    """Tell a resource's capacity in cores or bytes.

    Raises:
        SourceError: it is missing, no quantity, or not above 0.
    """
    quantity = (node.capacity or {}).get(resource)
    if not isinstance(quantity, str):
        raise SourceError(f"node {node.name}: status.capacity has no {resource}")
    value = parse_quantity(quantity)
    if value <= 0:
        raise SourceError(f"node {node.name}: status.capacity.{resource} is {quantity}")
    return value
