"""What Grafana would ask for a dashboard's panels."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fleet_demo.asking import question
from tests.fleet_demo.dashboards import (
    Dashboard,
    DashboardError,
    Panel,
    duration_ms,
    read_dashboard,
    read_dashboards,
    replaced,
    step_ms,
)
from tests.fleet_demo.device import DAY_MS, HOUR_MS, MINUTE_MS
from tests.unit.fleet_demo.factories import NOW

PLACE = {"x": 0, "y": 0, "w": 12, "h": 8}


def a_panel(title: str, expr: str, **more: Any) -> dict[str, Any]:
    """Make a panel's JSON."""
    target = {"refId": "A", "expr": expr, "instant": more.pop("instant", False)}
    return {"title": title, "type": "timeseries", "gridPos": PLACE, "targets": [target], **more}


def a_dashboard(tmp_path: Path, *panels: dict[str, Any], **more: Any) -> Dashboard:
    """Write a dashboard's JSON and read it."""
    model = {
        "title": "Fleet",
        "panels": panels,
        "templating": {"list": more.pop("variables", [])},
        "time": {"from": "now-30d", "to": "now"},
        **more,
    }
    file = tmp_path / "fleet.json"
    file.write_text(json.dumps(model))
    return read_dashboard(file)


def test_panels_in_a_closed_row_are_read_and_texts_are_not(tmp_path: Path) -> None:
    row = {"type": "row", "title": "more", "gridPos": PLACE, "panels": [a_panel("inner", "b")]}
    text = {"type": "text", "title": "words", "gridPos": PLACE}

    dashboard = a_dashboard(tmp_path, a_panel("outer", "a"), row, text)

    assert [panel.title for panel in dashboard.panels] == ["outer", "inner"]
    assert dashboard.range_ms == 30 * DAY_MS


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("{", "JSONDecodeError", id="not JSON"),
        pytest.param('{"title": "a"}', "KeyError: 'panels'", id="no panels"),
        pytest.param(
            '{"title": "a", "panels": [], "templating": {"list": []},'
            ' "time": {"from": "2026-01-01", "to": "now"}}',
            "a range from 2026-01-01 to now is not understood",
            id="a fixed range",
        ),
    ],
)
def test_what_is_no_dashboard_is_named(content: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_text(content)

    with pytest.raises(DashboardError, match=r"bad\.json") as raised:
        read_dashboard(file)

    assert said in str(raised.value)


def test_a_directory_without_dashboards_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DashboardError, match="no dashboard is there"):
        read_dashboards(tmp_path)


@pytest.mark.parametrize(
    ("expr", "query"),
    [
        ('a{site=~"$site"}', 'a{site=~"x|y"}'),
        ('a{site=~"${site}"}', 'a{site=~"x|y"}'),
        ('a{site=~"${site:regex}"}', 'a{site=~"x|y"}'),
        ("a[$__range]", "a[2592000s]"),
        ("a[$__interval]", "a[3600s]"),
    ],
)
def test_variables_are_replaced_as_grafana_does(expr: str, query: str) -> None:
    assert replaced(expr, {"site": "x|y"}, 30 * DAY_MS, HOUR_MS) == query


def test_an_unknown_variable_is_an_error() -> None:
    with pytest.raises(DashboardError, match="nothing is known of \\$other"):
        replaced('a{site="$other"}', {}, DAY_MS, HOUR_MS)


@pytest.mark.parametrize(("text", "ms"), [("90m", 90 * MINUTE_MS), ("1d12h", 36 * HOUR_MS)])
def test_durations_are_read(text: str, ms: int) -> None:
    assert duration_ms(text) == ms


def test_what_is_no_duration_is_refused() -> None:
    with pytest.raises(ValueError, match="'soon' is no duration"):
        duration_ms("soon")


def test_the_step_is_rounded_and_not_shorter_than_the_panel_wants(tmp_path: Path) -> None:
    dashboard = a_dashboard(tmp_path, a_panel("a", "a"), a_panel("b", "b", interval="6h"))

    steps = [step_ms(panel, dashboard.range_ms) for panel in dashboard.panels]

    assert steps == [2 * HOUR_MS, 6 * HOUR_MS]


def test_an_instant_query_is_asked_once_and_a_graph_on_its_grid(tmp_path: Path) -> None:
    dashboard = a_dashboard(tmp_path, a_panel("a", "a", instant=True), a_panel("b", "b"))
    [now, graph] = [
        question(panel, panel.targets[0], {}, dashboard, NOW + MINUTE_MS)
        for panel in dashboard.panels
    ]

    assert list(now.times_ms) == [NOW + MINUTE_MS]
    assert (graph.times_ms[0], graph.times_ms[-1]) == (NOW - 30 * DAY_MS, NOW)
    assert graph.times_ms.step == 2 * HOUR_MS


def test_a_panel_names_its_dashboard(tmp_path: Path) -> None:
    panel: Panel = a_dashboard(tmp_path, a_panel("a", "a")).panels[0]

    assert (panel.dashboard, panel.title, panel.place) == ("fleet", "a", (0, 0, 12, 8))
