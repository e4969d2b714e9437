"""The alerts, each with the page that says what to do."""

import re
from dataclasses import dataclass

from fleet.mixin import delivery, recordings, starts, usage, versions
from fleet.mixin.config import Config
from fleet.mixin.expressions import STEADY, Expressions


@dataclass(frozen=True, slots=True)
class Alert:
    """One alerting rule."""

    name: str
    expr: str
    hold: str
    """How long the expression has to hold (`for`)."""
    severity: str
    summary: str
    description: str

    @property
    def runbook(self) -> str:
        """Give the name of its page in docs/runbooks: the alert's name in kebab case."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", self.name).lower() + ".md"


def silent_site(config: Config, only: str = "") -> str:
    """Give the share of silent devices, in percent, of sites where too many are silent."""
    each = Expressions(config, only)
    silent = each.recorded(recordings.SILENT, STEADY)
    known = each.recorded(recordings.KNOWN, STEADY)
    return (
        f"100 * {silent} / {known} > {config.silent_percent}\n"
        f"and {silent} >= {config.silent_devices}"
    )


def silence(config: Config) -> list[Alert]:
    """Give the alerts on devices and sites that stopped reporting."""
    each = Expressions(config)
    site = f"{{{{ $labels.{config.site_label} }}}}"
    return [
        Alert(
            "MicroshiftDeviceSilent",
            f"{each.silent()}\nunless on ({config.site_label})\n({silent_site(config)})",
            "30m",
            "warning",
            "A device stopped reporting.",
            f"Device {{{{ $labels._id }}}} of site {site} has sent no sample for more than "
            f"{config.window} ({config.slow_window} if it reports once a week).",
        ),
        Alert(
            "MicroshiftSiteSilent",
            silent_site(config),
            "15m",
            "critical",
            "Many devices of a site stopped reporting.",
            f'{{{{ $value | printf "%.0f" }}}} % of the devices of site {site} are silent. This '
            "alert replaces those of the single devices.",
        ),
    ]


def capacity(config: Config) -> list[Alert]:
    """Give the alerts on disk and memory."""
    each = Expressions(config)
    return [
        Alert(
            "MicroshiftDeviceDiskFilling",
            usage.filling_disk(each),
            "1h",
            "warning",
            f"A disk is predicted to be full within {config.disk_days} days.",
            "At the pace of the last three days, container storage of device "
            f"{{{{ $labels._id }}}} is full within {config.disk_days} days.",
        ),
        Alert(
            "MicroshiftDeviceDiskAlmostFull",
            f"{each.disk_percent('last_over_time')} >= {config.disk_percent}",
            "1h",
            "critical",
            "A disk is almost full.",
            'Container storage of device {{ $labels._id }} is {{ $value | printf "%.0f" }} % full.',
        ),
        Alert(
            "MicroshiftDeviceMemoryHigh",
            usage.short_of_memory(each),
            "1h",
            "warning",
            "A device is short of memory.",
            "Memory usage of device {{ $labels._id }} was never below "
            '{{ $value | printf "%.0f" }} % in a day.',
        ),
    ]


def software(config: Config) -> list[Alert]:
    """Give the alerts on versions."""
    each = Expressions(config)
    return [
        Alert(
            "MicroshiftDeviceVersionBehind",
            versions.behind(each),
            "1h",
            "info",
            "A device did not take the updates of the fleet.",
            "Device {{ $labels._id }} runs {{ $labels.version }}, at least "
            f"{config.versions_behind} minor versions behind the newest version of the fleet.",
        ),
        Alert(
            "MicroshiftDeviceRolledBack",
            starts.went_back(each),
            "30m",
            "warning",
            "A device went back to an older version.",
            "Device {{ $labels._id }} runs {{ $labels.version }} and ran a newer version within "
            f"the last {config.known}.",
        ),
        Alert(
            "MicroshiftDeviceStartSlow",
            starts.slow(each),
            "15m",
            "warning",
            "A start of MicroShift took long.",
            "After a start of MicroShift, the node of device {{ $labels._id }} was Ready after "
            "{{ $labels.duration }} minutes.",
        ),
    ]


def reception(config: Config) -> list[Alert]:
    """Give the alerts on samples that are lost or refused."""
    each = Expressions(config)
    return [
        Alert(
            "MicroshiftDeviceSamplesDropped",
            delivery.dropping(each),
            "30m",
            "warning",
            "A device dropped samples.",
            'Device {{ $labels._id }} dropped {{ $value | printf "%.0f" }} samples in two days.',
        ),
        Alert(
            "MicroshiftReceiverRefusesSamples",
            delivery.refused(each, recordings.SEEN),
            "6h",
            "critical",
            "The receiver refuses samples of many devices.",
            'Most samples of {{ $value | printf "%.0f" }} % of the devices did not arrive, '
            "although they report.",
        ),
    ]


def clocks(config: Config) -> list[Alert]:
    """Give the alerts on samples of a wrong time."""
    each = Expressions(config)
    return [
        Alert(
            "MicroshiftDeviceClockAhead",
            delivery.ahead(each),
            "15m",
            "warning",
            "The clock of a device is ahead.",
            "Device {{ $labels._id }} sent samples whose time is more than "
            f"{delivery.AHEAD} in the future.",
        ),
        Alert(
            "MicroshiftDeviceClockBehind",
            delivery.behind(each),
            "30m",
            "warning",
            "The clock of a device is behind, or its reports are delayed.",
            "Device {{ $labels._id }} reports every day, but its newest samples are more than an "
            "hour old when they arrive.",
        ),
    ]
