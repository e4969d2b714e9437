"""The dashboard *Device*: one device, what it is and how it is used."""

from fleet.mixin import panels, starts, versions
from fleet.mixin.config import Config
from fleet.mixin.expressions import Expressions
from fleet.mixin.names import HEARTBEAT
from fleet.mixin.pages import Page
from fleet.mixin.panels import About, Column, Rows
from microshift_telemetry.sample import metrics

UNKNOWN = "unknown"
POINT = "2h"
"""A point of a chart is the newest sample of this window: hourly samples leave no gap in it."""


def device_page(config: Config) -> Page:
    """Give the page for the device that is chosen on it."""
    one = Expressions(config, '_id="$_id"')
    return Page(
        name="device",
        title="MicroShift device",
        description="One device: what it is, how it is used, and when it reported.",
        rows={
            "Identity": _identity(one),
            "Capacity": _capacity(one),
            "Usage": _usage(one),
            "Workload": _workload(one),
            "Reports": _reports(one),
            "Starts of MicroShift": _starts(one),
        },
        days=7,
        device=True,
    )


def last_sample(one: Expressions) -> str:
    """Give the age of a device's newest sample in seconds.

    Only an instant selector knows the time of a sample, and it looks back 5 min: hence the step.
    """
    stamped = f"timestamp({one.select(HEARTBEAT)})[7d:5m]"
    return f"time() - max(max_over_time({stamped}))"


def _identity(one: Expressions) -> list[panels.AnyPanel]:
    arch, system, _ = metrics.CAPACITY_CPU.labels
    running, machine = versions.current(one), f"topk(1, {one.newest(HEARTBEAT)})"
    named = (
        ("MicroShift version", "The version that it runs.", running, "version"),
        ("Deployment type", "How MicroShift was installed.", running, "deployment_type"),
        ("Operating system", "The ID of its operating system.", machine, system),
        ("OS version", "The version of its operating system.", running, "os_version_id"),
        ("Architecture", "Its processor architecture.", machine, arch),
    )
    newest = About(
        "Newest sample",
        "Age of the newest sample. Negative: the clock of the device is ahead.",
        "s",
        steps=[(26 * 3600, "red")],
        no_value="older than 7 days",
    )
    return [
        panels.stat(newest, last_sample(one)),
        *(
            panels.name(About(title, text, no_value=UNKNOWN), expr, f"{{{{{label}}}}}")
            for title, text, expr, label in named
        ),
    ]


def _capacity(one: Expressions) -> list[panels.AnyPanel]:
    kinds = (
        ("CPU cores", "Cores of the node.", "short", metrics.CAPACITY_CPU),
        ("Memory", "Memory of the node.", "bytes", metrics.CAPACITY_MEMORY),
        ("Disk", "Filesystem of container storage.", "bytes", metrics.CAPACITY_DISK),
    )
    return [
        panels.stat(
            About(title, text, unit, no_value=UNKNOWN), f"max({one.newest(metric.name)})", width=8
        )
        for title, text, unit, metric in kinds
    ]


def _usage(one: Expressions) -> list[panels.AnyPanel]:
    return [
        panels.chart(
            About("CPU usage", "CPU in use, the mean between two samples.", "percent"),
            {"CPU": one.cpu_percent("last_over_time", POINT)},
            width=8,
            maximum=100,
        ),
        panels.chart(
            About(
                "Memory usage",
                "Memory in use: total minus available.",
                "percent",
                steps=[(one.config.memory_percent, "red")],
            ),
            {"memory": one.memory_percent("last_over_time", POINT)},
            width=8,
            maximum=100,
        ),
        panels.chart(
            About(
                "Disk usage",
                "Used part of the filesystem that holds container storage.",
                "percent",
                steps=[(one.config.disk_percent, "red")],
            ),
            {"disk": one.disk_percent("last_over_time", POINT)},
            width=8,
            maximum=100,
        ),
    ]


def _workload(one: Expressions) -> list[panels.AnyPanel]:
    counts = one.over("last_over_time", metrics.RESOURCE_COUNT.name, POINT)
    pods = one.select(metrics.RESOURCE_COUNT.name, 'resource="pods"')
    containers = one.over("last_over_time", metrics.RUNNING_CONTAINERS.name, POINT)
    etcd = one.over("last_over_time", metrics.ETCD_OBJECTS.name, POINT)
    return [
        panels.chart(
            About("Pods and containers", "Running pods and their running containers."),
            {
                "pods": f"max(last_over_time({pods}[{POINT}]))",
                "containers": f"max({containers})",
            },
            width=8,
        ),
        panels.chart(
            About("Objects by kind", "What the API server counts, and container images on disk."),
            {"{{resource}}": f"max by (resource) ({counts})"},
            width=8,
        ),
        panels.chart(
            About("Objects in etcd", "All objects that the API server stores."),
            {"objects": f"max({etcd})"},
            width=8,
        ),
    ]


def _reports(one: Expressions) -> list[panels.AnyPanel]:
    expected = one.config.samples_a_day
    samples = one.over("count_over_time", metrics.MEMORY_USAGE.name, "1d")
    return [
        panels.chart(
            About(
                "Samples per day",
                f"Samples of one series in the 24 h before each moment; {expected} are expected. "
                "Fewer are a gap: the device was off, or its samples were dropped or refused.",
            ),
            {"samples": f"sum({samples})"},
        ),
        panels.chart(
            About("Reports per day", "Reports in the 24 h before each moment."),
            {"reports": f"sum({one.over('count_over_time', HEARTBEAT, '1d')})"},
        ),
        panels.chart(
            About(
                "Version over time",
                "The version as a number: major * 1,000,000 + minor * 1,000 + patch.",
                "none",
            ),
            {"{{version}}": f"max by (version) ({versions.coded(one)})"},
            width=24,
        ),
    ]


def _starts(one: Expressions) -> list[panels.AnyPanel]:
    needs = "Needs spec.lifecycle on the device."
    return [
        panels.chart(
            About("Starts per day", f"Starts in the 24 h before each moment. {needs}"),
            {"{{command}}": starts.a_day(one)},
            stacked=True,
        ),
        panels.table(
            About("Starts", f"Kinds of starts in the last 7 days, and their number. {needs}"),
            Rows(
                {"A": starts.of_device(one)},
                [
                    Column("command", "Start"),
                    Column("from_version", "From version"),
                    Column("version", "Version"),
                    Column("result", "Result"),
                    Column("duration", "Minutes until Ready"),
                    Column("Value", "Starts"),
                ],
                sorted_by="Starts",
            ),
            width=12,
        ),
    ]
