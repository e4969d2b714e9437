"""What `history` shows: each report that was sent in a few words, the newest last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from microshift_telemetry_cli.destination import number_in
from microshift_telemetry_cli.reports import (
    answers,
    counts,
    sent_at,
    sent_reports,
    status_codes,
    text_in,
    why_there_is_none,
)
from microshift_telemetry_cli.style import Style
from microshift_telemetry_cli.words import count, field, paragraph, relative, size, timestamp

TIME_WIDTH = len("  2026-11-21T06:48:00Z  ")


def history_screen(name: str, history: object, now: datetime, style: Style) -> list[str]:
    """Write the screen, at most 80 columns wide."""
    reports = sent_reports(history)
    if not reports:
        return paragraph(f"{name}: no report is kept: {why_there_is_none(history)}")
    lines = [f"{style.strong(name)}: {count(len(reports), 'report')}{_limit(history)}"]
    if note := text_in(history, "note"):
        lines += field("note", note)
    for each in reports:
        lines += _report(each, now, style)
    return lines


def marked(report: object, style: Style) -> Callable[[str], str]:
    """Choose how to mark the answers to a report: all are good, all are bad, or neither."""
    codes = status_codes(report)
    taken = {code is not None and code < 300 for code in codes}
    if None in codes or len(taken) > 1:
        return style.open
    return style.good if True in taken else style.bad


def _limit(history: object) -> str:
    limit = number_in(history, "limit") if isinstance(history, Mapping) else None
    return "" if limit is None else f"; the last {limit} are kept"


def _report(report: Mapping[str, Any], now: datetime, style: Style) -> Iterator[str]:
    at = sent_at(report)
    began = f"  {'time not known' if at is None else timestamp(at)}"
    since = "" if at is None else f"{relative(at, now)}: "
    first, *others = paragraph(f"{since}{_figures(report)}", TIME_WIDTH)
    yield f"{began:<{TIME_WIDTH}}{first.lstrip()}"
    yield from others
    mark = marked(report, style)
    for line in paragraph(answers(report), TIME_WIDTH):
        yield f"{' ' * TIME_WIDTH}{mark(line.lstrip())}"


def _figures(report: object) -> str:
    requests, series, samples, sent = counts(report)
    said = (count(requests, "request"), count(series, "series"), count(samples, "sample"))
    return ", ".join([*said, size(sent)])
