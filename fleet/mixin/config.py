"""What an owner may want to choose: label names, windows, thresholds."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any


class ConfigError(ValueError):
    """A setting that can't be used; the text starts with its name."""


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, with the default that the committed files are made from."""

    site_label: str = "site"
    """External label that groups devices."""
    interval_label: str = "report_every"
    """External label of devices that report less often than once a day."""
    interval_value: str = "168h"
    """The value of `interval_label` on devices that report once a week."""
    window_hours: int = 26
    """A device is seen if its newest sample is younger: the interval of a day and two hours."""
    known: str = "7d"
    """A silent device is forgotten after this time."""
    slow_window_hours: int = 170
    """`window_hours` of devices that report once a week."""
    slow_known: str = "30d"
    """`known` of devices that report once a week."""
    samples_a_day: int = 24
    """Samples that a device takes in a day: 24 h divided by `samplingInterval`."""
    usage_unit: str = "Percent"
    """Unit of CPU usage, as in `spec.usageUnit`; the unit of memory and disk is recognized."""
    silent_percent: int = 10
    """A site is silent if more of its devices are silent."""
    silent_devices: int = 5
    """And if at least this many are."""
    disk_days: int = 7
    """A disk fills if it is predicted to be full within this time."""
    disk_percent: int = 90
    """A disk is almost full from here on."""
    memory_percent: int = 90
    """Memory is short if it never falls below this for a day."""
    versions_behind: int = 2
    """Minor versions between a device and the newest version of the fleet."""
    newest_percent: int = 1
    """A version counts as the newest only if this share of the fleet runs it."""
    refused_percent: int = 10
    """A receiver refuses samples if more devices of the fleet lack most of their samples."""
    refused_devices: int = 10
    """And if at least this many do."""
    slow_start_minutes: int = 15
    """A start of MicroShift is slow if the node takes longer to be Ready."""
    runbooks: str = "https://example.com/microshift-telemetry/docs/runbooks"
    """Where the pages of docs/runbooks are served."""

    @property
    def window(self) -> str:
        """Write `window_hours` as PromQL does."""
        return f"{self.window_hours}h"

    @property
    def slow_window(self) -> str:
        """Write `slow_window_hours` as PromQL does."""
        return f"{self.slow_window_hours}h"

    @property
    def whole_day(self) -> str:
        """Give how far back a whole day lies of which all samples have come."""
        return f"{self.window_hours + 24}h"


def config_from(settings: Iterable[str]) -> Config:
    """Change defaults by `name=value` settings.

    Raises:
        ConfigError: a name is unknown, or a value has another type.
    """
    types = {each.name: each.type for each in fields(Config)}
    chosen: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if name not in types or not equals:
            raise ConfigError(f"{setting}: expected NAME=VALUE, NAME one of {', '.join(types)}")
        if types[name] is not int:
            chosen[name] = value
        elif value.isdecimal():
            chosen[name] = int(value)
        else:
            raise ConfigError(f"{name}: {value!r} is not a whole number")
    config = Config(**chosen)
    if config.usage_unit not in {"Percent", "Absolute"}:
        raise ConfigError(f"usage_unit: {config.usage_unit!r} is neither Percent nor Absolute")
    return config
