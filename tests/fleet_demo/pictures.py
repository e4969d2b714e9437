"""A dashboard as one SVG, drawn from its queries' own results; readable on light and dark pages."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tests.fleet_demo.asking import Answer, Points
from tests.fleet_demo.dashboards import Column, Dashboard, Panel
from tests.fleet_demo.scales import Box, scale_of, thinned
from tests.fleet_demo.units import with_unit
from tests.receivers.store import Labels

COLUMN, ROW, GAP = 50, 30, 8
"""Of Grafana's grid, in pixels."""
COLORS = ("#2f81f7", "#d9822b", "#3fa45b", "#a371f7", "#db61a2", "#8b949e", "#c9a227", "#39a0a8")
GREY = "#7d8590"
TITLE, LETTER = 24, 6.3
MOST_LINES, MOST_LEGENDS = 60, 6


@dataclass(frozen=True, slots=True)
class Drawn:
    """A panel with the answers to its targets."""

    panel: Panel
    answers: Mapping[str, Answer]
    """By the target's reference."""


def svg(dashboard: Dashboard, drawn: Sequence[Drawn]) -> str:
    """Draw a dashboard in the layout that it has in Grafana; only panels with a query."""
    tops = _packed(drawn)
    shapes: list[str] = []
    height = 0.0
    for each in drawn:
        x, y, width, rows = each.panel.place
        box = Box(x * COLUMN, 30 + tops[y] * ROW, width * COLUMN - GAP, rows * ROW - GAP)
        height = max(height, box.y + box.height)
        shapes += _panel(each, box)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {24 * COLUMN} {height + GAP:.0f}" '
        f'font-family="sans-serif" font-size="12" fill="{GREY}">'
    )
    title = f'<text x="2" y="18" font-size="16" font-weight="bold">{escape(dashboard.title)}</text>'
    return "\n".join([head, title, *shapes, "</svg>", ""])


def _packed(drawn: Sequence[Drawn]) -> dict[int, int]:
    """Close the gaps that rows without a query leave: the top of a panel → where it is drawn."""
    taken = {y + at for each in drawn for _, y, _, h in [each.panel.place] for at in range(h)}
    places = {row: place for place, row in enumerate(sorted(taken))}
    return {each.panel.place[1]: places[each.panel.place[1]] for each in drawn}


def _panel(drawn: Drawn, box: Box) -> Iterator[str]:
    yield (
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="3" '
        f'fill="none" stroke="{GREY}" stroke-opacity=".35"/>'
    )
    title = _cut(drawn.panel.title, box.width - 16)
    yield f'<text x="{box.x + 8}" y="{box.y + 17}" font-weight="bold">{escape(title)}</text>'
    inner = box.below(TITLE)
    match drawn.panel.kind:
        case "timeseries":
            yield from _graph(drawn, inner)
        case "stat" | "gauge":
            yield from _stat(drawn, inner)
        case "table":
            yield from _table(drawn, inner)
        case _:
            yield from _bars(drawn, inner)


def _named(drawn: Drawn) -> Iterator[tuple[str, Points]]:
    """Give every series with its legend."""
    for target in drawn.panel.targets:
        for labels, points in sorted(drawn.answers[target.ref].items()):
            yield _legend(target.legend, labels), points


def _legend(legend: str, labels: Labels) -> str:
    known = dict(labels)
    if not legend or legend == "__auto":
        return ", ".join(known.values()) or "value"
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: known.get(found[1], ""), legend)


def _stat(drawn: Drawn, box: Box) -> Iterator[str]:
    named = list(_named(drawn))
    shown = [(name, points[max(points)]) for name, points in named if points]
    if len(shown) > 1:
        yield from _rows(drawn, box, [(name, value) for name, value in shown])
        return
    text = "no data"
    if shown:
        name, value = shown[0]
        text = name if drawn.panel.shows_name else with_unit(value, drawn.panel.unit)
    size = min(34.0, box.height * 0.6)
    yield (
        f'<text x="{box.x + box.width / 2}" y="{box.y + box.height / 2 + size / 4:.0f}" '
        f'text-anchor="middle" font-size="{size:.0f}" fill="{COLORS[0]}">{escape(text)}</text>'
    )


def _bars(drawn: Drawn, box: Box) -> Iterator[str]:
    values = [(name, points[max(points)]) for name, points in _named(drawn) if points]
    yield from _rows(drawn, box, sorted(values, key=lambda each: -each[1]))


