"""The dashboard *Fleet*: which devices there are, and which need attention."""

from fleet.mixin import panels, recordings, starts, versions
from fleet.mixin.config import Config
from fleet.mixin.expressions import MANY, Expressions
from fleet.mixin.pages import Page, link_to_device, only_sites
from fleet.mixin.panels import About, Column, Rows

LIFECYCLE = "Needs spec.lifecycle on the devices."
WARN = "orange"
BAD = "red"


def fleet_page(config: Config) -> Page:
    """Give the page for the sites that are chosen on it."""
    some = Expressions(config, only_sites(config))
    return Page(
        name="fleet",
        title="MicroShift fleet",
        description="Which devices report, what they run, and which need attention.",
        rows={
            "Now": _now(some),
            "Versions and machines": _machines(some),
            "Over time": _history(some),
            "Starts of MicroShift": _starts(some),
            "Sites": [_sites(some)],
            "Devices that need attention": _reporting(some) + _outdated(some),
        },
        days=30,
    )


def total(some: Expressions, record: str, by: str = "") -> str:
    """Add a recorded value up over the chosen sites."""
    return f"sum{f' by ({by})' if by else ''} ({some.recorded(record)})"


def _now(some: Expressions) -> list[panels.AnyPanel]:
    window = some.config.window
    silent, known = total(some, recordings.SILENT), total(some, recordings.KNOWN)
    return [
        panels.stat(
            About("Devices seen", f"Devices with a sample in the last {window}."),
            total(some, recordings.SEEN),
        ),
        panels.stat(
            About(
                "Devices silent",
                f"Devices with a sample in the last {some.config.known} and none in the last "
                f"{window}.",
                steps=[(1, WARN)],
            ),
            silent,
        ),
        panels.stat(
            About(
                "Share of devices silent",
                "Silent devices in percent of the devices that are known.",
                "percent",
                steps=[(2, WARN), (some.config.silent_percent, BAD)],
            ),
            f"100 * {silent} / {known}",
        ),
        panels.stat(
            About("Devices new", "Devices that are seen now and were not in the 30 days before."),
            total(some, recordings.NEW),
        ),
        panels.stat(
            About("CPU cores installed", "Cores of the devices that are seen."),
            total(some, recordings.CORES),
        ),
        panels.stat(
            About("Memory installed", "Memory of the devices that are seen.", "bytes"),
            total(some, recordings.MEMORY),
        ),
    ]


def _machines(some: Expressions) -> list[panels.AnyPanel]:
    running, machines = versions.RUNNING, recordings.MACHINES
    arch, system, _ = recordings.MACHINE_LABELS
    return [
        panels.shares(
            About("Versions", "Devices by MicroShift version."),
            total(some, running, "version"),
            "{{version}}",
        ),
        panels.shares(
            About("Deployment types", "Devices by how MicroShift was installed."),
            total(some, running, "deployment_type"),
            "{{deployment_type}}",
        ),
        panels.shares(
            About("Architectures", "Devices by processor architecture."),
            total(some, machines, arch),
            f"{{{{{arch}}}}}",
        ),
        panels.shares(
            About("Operating systems", "Devices by the ID of their operating system."),
            total(some, machines, system),
            f"{{{{{system}}}}}",
        ),
    ]


def _history(some: Expressions) -> list[panels.AnyPanel]:
    return [
        panels.chart(
            About("Devices over time", "Devices that were seen, silent and new at each moment."),
            {
                "seen": total(some, recordings.SEEN),
                "silent": total(some, recordings.SILENT),
                "new": total(some, recordings.NEW),
            },
        ),
        panels.chart(
            About("Versions over time", "Devices by MicroShift version at each moment."),
            {"{{version}}": total(some, versions.RUNNING, "version")},
            stacked=True,
        ),
        panels.chart(
            About("CPU cores installed over time", "Cores of the devices that were seen."),
            {"cores": total(some, recordings.CORES)},
        ),
        panels.chart(
            About("Memory installed over time", "Memory of devices that were seen.", "bytes"),
            {"memory": total(some, recordings.MEMORY)},
        ),
    ]


