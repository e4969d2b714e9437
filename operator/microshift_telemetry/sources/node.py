"""The Node object, reduced to what the sources need of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.sample.metrics import ARCH_LABEL, INSTANCE_TYPE_LABEL, OS_ID_LABEL
from microshift_telemetry.sources.outcome import SourceError

NODES_PATH = "/api/v1/nodes"

_INSTANCE_TYPE = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
_TELEMETRY_ARCH = {"arm64": "aarch64"}


@dataclass(frozen=True, slots=True)
class Readiness:
    """A condition `Ready`; its times are seconds since the epoch, None where it has none."""

    is_true: bool = False
    since_seconds: float | None = None
    """When it became what it is."""
    heartbeat_seconds: float | None = None
    """When the kubelet said so last."""


@dataclass(frozen=True, slots=True)
class Node:
    """The node that this operator runs on."""

    name: str
    arch: str = ""
    """As telemetry spells it: `amd64`, `aarch64`. Empty when the node does not say."""
    instance_type: str = ""
    internal_ip: str = ""
    """The first one, IPv4 or IPv6. Empty when the node has none yet."""
    capacity: Mapping[str, Any] | None = None
    """Quantities by resource, as the API server gave them."""
    labels: Mapping[str, Any] = field(default_factory=dict)
    """As the API server gave them."""
    machine_id: str = ""
    container_runtime: str = ""
    """`cri-o`, `containerd`. Empty when the node does not say."""
    ready: Readiness = Readiness()
    images: int = 0
    """How many it lists, of all image stores; a kubelet lists no more than 50 by default."""
    other_nodes: int = 0
    doubt: str = ""
    """Why nobody can tell how many other nodes there are; empty when it was told."""

    @property
    def is_foreign(self) -> bool:
        """Tell a cluster that can't be MicroShift, whose only runtime is CRI-O."""
        return self.container_runtime not in {"", "cri-o"}

    @property
    def note(self) -> str:
        """Tell the admin when this node is not the whole cluster, or when that is not known."""
        if self.doubt:
            return f"only node {self.name} is measured; other nodes cannot be counted: {self.doubt}"
        if self.other_nodes == 0:
            return ""
        return f"only node {self.name} is measured; the cluster has more nodes: {self.other_nodes}"


def parse_node(node: Object, other_nodes: int = 0) -> Node:
    """Reduce a Node object.

    Raises:
        SourceError: it has not the shape of one.
    """
    metadata, status = _section(node, "metadata"), _section(node, "status")
    labels = _section(metadata, "labels")
    name = _text(metadata, "name")
    if not name:
        raise SourceError("node: metadata.name is missing")
    arch = _text(labels, "kubernetes.io/arch")
    info = _section(status, "nodeInfo")
    return Node(
        name=name,
        arch=_TELEMETRY_ARCH.get(arch, arch),
        instance_type=next(filter(None, (_text(labels, key) for key in _INSTANCE_TYPE)), ""),
        internal_ip=next(_internal_ips(status), ""),
        capacity=_section(status, "capacity"),
        labels=labels,
        machine_id=_text(info, "machineID"),
        container_runtime=_text(info, "containerRuntimeVersion").partition("://")[0],
        ready=_readiness(status),
        images=_length(status, "images"),
        other_nodes=other_nodes,
    )


def inventory_labels(node: Node, os_id: str) -> dict[str, str]:
    """Build the labels of the capacity metrics; what is not known is left out.

    `os_id` comes from the device's os-release, not from the node's label
    `node.openshift.io/os_id`: MicroShift cuts its first and last character off when `ID=` has
    no quotes.
    """
    known = {
        ARCH_LABEL: node.arch,
        OS_ID_LABEL: os_id,
        INSTANCE_TYPE_LABEL: node.instance_type,
    }
    return {name: value for name, value in known.items() if value}


def _internal_ips(status: Mapping[str, Any]) -> Iterator[str]:
    addresses = status.get("addresses") or []
    if not isinstance(addresses, list) or not all(isinstance(each, dict) for each in addresses):
        raise SourceError("node: status.addresses is not a list of objects")
    for address in addresses:
        if address.get("type") == "InternalIP" and (text := _text(address, "address")):
            yield text


def _readiness(status: Mapping[str, Any]) -> Readiness:
    """Read the condition; one that makes no sense says that the node is not Ready."""
    conditions = status.get("conditions")
    for each in conditions if isinstance(conditions, list) else ():
        if isinstance(each, dict) and each.get("type") == "Ready":
            return Readiness(
                each.get("status") == "True",
                _seconds(each.get("lastTransitionTime")),
                _seconds(each.get("lastHeartbeatTime")),
            )
    return Readiness()


def _seconds(value: object) -> float | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if at is None else (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _length(parent: Mapping[str, Any], key: str) -> int:
    value = parent.get(key)
    return len(value) if isinstance(value, list) else 0


def _section(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = parent.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SourceError(f"node: {key} is not an object")
    return value


def _text(parent: Mapping[str, Any], key: str) -> str:
    value = parent.get(key, "")
    # JSON can spell half of a surrogate pair, which no label on the wire can.
    if not isinstance(value, str) or not value.isprintable():
        raise SourceError(f"node: {key} is not a string")
    return value
