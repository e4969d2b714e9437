"""Expressions that rules and dashboards share, as PromQL text.

Samples may be an hour apart and arrive a day late, so everything looks back over a window: an
instant query of Prometheus looks back five minutes.
"""

from dataclasses import dataclass

from fleet.mixin.config import Config
from fleet.mixin.names import HEARTBEAT
from microshift_telemetry.sample import metrics

RECORDED = "20m"
"""How far panels look back for a recorded sample: one evaluation, no further, since an ended series
would still be counted."""
STEADY = "3h"
"""How far alerts do, so that they survive a pause of the evaluation."""
FULL_VERSION = "[0-9]+[.][0-9]+[.][0-9]+.*"
MANY = 500
"""Rows of a table that may list every device."""


@dataclass(frozen=True, slots=True)
class Expressions:
    """Expressions for one configuration, of the devices that `only` selects.

    `only` is a list of label matchers, such as `site=~"$site"`; the empty string selects all.
    """

    config: Config
    only: str = ""

    @property
    def device(self) -> str:
        """Give the labels that name a device."""
        return f"_id, {self.config.site_label}"

    def select(self, metric: str, *matchers: str) -> str:
        """Select a metric's series, with more matchers than `only`."""
        inside = ", ".join(filter(None, (*matchers, self.only)))
        return f"{metric}{{{inside}}}" if inside else metric

    def over(self, function: str, metric: str, window: str = "", offset: str = "") -> str:
        """Apply a function to a window: the one in which a device is to report, or a given one."""
        moved = f" offset {offset}" if offset else ""
        if window:
            return f"{function}({self.select(metric)}[{window}]{moved})"
        daily, slow = self.config.window, self.config.slow_window
        return self.by_interval(function, metric, f"[{daily}]{moved}", f"[{slow}]{moved}")

    def per_device(self, expression: str) -> str:
        """Drop all labels but those that name the device; the highest value wins."""
        return f"max by ({self.device}) ({expression})"

    def seen(self) -> str:
        """Give the devices that reported within their interval and two hours."""
        return self.per_device(self.over("present_over_time", HEARTBEAT))

    def known(self) -> str:
        """Give the devices that reported before they are forgotten."""
        config = self.config
        return self.per_device(
            self.by_interval(
                "present_over_time", HEARTBEAT, f"[{config.known}]", f"[{config.slow_known}]"
            )
        )

    def silent(self) -> str:
        """Give the devices that are known and not seen."""
        return f"{self.known()}\nunless on (_id)\n{self.seen()}"

    def new(self) -> str:
        """Give the devices that are seen now and were not in the 30 days before."""
        before = self.over("present_over_time", HEARTBEAT, "30d", self.config.window)
        return f"{self.seen()}\nunless on (_id)\n{before}"

    def recorded(self, record: str, window: str = RECORDED) -> str:
        """Give a recorded value, the newest one."""
        return f"last_over_time({self.select(record)}[{window}])"

    def newest(self, metric: str) -> str:
        """Give the newest value of each device's series within its window."""
        return self.over("last_over_time", metric)

    def percent(self, metric: str, capacity: str, value: str) -> str:
        """Give memory or disk usage in percent, for devices that send percent and bytes alike.

        Nothing that a device sends in bytes is as low as 100. `value` is made from `metric` and has
        its labels.
        """
        last = self.newest(metric)
        total = f"max by (_id) ({self.newest(capacity)})"
        return (
            f"(({value}) and {last} <= 100)\n"
            f"or\n(100 * ({value} and {last} > 100) / on (_id) group_left () {total})"
        )

    def memory_percent(self, function: str, window: str = "") -> str:
        """Give memory in use in percent of each device."""
        metric = metrics.MEMORY_USAGE.name
        value = self.over(function, metric, window)
        return self.per_device(self.percent(metric, metrics.CAPACITY_MEMORY.name, value))

    def disk_percent(self, function: str, window: str = "") -> str:
        """Give the used part of the disk in percent of each device."""
        metric = metrics.DISK_USAGE.name
        value = self.over(function, metric, window)
        return self.per_device(self.percent(metric, metrics.CAPACITY_DISK.name, value))

    def cpu_percent(self, function: str, window: str = "") -> str:
        """Give CPU in use in percent of each device."""
        used = self.over(function, metrics.CPU_USAGE.name, window)
        if self.config.usage_unit == "Percent":
            return self.per_device(used)
        total = f"max by (_id) ({self.newest(metrics.CAPACITY_CPU.name)})"
        return self.per_device(f"100 * {used} / on (_id) group_left () {total}")

    def by_interval(self, function: str, metric: str, daily: str, slow: str) -> str:
        """Apply a function to ranges: one for devices that report every day, one for the others."""
        label, value = self.config.interval_label, self.config.interval_value
        of_day = self.select(metric, f'{label}!="{value}"')
        of_slow = self.select(metric, f'{label}="{value}"')
        return f"({function}({of_day}{daily}) or {function}({of_slow}{slow}))"