def _starts(some: Expressions) -> list[panels.AnyPanel]:
    config = some.config
    return [
        panels.chart(
            About("Starts by kind", f"Starts in the 24 h before each moment. {LIFECYCLE}"),
            {"{{command}}": total(some, starts.STARTS, "command")},
            stacked=True,
            width=8,
        ),
        panels.chart(
            About(
                "Starts that failed",
                f"Starts in the 24 h before each moment after which something was not Ready. "
                f"{LIFECYCLE}",
            ),
            {"{{result}}": starts.failed(some)},
            stacked=True,
            width=8,
        ),
        panels.table(
            About(
                "Slow starts",
                f"Devices whose node took more than {config.slow_start_minutes} minutes to be "
                f"Ready after a start of the last {config.window}. {LIFECYCLE}",
            ),
            Rows(
                {"A": f"topk({MANY}, {starts.slow(some)})"},
                [*device_columns(config), Column("duration", "Minutes")],
            ),
            width=8,
        ),
    ]


def _sites(some: Expressions) -> panels.AnyPanel:
    site = some.config.site_label
    silent, known = (total(some, each, site) for each in (recordings.SILENT, recordings.KNOWN))
    return panels.table(
        About("Sites", "Sites by the external label, with what reports from them."),
        Rows(
            {
                "A": total(some, recordings.SEEN, site),
                "B": silent,
                "C": f"100 * {silent} / {known}",
                "D": total(some, recordings.CORES, site),
                "E": total(some, recordings.MEMORY, site),
                "F": total(some, recordings.DISK_USED, site),
            },
            [
                Column(site, "Site"),
                Column("Value #A", "Seen"),
                Column("Value #B", "Silent"),
                Column("Value #C", "Silent share", "percent"),
                Column("Value #D", "CPU cores"),
                Column("Value #E", "Memory", "bytes"),
                Column("Value #F", "Mean disk usage", "percent"),
            ],
            joined_by=site,
            sorted_by="Silent share",
        ),
    )


def _reporting(some: Expressions) -> list[panels.AnyPanel]:
    device = device_columns(some.config)
    return [
        panels.table(
            About("Silent devices", f"At most {MANY} of the silent devices."),
            Rows({"A": f"topk({MANY}, {some.silent()})"}, device),
            width=12,
        ),
        panels.table(
            About("Disk usage", f"The {MANY} fullest disks that hold container storage."),
            Rows(
                {"A": f"topk({MANY}, {some.disk_percent('last_over_time')})"},
                [*device, Column("Value", "Disk usage", "percent")],
                sorted_by="Disk usage",
            ),
            width=12,
        ),
    ]


def _outdated(some: Expressions) -> list[panels.AnyPanel]:
    config = some.config
    device = [*device_columns(config), Column("version", "Version")]
    return [
        panels.table(
            About(
                "Devices behind the newest version",
                f"Devices at least {config.versions_behind} minor versions behind the newest "
                f"version that {config.newest_percent} % of the fleet run. A lower major version "
                "counts as 1,000 minor versions.",
            ),
            Rows(
                {"A": f"topk({MANY}, {versions.behind(some)})"},
                [*device, Column("Value", "Minor versions behind")],
                sorted_by="Minor versions behind",
            ),
            width=12,
        ),
        panels.table(
            About(
                "Devices rolled back",
                f"Devices that ran a newer version within the last {config.known}. A roll-back "
                f"shows once the newer version is older than {config.window}, or at once if the "
                "device has spec.lifecycle.",
            ),
            Rows({"A": f"topk({MANY}, {starts.went_back(some)})"}, device),
            width=12,
        ),
    ]


def device_columns(config: Config) -> list[Column]:
    """Give the columns that name a device, with a link to its page."""
    return [
        Column("_id", "Device", link=link_to_device()),
        Column(config.site_label, "Site"),
    ]