def _rows(drawn: Drawn, box: Box, values: Sequence[tuple[str, float]]) -> Iterator[str]:
    """Draw a bar a value, as many as fit."""
    fitting = values[: max(1, int(box.height // 20))]
    highest = max((abs(value) for _, value in fitting), default=0.0) or 1.0
    for number, (name, value) in enumerate(fitting):
        y = box.y + 20 * number
        width = max(1.0, abs(value) / highest * (box.width * 0.35))
        text = with_unit(value, drawn.panel.unit)
        yield f'<text x="{box.x + 8}" y="{y + 13}">{escape(_cut(name, box.width * 0.4))}</text>'
        yield (
            f'<rect x="{box.x + box.width * 0.44:.0f}" y="{y + 3}" width="{width:.1f}" '
            f'height="12" fill="{COLORS[0]}"/>'
            f'<text x="{box.x + box.width - 8}" y="{y + 13}" text-anchor="end">{text}</text>'
        )


def _table(drawn: Drawn, box: Box) -> Iterator[str]:
    """Draw the first rows, the highest values first."""
    rows = _joined(drawn)
    columns = drawn.panel.columns or tuple(
        Column(name, name, "") for name in dict.fromkeys(name for row in rows for name in row)
    )
    body = [[_cell(row.get(each.field, ""), each.unit) for each in columns] for row in rows]
    width = (box.width - 16) / max(1, len(columns))
    fitting = int(box.height // 18) - 1
    for number, cells in enumerate([[each.title for each in columns], *body[:fitting]]):
        weight = ' font-weight="bold"' if number == 0 else ""
        for column, cell in enumerate(cells):
            x, y = box.x + 8 + column * width, box.y + 14 + 18 * number
            text = escape(_cut(cell, width - 6))
            yield f'<text x="{x:.0f}" y="{y:.0f}"{weight} font-size="11">{text}</text>'


def _joined(drawn: Drawn) -> list[dict[str, str | float]]:
    """Give a row for each set of labels, with the values of all queries side by side."""
    rows: dict[Labels, dict[str, str | float]] = {}
    for target in drawn.panel.targets:
        field = "Value" if len(drawn.panel.targets) == 1 else f"Value #{target.ref}"
        answer = drawn.answers[target.ref]
        newest = {labels: points[max(points)] for labels, points in answer.items()}
        for labels in sorted(newest, key=lambda each: (-newest[each], each)):
            rows.setdefault(labels, dict(labels))[field] = newest[labels]
    return list(rows.values())


def _cell(value: str | float, unit: str) -> str:
    return value if isinstance(value, str) else with_unit(value, unit)


def _graph(drawn: Drawn, box: Box) -> Iterator[str]:
    named = [(name, points) for name, points in _named(drawn) if points]
    if not named:
        yield f'<text x="{box.x + 8}" y="{box.y + 16}">no data</text>'
        return
    legend_height = 16 * ((min(len(named), MOST_LEGENDS) + 1) // 2)
    plot = Box(box.x + 56, box.y + 4, box.width - 66, box.height - legend_height - 26)
    scale = scale_of([points for _, points in named], plot)
    for value in (scale.low, (scale.low + scale.high) / 2, scale.high):
        y, text = scale.y(value), with_unit(value, drawn.panel.unit)
        yield (
            f'<path d="M{plot.x} {y:.1f}h{plot.width}" stroke="{GREY}" stroke-opacity=".25"/>'
            f'<text x="{plot.x - 5}" y="{y + 4:.0f}" text-anchor="end" font-size="10">{text}</text>'
        )
    for number, (name, points) in enumerate(named[:MOST_LINES]):
        color = COLORS[number % len(COLORS)]
        path = "L".join(f"{scale.x(at):.0f} {scale.y(value):.1f}" for at, value in thinned(points))
        yield f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="1.3"/>'
        if number < MOST_LEGENDS:
            x = box.x + 10 + (number % 2) * (box.width / 2)
            y = plot.y + plot.height + 16 + 16 * (number // 2)
            yield (
                f'<rect x="{x:.0f}" y="{y:.0f}" width="10" height="3" fill="{color}"/>'
                f'<text x="{x + 14:.0f}" y="{y + 5:.0f}" font-size="11">'
                f"{escape(_cut(name, box.width / 2 - 30))}</text>"
            )


def _cut(text: str, width: float) -> str:
    most = max(1, int(width / LETTER))
    return text if len(text) <= most else text[: most - 1] + "…"
