"""The catalogue: every metric that can leave a device, with its labels and why it is harmless."""

from dataclasses import dataclass
from enum import Enum

from microshift_telemetry.sample.sample import Series
from microshift_telemetry.spec.shaping import (
    BUILD_INFO,
    DROPPED_SAMPLES,
    DURATION,
    INVOCATION,
    MODIFICATION,
    OLDEST_PENDING,
)

CLUSTER_ID_LABEL = "_id"
"""UID of the namespace `kube-system`; on every series (telemeter answers 400 without it)."""

ARCH_LABEL = "label_kubernetes_io_arch"
OS_ID_LABEL = "label_node_openshift_io_os_id"
INSTANCE_TYPE_LABEL = "label_beta_kubernetes_io_instance_type"

RESOURCE_LABEL = "resource"
"""What is counted: `RESOURCE_COUNT` has a series for each value."""

RESOURCES = (
    "pods",
    "namespaces",
    "services",
    "ingresses.networking.k8s.io",
    "routes.route.openshift.io",
    "customresourcedefinitions.apiextensions.k8s.io",
    "images",
)
"""The values of the label `resource`, one series each."""


class Kind(Enum):
    """When a metric is read and sent."""

    STATIC = "static"
    """Once a report, with the newest timestamp."""
    DYNAMIC = "dynamic"
    """With every pass."""
    LIFECYCLE = "lifecycle"
    """Once a start of MicroShift, in one pass."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One entry of the catalogue."""

    name: str
    kind: Kind
    unit: str
    help: str
    labels: tuple[str, ...] = ()
    """Labels of its own, beside `_id` and the external labels."""
    privacy: str = "a number about the machine; says nothing about a person"


_NODE_LABELS = (ARCH_LABEL, OS_ID_LABEL, INSTANCE_TYPE_LABEL)

CAPACITY_CPU = Metric(
    "cluster:capacity_cpu_cores:sum",
    Kind.STATIC,
    "cores",
    "CPU cores of the node",
    _NODE_LABELS,
)
CAPACITY_MEMORY = Metric(
    "cluster:capacity_memory_bytes:sum",
    Kind.STATIC,
    "bytes",
    "memory of the node",
    _NODE_LABELS,
)
CAPACITY_DISK = Metric(
    "cluster:capacity_disk_bytes:sum",
    Kind.STATIC,
    "bytes",
    "size of the filesystem that holds container storage",
    _NODE_LABELS,
)
CPU_USAGE = Metric(
    "cluster:cpu_usage_cores:sum",
    Kind.DYNAMIC,
    "percent or cores",
    "CPU in use, the mean since the pass before (since boot for the first)",
)
MEMORY_USAGE = Metric(
    "cluster:memory_usage_bytes:sum",
    Kind.DYNAMIC,
    "percent or bytes",
    "memory in use: total less available",
)
DISK_USAGE = Metric(
    "cluster:disk_usage_bytes:sum",
    Kind.DYNAMIC,
    "percent or bytes",
    "used part of the filesystem that holds container storage",
)
RESOURCE_COUNT = Metric(
    "cluster:usage:resources:sum",
    Kind.DYNAMIC,
    "objects",
    "running pods, namespaces, services, ingresses, routes, CRDs; container images on disk",
    (RESOURCE_LABEL,),
    "counts only; no object's name leaves the device",
)
RUNNING_CONTAINERS = Metric(
    "cluster:usage:containers:sum",
    Kind.DYNAMIC,
    "containers",
    "running containers",
    (),
    "a count only; no container's name or image leaves the device",
)
CLUSTER_VERSION = Metric(
    "cluster_version",
    Kind.STATIC,
    "1",
    "MicroShift's version and how it was installed",
    ("version", "type"),
    "public version numbers",
)
MICROSHIFT_VERSION = Metric(
    "microshift_version",
    Kind.STATIC,
    "1",
    "MicroShift's version, the system's version, how it was installed",
    ("version", "os_version_id", "deployment_type"),
    "public version numbers",
)
ETCD_OBJECTS = Metric(
    "instance:etcd_object_counts:sum",
    Kind.DYNAMIC,
    "objects",
    "objects in etcd",
    ("instance",),
    "`instance` is the node's internal IP address, which can be personal data",
)

CATALOGUE = (
    CAPACITY_CPU,
    CAPACITY_MEMORY,
    CAPACITY_DISK,
    CPU_USAGE,
    MEMORY_USAGE,
    DISK_USAGE,
    RESOURCE_COUNT,
    RUNNING_CONTAINERS,
    CLUSTER_VERSION,
    MICROSHIFT_VERSION,
    ETCD_OBJECTS,
)
"""Eleven metrics, 17 series: `RESOURCE_COUNT` has one for each of `RESOURCES`."""

SELF_CATALOGUE = (
    Metric(
        BUILD_INFO,
        Kind.STATIC,
        "1",
        "version of the operator",
        ("version",),
        "public version numbers",
    ),
    Metric(
        DROPPED_SAMPLES,
        Kind.DYNAMIC,
        "samples",
        "samples dropped so far, the same count as status.droppedSamples",
        (),
        "a count only; says how well the link works",
    ),
    Metric(
        OLDEST_PENDING,
        Kind.DYNAMIC,
        "seconds",
        "age of the oldest sample that waited for delivery when the pass began; 0 if none waited",
        (),
        "a time only; says how long the link was down",
    ),
)
"""Three more metrics and series about the operator itself, with `selfMetrics: Enabled`."""

LIFECYCLE_CATALOGUE = (
    Metric(
        INVOCATION,
        Kind.LIFECYCLE,
        "1",
        "a start of MicroShift: what it was, from and to which version, what came of it, and the "
        "minutes until the node was Ready",
        ("command", "from_version", "version", "result", "duration"),
        "public version numbers, and a duration in steps of two and a half minutes",
    ),
    Metric(
        DURATION,
        Kind.LIFECYCLE,
        "1",
        "the minutes from a start of MicroShift until a stage of it was reached",
        ("stage", "minutes"),
        "a duration in steps of two and a half minutes",
    ),
    Metric(
        MODIFICATION,
        Kind.LIFECYCLE,
        "1",
        "a top-level field of the spec that differs from the shipped object, at a start",
        ("field",),
        "the names of this resource's fields only; no value leaves the device",
    ),
)
"""Three more metrics about the starts of MicroShift, with `lifecycle.status: Enabled`."""

MOMENTARY = frozenset({DROPPED_SAMPLES, OLDEST_PENDING})
"""Metrics of which an averaged report has the newest value: a mean would say nothing."""

OWNED_LABELS = frozenset(
    {CLUSTER_ID_LABEL, "__name__"}.union(*(metric.labels for metric in CATALOGUE + SELF_CATALOGUE))
)
"""Labels that an external label may not take."""

DISTINGUISHING_LABELS = frozenset(
    name for metric in (RESOURCE_COUNT, *LIFECYCLE_CATALOGUE) for name in metric.labels
)
"""Labels by which series of one metric differ in a report, which may tell of several starts; every
other metric has one series."""


def is_excluded(series: Series, excluded: frozenset[str]) -> bool:
    """Tell whether a series is one that an admin named, by its metric or its `resource`."""
    names = {series.metric, *(value for name, value in series.labels if name == RESOURCE_LABEL)}
    return not excluded.isdisjoint(names)
