"""What devices tell of the starts of MicroShift: counted by site, and alerts on slow ones."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from fleet.mixin.starts import STARTS
from microshift_telemetry.spec.shaping import INVOCATION
from tests.fleet.scenario import Expectation, Series, check, firing, labelled, on, running
from tests.support.tools import Tools

HOURS = 4 * 24
DAILY = range(0, HOURS, 24)
ROLLED_BACK, SLOW = "MicroshiftDeviceRolledBack", "MicroshiftDeviceStartSlow"


def started(name: str, hours: Iterable[int], site: str = "north", **labels: str) -> Series:
    """Give a device's starts of one kind, a sample in each of these hours."""
    told = {"command": "start", "from_version": "4.18.1", "version": "4.18.1"}
    told |= {"result": "Success", "duration": "2.5"} | labels
    return Series(INVOCATION, {"_id": name, "site": site, **told}, on(hours, 1, HOURS))


def test_starts_of_a_day_are_counted_by_what_came_of_them(tools: Tools, tmp_path: Path) -> None:
    series = [
        started("one", [10, 20, 30]),
        started("two", [20], duration="5"),
        started("three", [20], result="PodsNotReady"),
        started("four", [20], "south", command="upgrade"),
    ]

    def counted(site: str, command: str, result: str) -> tuple[tuple[str, str], ...]:
        return labelled(__name__=STARTS, site=site, command=command, result=result)

    check(
        tools,
        tmp_path,
        series,
        [
            Expectation(
                33,
                STARTS,
                {
                    counted("north", "start", "Success"): 4,
                    counted("north", "start", "PodsNotReady"): 1,
                    counted("south", "upgrade", "Success"): 1,
                },
            ),
            Expectation(53, STARTS, {counted("north", "start", "Success"): 1}),
        ],
    )


@pytest.mark.parametrize(
    ("duration", "is_slow"), [("2.5", False), ("15", False), ("17.5", True), ("60+", True)]
)
def test_a_slow_start_alerts_for_a_day(
    tools: Tools,
    tmp_path: Path,
    duration: str,
    is_slow: bool,  # noqa: FBT001  # a case
) -> None:
    series = [started("a", [10], duration=duration), started("b", [10])]
    devices = ["a"] if is_slow else []

    check(
        tools,
        tmp_path,
        series,
        [firing(SLOW, 9), firing(SLOW, 11, *devices), firing(SLOW, 35, *devices), firing(SLOW, 37)],
    )


def test_a_roll_back_that_is_told_alerts_once_and_at_once(tools: Tools, tmp_path: Path) -> None:
    """The versions tell it only when the newer one is out of the window."""
    back = {"command": "rollback", "from_version": "4.18.2"}
    series = [
        running("told", "north", "4.18.2", [0, 24], HOURS),
        running("told", "north", "4.18.1", [30, 48, 72], HOURS),
        started("told", [30], **back),
        running("silent", "north", "4.18.2", [0, 24], HOURS),
        running("silent", "north", "4.18.1", [30, 48, 72], HOURS),
        running("other", "north", "4.18.1", DAILY, HOURS),
        started("other", [30]),
    ]

    check(
        tools,
        tmp_path,
        series,
        [
            firing(ROLLED_BACK, 29),
            firing(ROLLED_BACK, 32, "told"),
            firing(ROLLED_BACK, 49, "told"),
            firing(ROLLED_BACK, 55, "told", "silent"),
            firing(ROLLED_BACK, 90, "told", "silent"),
        ],
    )
