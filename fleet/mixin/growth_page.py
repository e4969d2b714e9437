"""The dashboard *Growth*: how the fleet grows, with clusters and cores under their own names."""

from fleet.mixin import panels, recordings, versions
from fleet.mixin.config import Config
from fleet.mixin.expressions import Expressions
from fleet.mixin.fleet_page import total
from fleet.mixin.pages import Page, only_sites
from fleet.mixin.panels import About


def growth_page(config: Config) -> Page:
    """Give the page for the sites that are chosen on it."""
    some = Expressions(config, only_sites(config))
    return Page(
        name="growth",
        title="MicroShift fleet growth",
        description="How many clusters there are, what they have, and what runs on them.",
        rows={
            "Now": _now(some),
            "Clusters": _clusters(some),
            "Capacity": _capacity(some),
            "Workload": _workload(some),
        },
        days=90,
    )


def _pods(some: Expressions) -> str:
    narrow = Expressions(some.config, f'resource="pods", {some.only}')
    return f"sum({narrow.recorded(recordings.OBJECTS)})"


def _now(some: Expressions) -> list[panels.AnyPanel]:
    return [
        panels.stat(
            About("Clusters", "Clusters that report. A MicroShift device is one cluster."),
            total(some, recordings.SEEN),
        ),
        panels.stat(
            About("CPU cores", "CPU cores of all clusters."), total(some, recordings.CORES)
        ),
        panels.stat(
            About("Memory", "Memory of all clusters.", "bytes"), total(some, recordings.MEMORY)
        ),
        panels.stat(
            About("Disk", "Container storage of all clusters.", "bytes"),
            total(some, recordings.DISK),
        ),
        panels.stat(About("Running pods", "Running pods of all clusters."), _pods(some)),
        panels.stat(
            About("Running containers", "Running containers of all clusters."),
            total(some, recordings.CONTAINERS),
        ),
    ]


def _clusters(some: Expressions) -> list[panels.AnyPanel]:
    arch = recordings.MACHINE_LABELS[0]
    return [
        panels.chart(
            About("Clusters over time", "Clusters that reported, and new ones."),
            {"clusters": total(some, recordings.SEEN), "new": total(some, recordings.NEW)},
        ),
        panels.chart(
            About("Clusters by version", "Clusters by MicroShift version."),
            {"{{version}}": total(some, versions.RUNNING, "version")},
            stacked=True,
        ),
        panels.chart(
            About("Clusters by deployment type", "Clusters by how MicroShift was installed."),
            {"{{deployment_type}}": total(some, versions.RUNNING, "deployment_type")},
            stacked=True,
        ),
        panels.chart(
            About("Clusters by architecture", "Clusters by processor architecture."),
            {f"{{{{{arch}}}}}": total(some, recordings.MACHINES, arch)},
            stacked=True,
        ),
    ]


def _capacity(some: Expressions) -> list[panels.AnyPanel]:
    return [
        panels.chart(
            About("CPU cores over time", "CPU cores of all clusters."),
            {"cores": total(some, recordings.CORES)},
            width=8,
        ),
        panels.chart(
            About("Memory over time", "Memory of all clusters.", "bytes"),
            {"memory": total(some, recordings.MEMORY)},
            width=8,
        ),
        panels.chart(
            About("Disk over time", "Container storage of all clusters.", "bytes"),
            {"disk": total(some, recordings.DISK)},
            width=8,
        ),
        panels.chart(
            About(
                "Mean usage",
                "Usage of the mean device: CPU and memory over a day, disk at the last sample. "
                "Each device counts the same, whatever its size.",
                "percent",
            ),
            {
                "CPU": _mean(some, recordings.CPU_USED),
                "memory": _mean(some, recordings.MEMORY_USED),
                "disk": _mean(some, recordings.DISK_USED),
            },
            width=24,
            maximum=100,
        ),
    ]


def _mean(some: Expressions, record: str) -> str:
    """Give the mean over devices, from the means of sites and their numbers of devices."""
    site, devices = some.config.site_label, some.recorded(recordings.SEEN)
    return (
        f"sum({some.recorded(record)} * on ({site}) {devices})\n"
        f"/ sum({devices} and on ({site}) {some.recorded(record)})"
    )


def _workload(some: Expressions) -> list[panels.AnyPanel]:
    return [
        panels.chart(
            About("Pods and containers over time", "Running pods and containers."),
            {"pods": _pods(some), "containers": total(some, recordings.CONTAINERS)},
            width=8,
        ),
        panels.chart(
            About("Objects by kind", "What the API servers count, and container images on disk."),
            {"{{resource}}": total(some, recordings.OBJECTS, "resource")},
            width=8,
        ),
        panels.chart(
            About("Objects in etcd", "All objects that the API servers store."),
            {"objects": total(some, recordings.ETCD_OBJECTS)},
            width=8,
        ),
    ]
