"""Stage 3, the facts of node and cluster: one file a fact, and the registry of all of them."""

from microshift_telemetry.sample.metrics import CAPACITY_CPU, CAPACITY_MEMORY
from microshift_telemetry.sources.capacity import NodeCapacity
from microshift_telemetry.sources.cpu import CpuUsage
from microshift_telemetry.sources.disk import DiskCapacity, DiskUsage
from microshift_telemetry.sources.etcd_objects import EtcdObjects
from microshift_telemetry.sources.images import ImageCount
from microshift_telemetry.sources.memory import MemoryUsage
from microshift_telemetry.sources.objects import ObjectCount
from microshift_telemetry.sources.pods import RunningPods
from microshift_telemetry.sources.release import ClusterVersion, MicroShiftVersion
from microshift_telemetry.sources.source import Source


def all_sources(cpu: CpuUsage) -> tuple[Source, ...]:
    """Make a new set of sources, in the order of the catalogue; each TelemetryConfig has its own.

    `cpu` is given, since what it remembers outlives the process. Only `RunningPods` is behind two
    metrics: it reads each pod once for both.
    """
    return (
        NodeCapacity("cpu_capacity", CAPACITY_CPU, "cpu"),
        NodeCapacity("memory_capacity", CAPACITY_MEMORY, "memory"),
        DiskCapacity(),
        cpu,
        MemoryUsage(),
        DiskUsage(),
        RunningPods(),
        ObjectCount("namespaces", "namespaces", "/api/v1/namespaces"),
        ObjectCount("services", "services", "/api/v1/services"),
        ObjectCount(
            "ingresses",
            "ingresses.networking.k8s.io",
            "/apis/networking.k8s.io/v1/ingresses",
        ),
        ObjectCount(
            "routes",
            "routes.route.openshift.io",
            "/apis/route.openshift.io/v1/routes",
            is_optional=True,
        ),
        ObjectCount(
            "customresourcedefinitions",
            "customresourcedefinitions.apiextensions.k8s.io",
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        ),
        ImageCount(),
        ClusterVersion(),
        MicroShiftVersion(),
        EtcdObjects(),
    )
