"""The recording rules: what is too costly to ask of every device each time a page is opened."""

from dataclasses import dataclass

from fleet.mixin import delivery, starts, versions
from fleet.mixin.config import Config
from fleet.mixin.expressions import Expressions
from fleet.mixin.names import HEARTBEAT
from microshift_telemetry.sample import metrics
from microshift_telemetry.spec.shaping import DROPPED_SAMPLES

MACHINE_LABELS = metrics.CAPACITY_CPU.labels
"""Architecture, operating system, instance type."""

KNOWN = "site:microshift_devices_known:count"
SEEN = "site:microshift_devices_seen:count"
SILENT = "site:microshift_devices_silent:count"
NEW = "site:microshift_devices_new:count"
MACHINES = "site:microshift_machine:count"
SAMPLES = "site:microshift_samples_received:sum"
CORES = "site:microshift_cpu_cores:sum"
MEMORY = "site:microshift_memory_bytes:sum"
DISK = "site:microshift_disk_bytes:sum"
OBJECTS = "site:microshift_objects:sum"
CONTAINERS = "site:microshift_containers:sum"
ETCD_OBJECTS = "site:microshift_etcd_objects:sum"
CPU_USED = "site:microshift_cpu_used_percent:avg"
MEMORY_USED = "site:microshift_memory_used_percent:avg"
DISK_USED = "site:microshift_disk_used_percent:avg"


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording rule."""

    record: str
    expr: str


def of_devices(config: Config) -> list[Recording]:
    """Record who reports and what it is; the first groups need what stands before them."""
    each = Expressions(config)
    site = config.site_label
    return [
        Recording(versions.RAN, versions.ran(each)),
        Recording(versions.VERSION_CODE, versions.version_code(each)),
        Recording(delivery.FRESH, delivery.fresh(each)),
        Recording(KNOWN, f"count by ({site}) (\n{each.known()}\n)"),
        Recording(SEEN, f"count by ({site}) (\n{each.seen()}\n)"),
        Recording(SILENT, _counted(each, each.silent())),
        Recording(NEW, _counted(each, each.new())),
        Recording(
            versions.RUNNING,
            f"count by ({site}, version, os_version_id, deployment_type) "
            f"({versions.current(each)})",
        ),
        Recording(
            MACHINES,
            f"count by ({site}, {', '.join(MACHINE_LABELS)}) "
            f"(topk by (_id) (1, {each.newest(HEARTBEAT)}))",
        ),
        Recording(starts.STARTS, starts.counted(each)),
        Recording(delivery.SPARSE, _counted(each, delivery.sparse(each))),
        Recording(
            delivery.DROPPING,
            f"count by ({site}) ({delivery.dropping(each)})\n"
            f"or count by ({site}) ({each.newest(DROPPED_SAMPLES)}) * 0",
        ),
    ]


def _counted(each: Expressions, devices: str) -> str:
    """Count devices by site, with 0 where there are none."""
    return f"count by ({each.config.site_label}) (\n{devices}\n)\nor {each.recorded(KNOWN)} * 0"


def of_usage(config: Config) -> list[Recording]:
    """Record what sites have and use."""
    each = Expressions(config)
    site = config.site_label

    def added(record: str, metric: str, label: str = "") -> Recording:
        labels = f"{site}, {label}" if label else site
        by_device = f"max by (_id, {labels}) ({each.newest(metric)})"
        return Recording(record, f"sum by ({labels}) ({by_device})")

    def averaged(record: str, of_device: str) -> Recording:
        return Recording(record, f"avg by ({site}) ({of_device})")

    return [
        added(CORES, metrics.CAPACITY_CPU.name),
        added(MEMORY, metrics.CAPACITY_MEMORY.name),
        added(DISK, metrics.CAPACITY_DISK.name),
        added(OBJECTS, metrics.RESOURCE_COUNT.name, "resource"),
        added(CONTAINERS, metrics.RUNNING_CONTAINERS.name),
        added(ETCD_OBJECTS, metrics.ETCD_OBJECTS.name),
        averaged(CPU_USED, each.cpu_percent("avg_over_time")),
        averaged(MEMORY_USED, each.memory_percent("avg_over_time")),
        averaged(DISK_USED, each.disk_percent("last_over_time")),
        Recording(SAMPLES, f"sum by ({site}) ({delivery.received(each)})"),
    ]
