"""A dashboard is looked at with every choice that matters."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.fleet_demo.device import DAY_MS, HOUR_MS, Fault
from tests.fleet_demo.life import CPU
from tests.fleet_demo.looks import looks
from tests.fleet_demo.planning import DARK_SITE
from tests.fleet_demo.truth import Known, Truth
from tests.unit.fleet_demo.factories import NOW, a_life, a_span
from tests.unit.fleet_demo.test_dashboards import a_dashboard, a_panel


def _truth() -> Truth:
    lives = [
        a_life(id="a"),
        a_life(id="b", site=DARK_SITE, fault=Fault.DARK_SITE, off=(a_span(2),)),
        a_life(id="c", site=DARK_SITE, fault=Fault.DARK_SITE, off=(a_span(2),)),
    ]
    return Truth(lives, NOW)


def _variable(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "query", "query": f"label_values(up, {name})", **more}


def test_a_fleet_is_looked_at_as_a_whole_and_site_by_site(tmp_path: Path) -> None:
    variables = [_variable("site", includeAll=True, allValue=".*")]
    dashboard = a_dashboard(tmp_path, a_panel("a", "a"), variables=variables)

    whole, dark, last = looks(dashboard, {"site": [DARK_SITE, "site-99"]}, _truth())

    assert [each.values["site"] for each in (whole, dark, last)] == [".*", DARK_SITE, "site-99"]
    assert [len(each.truth.known) for each in (whole, dark, last)] == [3, 2, 0]


def test_a_device_is_looked_at_for_each_fault(tmp_path: Path) -> None:
    variables = [_variable("id", current={"value": "a"})]
    dashboard = a_dashboard(tmp_path, a_panel("a", "a"), variables=variables)

    sound, dark = looks(dashboard, {"id": ["a", "c"]}, _truth())

    assert [(sound.name, sound.values["id"]), (dark.name, dark.values["id"])] == [
        ("no fault", "a"),
        ("dark_site", "c"),
    ]
    assert [each.device.id for each in dark.truth.known] == ["c"]


def test_all_of_a_variable_without_a_value_of_its_own_is_a_choice(tmp_path: Path) -> None:
    variables = [_variable("site", includeAll=True)]
    dashboard = a_dashboard(tmp_path, a_panel("a", "a"), variables=variables)

    first = next(looks(dashboard, {"site": ["a.b", "c"]}, _truth()))

    assert first.values["site"] == r"(a\.b|c)"


def test_a_window_has_its_end_and_not_its_beginning() -> None:
    [known] = Truth([a_life()], NOW).known
    newest_ms = known.life.times_ms[-1]

    assert known.has_sample(newest_ms, HOUR_MS)
    assert not known.has_sample(newest_ms - 1, HOUR_MS - 1)
    assert known.has_sample(newest_ms + HOUR_MS - 1, HOUR_MS)
    assert not known.has_sample(newest_ms + HOUR_MS, HOUR_MS)
    assert [each for each, _ in known.window(CPU, newest_ms, 2 * HOUR_MS)] == [
        newest_ms - HOUR_MS,
        newest_ms,
    ]
    assert known.last(CPU, NOW, DAY_MS) == known.life.columns[CPU][-1]
    assert known.last(CPU, NOW + 2 * DAY_MS, DAY_MS) is None


def test_the_newest_report_of_a_window_counts() -> None:
    [known] = Truth([a_life(off=(a_span(2),))], NOW).known

    assert known.report(NOW, DAY_MS) is None
    assert known.report(NOW, 3 * DAY_MS) == known.life.reports[-1]
    assert [report for _, report in known.reports(NOW, 3 * DAY_MS)] == [known.life.reports[-1]]


def test_devices_are_seen_silent_or_new() -> None:
    joined = ((NOW - 2 * DAY_MS, "4.20.8"), (NOW - HOUR_MS, "4.9.1"))
    lives = [
        a_life(id="seen"),
        a_life(id="silent", off=(a_span(2),)),
        a_life(id="forgotten", off=(a_span(8),)),
        a_life(id="new", versions=((NOW - DAY_MS, "4.20.8"),)),
        a_life(id="slow", every_days=7, versions=((NOW - 9 * DAY_MS, "4.20.8"),)),
        a_life(id="rolled back", versions=joined),
    ]
    truth = Truth(lives, NOW)

    def ids(some: Iterable[Known]) -> list[str]:
        return [each.device.id for each in some]

    assert ids(truth.seen(NOW)) == ["seen", "new", "slow", "rolled back"]
    assert ids(truth.silent(NOW)) == ["silent"]
    assert ids(truth.new(NOW)) == ["new"]
    assert truth.known[-1].highest_version(NOW, DAY_MS) == "4.20.8"
