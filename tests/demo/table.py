"""The comparison as a table: a line of figures for each series, its labels and its proof below."""

import textwrap
from collections.abc import Sequence

from tests.demo.comparison import Row, shown
from tests.demo.story import WIDTH

_HEAD = ("metric", "Prometheus", "computed", "verdict")
_GAP = "  "


def table_lines(rows: Sequence[Row]) -> list[str]:
    """Lay the rows out, in at most 80 columns."""
    cells = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [_line(_HEAD, widths), _line(["-" * width for width in widths], widths)]
    for row, figures in zip(rows, cells[1:], strict=True):
        lines += [_line(figures, widths), *_label_lines(row)]
    return lines


def _cells(row: Row) -> tuple[str, ...]:
    expected = row.expected
    return (
        row.metric,
        shown(row.found),
        shown(None if expected is None else expected.value),
        row.verdict,
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Align names to the left and numbers to the right."""
    metric, found, computed, verdict = (
        cell.rjust(width) if place in {1, 2} else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return _GAP + _GAP.join((metric, found, computed, verdict)).rstrip()


def _label_lines(row: Row) -> list[str]:
    labels = ", ".join(f'{name}="{value}"' for name, value in row.labels)
    source = "" if row.expected is None else f"computed from {row.expected.source}"
    return textwrap.wrap(
        "; ".join(part for part in (labels, source) if part),
        WIDTH,
        initial_indent=" " * 6,
        subsequent_indent=" " * 6,
        break_long_words=False,
        break_on_hyphens=False,
    )
