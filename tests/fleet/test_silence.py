"""Devices and sites that stop reporting."""

from pathlib import Path

from fleet.mixin.names import HEARTBEAT
from tests.fleet.scenario import (
    FIRING,
    Expectation,
    Series,
    check,
    device,
    firing,
    labelled,
    promtool_said,
)
from tests.support.tools import Tools

HOURS = 11 * 24
DAILY = range(0, HOURS, 24)
SILENT = "MicroshiftDeviceSilent"
UNTIL_DAY_3 = [0, 24, 48, 72]


def _steady(site: str, count: int) -> list[Series]:
    return [device(f"{site}-{number}", site, DAILY, HOURS) for number in range(count)]


def _site_alert(hour: float, **sites: float) -> Expectation:
    expr = f'count by (site) (ALERTS{{alertname="MicroshiftSiteSilent",{FIRING}}})'
    return Expectation(hour, expr, {labelled(site=site): count for site, count in sites.items()})


def test_a_silent_device_alerts_until_it_reports_again(tools: Tools, tmp_path: Path) -> None:
    series = [*_steady("north", 30), device("a", "north", [*UNTIL_DAY_3, 144, 168], HOURS)]

    check(
        tools,
        tmp_path,
        series,
        [firing(SILENT, 98, *()), firing(SILENT, 99, "a"), firing(SILENT, 145, *())],
    )


def test_a_silent_device_is_forgotten_after_a_week(tools: Tools, tmp_path: Path) -> None:
    series = [*_steady("north", 30), device("gone", "north", UNTIL_DAY_3, HOURS)]

    check(tools, tmp_path, series, [firing(SILENT, 72 + 168 - 1, "gone"), firing(SILENT, 241)])


def test_a_device_that_reports_once_a_week_is_given_a_week(tools: Tools, tmp_path: Path) -> None:
    length = 20 * 24
    weekly = device("weekly", "north", [0, 168], length, report_every="168h")
    steady = device("steady", "north", range(0, length, 24), length)

    check(
        tools,
        tmp_path,
        [weekly, steady],
        [
            firing(SILENT, 160),
            firing(SILENT, 168 + 170),
            firing(SILENT, 168 + 171, "weekly"),
            Expectation(160, "site:microshift_devices_seen:count", _count("seen", 2)),
        ],
    )


def _count(kind: str, value: float) -> dict[tuple[tuple[str, str], ...], float]:
    name = f"site:microshift_devices_{kind}:count"
    return {labelled(__name__=name, site="north"): value}


def test_a_device_that_changes_its_site_is_not_silent(tools: Tools, tmp_path: Path) -> None:
    series = [
        device("moved", "north", UNTIL_DAY_3, HOURS),
        device("moved", "south", range(96, HOURS, 24), HOURS),
    ]

    check(tools, tmp_path, series, [firing(SILENT, hour) for hour in (99, 120, 200)])


def test_a_dark_site_is_one_alert_in_place_of_one_for_each_device(
    tools: Tools, tmp_path: Path
) -> None:
    dark = [
        device(f"dark-{number}", "south", [*UNTIL_DAY_3, *range(144, HOURS, 24)], HOURS)
        for number in range(6)
    ]
    small = [device(f"small-{number}", "tiny", UNTIL_DAY_3, HOURS) for number in range(3)]

    check(
        tools,
        tmp_path,
        [*_steady("south", 14), *dark, *small],
        [
            _site_alert(97),
            _site_alert(99, south=1),
            firing(SILENT, 99, "small-0", "small-1", "small-2"),
            _site_alert(143, south=1),
            firing(SILENT, 143, "small-0", "small-1", "small-2"),
            _site_alert(145),
        ],
    )


def test_a_tenth_of_a_site_is_not_yet_a_dark_site(tools: Tools, tmp_path: Path) -> None:
    few = [device(f"few-{number}", "south", UNTIL_DAY_3, HOURS) for number in range(6)]

    check(
        tools,
        tmp_path,
        [*_steady("south", 54), *few],
        [_site_alert(120), firing(SILENT, 120, *(f"few-{number}" for number in range(6)))],
    )


def test_devices_without_a_site_are_one_site(tools: Tools, tmp_path: Path) -> None:
    dark = [Series(HEARTBEAT, {"_id": f"d-{n}"}, [1.0] + [None] * 60) for n in range(6)]
    expr = f'count (ALERTS{{alertname="MicroshiftSiteSilent",site="",{FIRING}}})'

    check(tools, tmp_path, dark, [Expectation(40, expr, {(): 1.0})])


def test_an_expectation_that_does_not_hold_fails(tools: Tools, tmp_path: Path) -> None:
    said = promtool_said(tools, tmp_path, _steady("north", 2), [firing(SILENT, 99, "north-0")])

    assert "FAILED" in said
