"""Grafana's dashboards as files → panels, and the queries that Grafana would send for them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fleet_demo.device import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

UNITS_MS = {
    "s": SECOND_MS,
    "m": MINUTE_MS,
    "h": HOUR_MS,
    "d": DAY_MS,
    "w": 7 * DAY_MS,
}
STEPS_MS = tuple(
    each * MINUTE_MS for each in (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 360, 720, 1440, 10080)
)
"""To which Grafana rounds the step of a graph."""
POINTS = 600
"""About as many as a panel that is half a screen wide has pixels."""
SCRAPE_INTERVAL_MS = 15 * SECOND_MS
"""What Grafana takes for a data source's interval where nobody has set it."""


class DashboardError(Exception):
    """A dashboard can't be read; the text says where."""


@dataclass(frozen=True, slots=True)
class Target:
    """One query of a panel, variables in it not replaced."""

    ref: str
    expr: str
    is_instant: bool
    legend: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table that is shown."""

    field: str
    """A label, or `Value` with ` #` and the query's reference where there are several."""
    title: str
    unit: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel that asks for something."""

    dashboard: str
    """The file's name without its ending."""
    title: str
    kind: str
    """Grafana's plugin: `stat`, `timeseries`, `table` and so on."""
    place: tuple[int, int, int, int]
    """Left, top, width and height on a grid of 24 columns."""
    targets: tuple[Target, ...]
    unit: str
    interval_ms: int
    """The shortest step of its graph; 0 where it names none."""
    shows_name: bool = False
    """A `stat` that shows its series' name in place of the value."""
    columns: tuple[Column, ...] = ()
    """Of a table."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One template variable."""

    name: str
    kind: str
    """`query`, `datasource`, `custom`, `constant`, `textbox` and so on."""
    query: str
    """Of a `query` variable; the value of a `constant` or `textbox`."""
    has_all: bool
    all_value: str
    current: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard."""

    name: str
    title: str
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...]
    range_ms: int
    """From its beginning until now."""


def read_dashboards(directory: Path) -> list[Dashboard]:
    """Read every dashboard of a directory.

    Raises:
        DashboardError: there is none, or one is not what it should be.
    """
    files = sorted(directory.glob("*.json"))
    if not files:
        raise DashboardError(f"{directory}: no dashboard is there")
    return [read_dashboard(file) for file in files]


def read_dashboard(file: Path) -> Dashboard:
    """Read a dashboard's JSON.

    Raises:
        DashboardError: it is not what it should be.
    """
    try:
        model = json.loads(file.read_text())
        return Dashboard(
            name=file.stem,
            title=model["title"],
            panels=tuple(_panel(file.stem, each) for each in _panels(model["panels"])),
            variables=tuple(_variable(each) for each in model["templating"]["list"]),
            range_ms=_range_ms(model["time"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DashboardError(f"{file}: {type(error).__name__}: {error}") from error


def duration_ms(text: str) -> int:
    """Read a duration as Grafana and PromQL write it.

    Raises:
        ValueError: it is none.
    """
    found = re.findall(r"(\d+)([smhdw])", text)
    if not found or "".join(number + unit for number, unit in found) != text:
        raise ValueError(f"{text!r} is no duration")
    return sum(int(number) * UNITS_MS[unit] for number, unit in found)


def step_ms(panel: Panel, range_ms: int) -> int:
    """Tell the step of a panel's graph, as Grafana computes it."""
    rough = range_ms / POINTS
    rounded = next((each for each in STEPS_MS if each >= rough), STEPS_MS[-1])
    return max(rounded, panel.interval_ms)


def replaced(expr: str, values: Mapping[str, str], range_ms: int, step: int) -> str:
    """Put values in the place of a query's variables.

    Raises:
        DashboardError: a variable has no value.
    """
    built_in = {
        "__range": f"{range_ms // SECOND_MS}s",
        "__range_s": str(range_ms // SECOND_MS),
        "__range_ms": str(range_ms),
        "__interval": f"{step // SECOND_MS}s",
        "__interval_ms": str(step),
        "__rate_interval": f"{max(step + SCRAPE_INTERVAL_MS, 4 * SCRAPE_INTERVAL_MS) // 1000}s",
    }
    known = {**built_in, **values}

    def value(found: "re.Match[str]") -> str:
        name = found[1] or found[2]
        if name not in known:
            raise DashboardError(f"{expr}: nothing is known of ${name}")
        return known[name]

    return re.sub(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))", value, expr)


def _panels(panels: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give every panel with a query, also those in a row that is closed."""
    for panel in panels:
        yield from _panels(panel.get("panels", []))
        if panel.get("targets"):
            yield panel


def _panel(dashboard: str, model: dict[str, Any]) -> Panel:
    place = model["gridPos"]
    interval = model.get("interval") or ""
    return Panel(
        dashboard=dashboard,
        title=model["title"],
        kind=model["type"],
        place=(place.get("x", 0), place.get("y", 0), place["w"], place["h"]),
        targets=tuple(_target(each) for each in model["targets"]),
        unit=model.get("fieldConfig", {}).get("defaults", {}).get("unit", ""),
        interval_ms=duration_ms(interval) if interval else 0,
        shows_name=model.get("options", {}).get("textMode") == "name",
        columns=tuple(_columns(model)),
    )


def _columns(model: dict[str, Any]) -> Iterator[Column]:
    """Give a table's columns in their order, by the transformation that arranges them."""
    units = {
        override["matcher"]["options"]: each["value"]
        for override in model.get("fieldConfig", {}).get("overrides", [])
        for each in override["properties"]
        if each["id"] == "unit"
    }
    for each in model.get("transformations", []):
        if each["id"] == "organize":
            order, titles = each["options"]["indexByName"], each["options"]["renameByName"]
            for field in sorted(order, key=order.__getitem__):
                title = titles.get(field, field)
                yield Column(field, title, units.get(title, ""))


def _target(model: dict[str, Any]) -> Target:
    return Target(
        ref=model.get("refId", "A"),
        expr=model["expr"],
        is_instant=bool(model.get("instant")),
        legend=model.get("legendFormat", ""),
    )


def _variable(model: dict[str, Any]) -> Variable:
    query = model.get("query", "")
    text = query.get("query", "") if isinstance(query, dict) else str(query)
    current = model.get("current", {}).get("value", "")
    return Variable(
        name=model["name"],
        kind=model["type"],
        query=text,
        has_all=bool(model.get("includeAll")),
        all_value=model.get("allValue") or "",
        current=current if isinstance(current, str) else "|".join(map(str, current)),
    )


def _range_ms(time: Mapping[str, str]) -> int:
    begin, end = time["from"], time["to"]
    if end != "now" or not begin.startswith("now-"):
        raise ValueError(f"a range from {begin} to {end} is not understood")
    return duration_ms(begin.removeprefix("now-"))
