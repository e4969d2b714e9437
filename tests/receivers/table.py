"""The table of `docs/receivers.md`: what each receiver stores of a day and of 72 hours."""

import re
from collections.abc import Sequence

from tests.receivers.outages import HOURS, SERIES, Row
from tests.receivers.settings import IN_THE_TABLE, Setting
from tests.support.tools import module_of

DYNAMIC = 12
"""Series that every pass has."""
NAMES = {
    "prometheus": "Prometheus",
    "thanos": "Thanos receive",
    "cortex": "Cortex",
    "victoria-metrics": "VictoriaMetrics",
}
ANSWERS = {
    "prometheus": "400: stores nothing of a request with one sample that is too old",
    "thanos": "409: stores what it can",
    "cortex": "400: stores what it can",
    "victoria-metrics": "204, whatever it stores",
}
HOURS_TAKEN = {"no window": 1, "30h": 30, "7d": 168, "retention 1d": 23}
"""So many hourly passes it stores beside the fresh one. A retention counts from now, and the report
of an outage comes a quarter of an hour after its newest pass."""


def version(product: str) -> str:
    """Read the version that go.mod pins; Prometheus' module v0.315.0 is the product's 3.15.0."""
    module = module_of(product)
    go_mod = (module.directory / "go.mod").read_text()
    for path, found in re.findall(r"^\s*(?:require )?(\S+) v(\S+)", go_mod, flags=re.MULTILINE):
        if module.packages[product].startswith(f"{path}/"):
            return re.sub(r"^0\.3(\d\d)\.", r"3.\1.", str(found))
    raise LookupError(f"{product}: not in {module.directory}/go.mod")


def expected_of(setting: Setting, outage: str) -> int:
    """Tell how many of the samples that an outage has left the receiver can be brought to store."""
    hours, due = HOURS_TAKEN.get(setting.words), due_of(outage)
    return due if hours is None else min(due, SERIES + DYNAMIC * hours)


def due_of(outage: str) -> int:
    """Tell how many samples an outage leaves behind, the fresh pass included."""
    return SERIES + DYNAMIC * HOURS[outage]


def docs_table(date: str) -> str:
    """Give the marked part of the page; `make test-outages` fails when it sees other figures."""
    lines = [
        "| receiver | setting | stored of 24 h | stored of 72 h | answer to old samples |",
        "|---|---|---|---|---|",
    ]
    for setting in IN_THE_TABLE:
        figures = " | ".join(
            f"{expected_of(setting, outage)} of {due_of(outage)}" for outage in HOURS
        )
        product = f"{NAMES[setting.product]} {version(setting.product)}"
        lines.append(f"| {product} | {setting.words} | {figures} | {ANSWERS[setting.product]} |")
    return "\n".join(
        [
            *lines,
            "",
            f"Measured on {date} with the operator before each of them (`make test-outages`).",
        ]
    )


def table_lines(rows: Sequence[Row]) -> list[str]:
    """Lay out what was seen, a line for each outage."""
    head = ("receiver", "setting", "outage", "stored", "due", "dropped", "pending", "fresh after")
    cells = [(*head, "requests", "Reporting"), *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]


def _cells(row: Row) -> tuple[str, ...]:
    fresh = row.fresh_after_minutes
    return (
        f"{NAMES[row.setting.product]} {version(row.setting.product)}",
        *(row.setting.words, row.outage),
        *map(str, (row.stored, row.due, row.dropped, row.pending)),
        "never" if fresh is None else f"{fresh:.0f} min",
        str(row.requests),
        row.reporting,
    )
