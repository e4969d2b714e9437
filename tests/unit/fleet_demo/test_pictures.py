"""Pictures hold the numbers that the queries gave."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.fleet_demo.asking import Answer
from tests.fleet_demo.device import HOUR_MS
from tests.fleet_demo.pictures import Drawn, svg
from tests.fleet_demo.units import with_unit
from tests.unit.fleet_demo.factories import NOW
from tests.unit.fleet_demo.test_dashboards import a_dashboard, a_panel

SVG = "{http://www.w3.org/2000/svg}"
SITES: Answer = {
    (("site", "a<b"),): {NOW - HOUR_MS: 1.0, NOW: 3.0},
    (("site", "c"),): {NOW - HOUR_MS: 2.0, NOW: 2048.0},
}


def _drawn(tmp_path: Path, answer: Answer, **panel: Any) -> "ET.Element[str]":
    dashboard = a_dashboard(tmp_path, a_panel("A title", "a", **panel))
    drawn: Sequence[Drawn] = [Drawn(each, {"A": answer}) for each in dashboard.panels]
    return ET.fromstring(svg(dashboard, drawn))  # noqa: S314  # ours


def _texts(picture: "ET.Element[str]") -> list[str]:
    return [str(each.text) for each in picture.iter(f"{SVG}text")]


def test_a_stat_shows_its_number_in_its_unit(tmp_path: Path) -> None:
    unit = {"defaults": {"unit": "bytes"}}

    picture = _drawn(tmp_path, {(): {NOW: 3 * 2.0**30}}, type="stat", fieldConfig=unit)

    assert _texts(picture) == ["Fleet", "A title", "3 GiB"]


def test_a_graph_has_a_line_and_a_legend_for_each_series(tmp_path: Path) -> None:
    picture = _drawn(tmp_path, SITES)

    lines = [each for each in picture.iter(f"{SVG}path") if "stroke-width" in each.attrib]
    assert len(lines) == 2
    assert {"a<b", "c"} <= set(_texts(picture))


def test_a_table_has_a_row_for_each_series(tmp_path: Path) -> None:
    picture = _drawn(tmp_path, SITES, type="table")

    assert _texts(picture)[2:] == ["site", "Value", "c", "2,048", "a<b", "3"]


def test_a_table_has_the_columns_and_the_units_of_its_dashboard(tmp_path: Path) -> None:
    organized = {
        "id": "organize",
        "options": {"indexByName": {"Value": 0, "site": 1}, "renameByName": {"Value": "Size"}},
    }
    override = {
        "matcher": {"id": "byName", "options": "Size"},
        "properties": [{"id": "unit", "value": "bytes"}],
    }

    picture = _drawn(
        tmp_path,
        SITES,
        type="table",
        transformations=[organized],
        fieldConfig={"overrides": [override]},
    )

    assert _texts(picture)[2:] == ["Size", "site", "2 KiB", "c", "3 B", "a<b"]


def test_a_stat_may_show_a_name_in_place_of_the_number(tmp_path: Path) -> None:
    answer: Answer = {(("version", "4.21.2"),): {NOW: 4021002.0}}

    picture = _drawn(tmp_path, answer, type="stat", options={"textMode": "name"})

    assert _texts(picture)[2:] == ["4.21.2"]


@pytest.mark.parametrize("kind", ["bargauge", "piechart", "stat"])
def test_several_numbers_are_bars(kind: str, tmp_path: Path) -> None:
    picture = _drawn(tmp_path, SITES, type=kind)

    assert {"a<b", "3", "c", "2,048"} <= set(_texts(picture))


@pytest.mark.parametrize("kind", ["stat", "timeseries", "table", "piechart"])
def test_no_answer_is_drawn_too(kind: str, tmp_path: Path) -> None:
    assert "A title" in _texts(_drawn(tmp_path, {}, type=kind))


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1536.0, "bytes", "1.5 KiB"),
        (1500.0, "decbytes", "1.5 kB"),
        (12.34, "percent", "12.3%"),
        (0.5, "percentunit", "50%"),
        (5400.0, "s", "1.5 h"),
        (12.0, "s", "12 s"),
        (1234.0, "short", "1,234"),
        (0.1234, "", "0.123"),
    ],
)
def test_numbers_are_written_with_their_units(value: float, unit: str, text: str) -> None:
    assert with_unit(value, unit) == text
