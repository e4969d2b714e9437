"""`kubectl telemetry history`: the reports that were sent, as the operator has kept them."""

from __future__ import annotations

from typing import Any

from microshift_telemetry_cli.asking import asked, told
from microshift_telemetry_cli.cluster import now
from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.errors import WELL
from microshift_telemetry_cli.history_screen import history_screen

PATH = "/history"


def run(call: Call) -> int:
    """Show what was sent."""
    return told(call, "history", _passed_on if call.options.full else _shown)


def ask_for_history(call: Call, name: str) -> Any:
    """Ask the operator for the reports that it has kept; see `asked` for what it may answer."""
    with asked(call, PATH, {"name": name}, is_json=True) as page:
        return page.document()


def last(history: Any, limit: int | None) -> Any:
    """Leave out all reports but the last ones."""
    reports = history.get("reports") if isinstance(history, dict) else None
    if limit is None or not isinstance(reports, list):
        return history
    return {**history, "reports": reports[-limit:]}


def _shown(call: Call) -> int:
    history = last(ask_for_history(call, call.name), call.options.limit)
    if call.options.output:
        call.terminal.show_document(history, call.options.output)
    else:
        call.terminal.show(history_screen(call.name, history, now(), call.terminal.style))
    return WELL


def _passed_on(call: Call) -> int:
    """Show the page itself: every series and every sample."""
    with asked(call, PATH, {"name": call.name}, is_json=False) as page:
        call.terminal.pass_on(page.pieces())
    return WELL
