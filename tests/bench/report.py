"""Figures → tables and plots: on the terminal, and as `docs/performance.md`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.bench.budgets import Verdict, verdicts
from tests.bench.plots import svg
from tests.bench.results import Figure, Part, shown
from tests.support.go_toolchain import REPOSITORY

DOCS = REPOSITORY / "docs"
HEADINGS: Mapping[str, str] = {
    "ours": "The operator",
    "metered": "On a metered link",
    "footprint": "Where the memory goes",
    "peers": "Beside its peers",
    "growth": "What it costs more where there is more",
    "fleet": "A fleet of 100,000 devices",
}
INTRODUCTION = """\
# Performance

Written by `make bench`, which measures all of it anew; the one row that is computed says so.
`make bench PART=fleet` runs one part (`ours`, `metered`, `footprint`, `peers`, `growth`, `fleet`)
and leaves the others as they were. The figures are also in
[bench/results.json](../bench/results.json).
"""


def write(parts: Mapping[str, Part], docs: Path = DOCS) -> Path:
    """Write the page and its plots."""
    lines = [INTRODUCTION, "## Budgets", "", *_table(_BUDGET_HEAD, _budget_rows(parts.values()))]
    for name, heading in HEADINGS.items():
        if name in parts:
            lines += ["", f"## {heading}", "", *_section(parts[name], docs / "performance")]
    page = docs / "performance.md"
    page.write_text("\n".join(lines) + "\n")
    return page


def told(parts: Mapping[str, Part], run: Iterable[str]) -> str:
    """Lay out for the terminal what was run."""
    lines = []
    for name in run:
        lines += ["", HEADINGS[name]]
        for table in parts[name].tables:
            lines += _aligned([table.head, *table.rows])
        if not parts[name].tables:
            lines += _aligned(_figure_rows(parts[name].figures))
    return "\n".join(lines)


def budgets_told(parts: Mapping[str, Part]) -> str:
    """Lay out the budgets for the terminal."""
    rows = [[_plain(cell) for cell in row] for row in _budget_rows(parts.values())]
    return "\n".join(["", "Budgets", *_aligned([_BUDGET_HEAD, *rows])])


_BUDGET_HEAD = ("what", "measured", "budget", "share", "verdict")


def _budget_rows(parts: Iterable[Part]) -> list[Sequence[str]]:
    return [_budget_row(verdict) for verdict in verdicts(parts)]


def _budget_row(verdict: Verdict) -> Sequence[str]:
    budget, figure = verdict.budget, verdict.figure
    if figure is None:
        return (budget.what, "", f"{shown(budget.limit)} {budget.unit}", "", verdict.text)
    return (
        budget.what,
        f"{shown(figure.value, unlike=budget.limit)} {figure.unit}",
        f"{shown(budget.limit)} {budget.unit}",
        f"{shown(100 * figure.value / budget.limit, unlike=100)} %",
        verdict.text,
    )


def _section(part: Part, pictures: Path) -> list[str]:
    machine = ", ".join(part.machine.values())
    lines = [f"{machine}. Taken {part.at} of {part.revision}, in {part.seconds:.0f} s.", ""]
    for table in part.tables:
        lines += _table(table.head, table.rows)
    if not part.tables:
        lines += _table(("what", "measured", "note"), _figure_rows(part.figures))
    for note in part.notes:
        lines += ["", note]
    pictures.mkdir(parents=True, exist_ok=True)
    for curve in part.curves:
        picture = pictures / f"{part.name}-{curve.key}.svg"
        picture.write_text(svg(curve))
        lines += ["", f"![{curve.title}](performance/{picture.name})"]
    return lines


def _figure_rows(figures: Iterable[Figure]) -> list[Sequence[str]]:
    return [(each.what, f"{shown(each.value)} {each.unit}", each.note) for each in figures]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    cells = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(row) + " |" for row in cells]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _plain(cell: str) -> str:
    return cell.replace("**", "")
