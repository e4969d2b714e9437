"""The dashboard *Delivery*: what arrives late, is refused, is dropped, or has a wrong time."""

from fleet.mixin import delivery, panels, recordings
from fleet.mixin.config import Config
from fleet.mixin.expressions import MANY, Expressions
from fleet.mixin.fleet_page import BAD, WARN, device_columns, total
from fleet.mixin.names import HEARTBEAT
from fleet.mixin.pages import Page, only_sites
from fleet.mixin.panels import About, Column, Rows
from microshift_telemetry.spec.shaping import BUILD_INFO, DROPPED_SAMPLES

OWN = "Needs spec.selfMetrics: Enabled on the devices."


def delivery_page(config: Config) -> Page:
    """Give the page for the sites that are chosen on it."""
    some = Expressions(config, only_sites(config))
    return Page(
        name="delivery",
        title="MicroShift telemetry delivery",
        description="Whether samples of the devices arrive: late, refused, dropped, wrong clocks.",
        rows={
            "Now": _lacking(some) + _clocks(some),
            "Over time": _history(some),
            "From what the receiver has": _received(some),
            "From the operators' own series": _own(some),
        },
        days=14,
    )


def _lacking(some: Expressions) -> list[panels.AnyPanel]:
    sparse, seen = total(some, delivery.SPARSE), total(some, recordings.SEEN)
    return [
        panels.stat(
            About("Reports in a day", "Reports that arrived with a time in the last 24 h."),
            f"sum({some.over('count_over_time', HEARTBEAT, '1d')})",
        ),
        panels.stat(
            About(
                "Devices with few samples",
                f"Devices that report every day, and of which fewer than one in "
                f"{delivery.SPARSE_SHARE} samples arrived. Many at once: the receiver refuses "
                "older samples.",
                steps=[(1, WARN)],
            ),
            sparse,
        ),
        panels.stat(
            About(
                "Share of devices with few samples",
                "These devices in percent of the devices that are seen.",
                "percent",
                steps=[(2, WARN), (some.config.refused_percent, BAD)],
            ),
            f"100 * {sparse} / {seen}",
        ),
        panels.stat(
            About(
                "Devices that drop samples",
                f"Devices that dropped samples in the last two days. {OWN}",
                steps=[(1, WARN)],
            ),
            total(some, delivery.DROPPING),
        ),
    ]


def _clocks(some: Expressions) -> list[panels.AnyPanel]:
    return [
        panels.stat(
            About(
                "Devices whose clock is ahead",
                f"Devices with a sample that is newer than now by more than {delivery.AHEAD}.",
                steps=[(1, WARN)],
                no_value="0",
            ),
            f"count({delivery.ahead(some)})",
        ),
        panels.stat(
            About(
                "Devices whose clock is behind",
                "Devices that report every day, but never a sample younger than an hour: their "
                "clock is behind, or their reports are delayed.",
                steps=[(1, WARN)],
                no_value="0",
            ),
            f"count({delivery.behind(some)})",
        ),
    ]


def _history(some: Expressions) -> list[panels.AnyPanel]:
    return [
        panels.chart(
            About(
                "Samples received per day",
                "Samples of one hourly series of a day, and "
                f"{some.config.samples_a_day} for each device that was seen. The day ended "
                f"{some.config.window} before each moment, since samples come with a report.",
            ),
            {
                "received": total(some, recordings.SAMPLES),
                "expected": f"{total(some, recordings.SEEN)} * {some.config.samples_a_day}",
            },
        ),
        panels.chart(
            About("Devices with problems over time", "Silent, few samples, dropped samples."),
            {
                "silent": total(some, recordings.SILENT),
                "few samples": total(some, delivery.SPARSE),
                "dropping": total(some, delivery.DROPPING),
            },
        ),
    ]


def _received(some: Expressions) -> list[panels.AnyPanel]:
    device = device_columns(some.config)
    return [
        panels.table(
            About(
                "Few samples",
                f"At most {MANY} devices of which few samples arrive; {some.config.samples_a_day} "
                "a day are expected.",
            ),
            Rows(
                {
                    "A": f"topk({MANY}, {delivery.received(some)} and on (_id)\n"
                    f"({delivery.sparse(some)}))"
                },
                [*device, Column("Value", "Samples of a day")],
            ),
            width=8,
        ),
        panels.table(
            About("Clock ahead", f"At most {MANY} devices whose clock is ahead, furthest first."),
            Rows(
                {"A": f"topk({MANY}, {delivery.seconds_ahead(some)})"},
                [*device, Column("Value", "Ahead", "s")],
                sorted_by="Ahead",
            ),
            width=8,
        ),
        panels.table(
            About(
                "Clock behind",
                f"At most {MANY} devices whose samples are never younger than an hour.",
            ),
            Rows({"A": f"topk({MANY}, {delivery.behind(some)})"}, device),
            width=8,
        ),
    ]


def _own(some: Expressions) -> list[panels.AnyPanel]:
    device = device_columns(some.config)
    build = f"max by (_id, version) ({some.newest(BUILD_INFO)})"
    total_dropped = some.per_device(some.newest(DROPPED_SAMPLES))
    return [
        panels.table(
            About("Dropped samples", f"Samples dropped in the last two days. {OWN}"),
            Rows(
                {"A": f"topk({MANY}, {delivery.dropping(some)})"},
                [*device, Column("Value", "Dropped in two days")],
                sorted_by="Dropped in two days",
            ),
            width=8,
        ),
        panels.table(
            About(
                "Oldest pending sample",
                f"Age of the oldest sample that waited for delivery at the last report. {OWN}",
            ),
            Rows(
                {"A": f"topk({MANY}, {delivery.pending_seconds(some)})"},
                [*device, Column("Value", "Age", "s")],
                sorted_by="Age",
            ),
            width=8,
        ),
        panels.shares(
            About("Operator versions", f"Devices by the version of the operator. {OWN}"),
            f"count by (version) ({build})",
            "{{version}}",
            width=8,
        ),
        panels.stat(
            About("Samples dropped since installation", f"The sum over all devices. {OWN}"),
            f"sum({total_dropped})",
        ),
    ]
