"""Expressions about disks that fill and memory that is short."""

from fleet.mixin.expressions import Expressions
from microshift_telemetry.sample import metrics


def filling_disk(expressions: Expressions) -> str:
    """Give the predicted usage of disks, in percent, that are going to be full.

    A line through three days of samples, whether they are an hour or a day apart. Two of these days
    must be there, else the line says nothing about days.
    """
    config = expressions.config
    disk = expressions.select(metrics.DISK_USAGE.name)
    predicted = f"predict_linear({disk}[3d], {config.disk_days} * 86400)"
    percent = expressions.percent(metrics.DISK_USAGE.name, metrics.CAPACITY_DISK.name, predicted)
    return (
        f"{expressions.per_device(percent)} >= 100\n"
        f"and on (_id) present_over_time({disk}[1d] offset 2d)\n"
        f"and on (_id) {expressions.disk_percent('last_over_time')} >= 50"
    )


def short_of_memory(expressions: Expressions) -> str:
    """Give the lowest usage of memory in a day, in percent, of devices where it stays high."""
    memory = expressions.select(metrics.MEMORY_USAGE.name)
    lowest = expressions.memory_percent("min_over_time", expressions.config.window)
    return (
        f"{lowest} >= {expressions.config.memory_percent}\n"
        f"and on (_id) present_over_time({memory}[12h] offset 12h)"
    )
