"""A curve as a small SVG picture, readable on light and dark pages."""

import math
from collections.abc import Iterable
from xml.sax.saxutils import escape

from tests.bench.results import Curve, shown

WIDTH, PLOT = 720, 208
LEFT, RIGHT, TOP, BOTTOM, LINE = 70, 20, 30, 46, 16
COLORS = ("#2f81f7", "#d9822b", "#3fa45b", "#a371f7", "#8b949e")
STYLE = "font-family:sans-serif;font-size:12px;fill:#7d8590"

Point = tuple[float, float]


def svg(curve: Curve) -> str:
    """Draw a curve; both axes begin at 0 unless x begins above."""
    points = [tuple(point) for line in curve.lines.values() for point in line]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    ticks = _ticks(max(y for _, y in points))
    scale = _Scale((left, right), ticks[-1], top=TOP + LINE * len(curve.lines))
    shapes = [
        f'<text x="{LEFT}" y="18" style="{STYLE};font-weight:bold">{escape(curve.title)}</text>'
    ]
    shapes += _grid(ticks, scale)
    for number, (name, line) in enumerate(curve.lines.items()):
        shapes += _line(name, line, scale, number)
    shapes += _x_axis(curve, scale, left, right)
    height = scale.bottom + BOTTOM
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}">'
    return "\n".join([head, *shapes, "</svg>", ""])


class _Scale:
    """From figures to places on the picture."""

    def __init__(self, range_of_x: tuple[float, float], highest: float, top: int) -> None:
        left, right = range_of_x
        self._left, self._width = left, (right - left) or 1.0
        self._highest = highest or 1.0
        self.bottom = top + PLOT

    def x(self, value: float) -> float:
        share = (value - self._left) / self._width
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        return round(self.bottom - value / self._highest * PLOT, 1)


def _ticks(top: float) -> list[float]:
    """Choose some four round numbers from 0 to beyond the highest value."""
    if top <= 0:
        return [0.0, 1.0]
    rough = top / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough)
    return [step * number for number in range(math.ceil(top / step) + 1)]


def _grid(ticks: Iterable[float], scale: _Scale) -> list[str]:
    lines = []
    for tick in ticks:
        y = scale.y(tick)
        lines.append(
            f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#7d8590" stroke-opacity=".25"/>'
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end" style="{STYLE}">{tick:,g}</text>'
        )
    return lines


def _line(name: str, line: Iterable[Point], scale: _Scale, number: int) -> list[str]:
    color = COLORS[number % len(COLORS)]
    path = "L".join(f"{scale.x(x)} {scale.y(y)}" for x, y in line)
    y = TOP + LINE * number
    return [
        f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="1.5"/>',
        f'<rect x="{LEFT}" y="{y}" width="12" height="3" fill="{color}"/>'
        f'<text x="{LEFT + 18}" y="{y + 6}" style="{STYLE}">{escape(name)}</text>',
    ]


def _x_axis(curve: Curve, scale: _Scale, left: float, right: float) -> list[str]:
    y = scale.bottom + 18
    texts = [
        f'<text x="{scale.x(at)}" y="{y}" text-anchor="middle" style="{STYLE}">{shown(at)}</text>'
        for at in (left, (left + right) / 2, right)
    ]
    label, below = f"{escape(curve.y)} over {escape(curve.x)}", scale.bottom + BOTTOM - 8
    return [
        *texts,
        f'<text x="{WIDTH / 2}" y="{below}" text-anchor="middle" style="{STYLE}">{label}</text>',
    ]
