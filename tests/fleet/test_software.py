"""Devices that are behind the fleet, or went back."""

from pathlib import Path

import pytest

from fleet.mixin.versions import VERSION_CODE
from tests.fleet.scenario import Expectation, Series, check, firing, labelled, running
from tests.support.tools import Tools

HOURS = 10 * 24
DAILY = range(0, HOURS, 24)
BEHIND = "MicroshiftDeviceVersionBehind"
ROLLED_BACK = "MicroshiftDeviceRolledBack"


def _fleet(version: str, count: int) -> list[Series]:
    return [
        running(f"{version}-{number}", "north", version, DAILY, HOURS) for number in range(count)
    ]


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("4.18.3", 4018003),
        ("4.9.0", 4009000),
        ("5.0.0", 5000000),
        ("0.0.7", 7),
        ("4.21.112-rc.1", 4021112),
    ],
)
def test_a_version_becomes_a_number(
    tools: Tools, tmp_path: Path, version: str, code: float
) -> None:
    series = [*_fleet(version, 2), *_fleet("unknown", 1), *_fleet("4.18", 1)]
    key = labelled(__name__=VERSION_CODE, version=version)

    check(tools, tmp_path, series, [Expectation(30, VERSION_CODE, {key: code})])


def test_devices_behind_the_fleet_alert_until_they_are_updated(
    tools: Tools, tmp_path: Path
) -> None:
    """A canary of 1 in 150 is not the newest version of the fleet."""
    late = range(96, HOURS, 24)
    series = [
        *_fleet("4.18.1", 145),
        *_fleet("4.19.0", 1),
        *_fleet("4.17.9", 1),
        *_fleet("4.9.30", 1),
        running("updated", "north", "4.16.3", range(0, 96, 24), HOURS),
        running("updated", "north", "4.18.1", late, HOURS),
        *_fleet("3.99.0", 1),
    ]

    check(
        tools,
        tmp_path,
        series,
        [
            firing(BEHIND, 50, "4.9.30-0", "updated", "3.99.0-0"),
            firing(BEHIND, 97, "4.9.30-0", "3.99.0-0"),
        ],
    )


def test_a_roll_back_alerts_until_the_next_update(tools: Tools, tmp_path: Path) -> None:
    series = [
        running("back", "north", "4.17.9", [0, 24, 96, 120, 144], HOURS),
        running("back", "north", "4.18.1", [48, 72], HOURS),
        running("back", "north", "4.18.2", [168, 192, 216], HOURS),
        running("forward", "north", "4.9.9", [0, 24, 48], HOURS),
        running("forward", "north", "4.18.1", [72, 96, 120, 144, 168], HOURS),
        running("silent", "north", "4.18.1", [0, 24], HOURS),
    ]

    check(
        tools,
        tmp_path,
        series,
        [
            firing(ROLLED_BACK, 73),
            firing(ROLLED_BACK, 97),
            firing(ROLLED_BACK, 99, "back"),
            firing(ROLLED_BACK, 167, "back"),
            firing(ROLLED_BACK, 169),
        ],
    )


def test_a_roll_back_is_forgotten_after_a_week(tools: Tools, tmp_path: Path) -> None:
    series = [
        running("back", "north", "4.18.1", [0], HOURS),
        running("back", "north", "4.17.9", range(24, HOURS, 24), HOURS),
    ]

    check(tools, tmp_path, series, [firing(ROLLED_BACK, 160, "back"), firing(ROLLED_BACK, 169)])
