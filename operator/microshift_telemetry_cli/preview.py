"""`kubectl telemetry preview`: the next report as it would be sent now, from the operator."""

from __future__ import annotations

from microshift_telemetry_cli.asking import asked, told
from microshift_telemetry_cli.cluster import now
from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.diff import compared, document
from microshift_telemetry_cli.diff_screen import diff_screen
from microshift_telemetry_cli.errors import WELL, UnknownNameError
from microshift_telemetry_cli.history import ask_for_history

PATH = "/preview"


def run(call: Call) -> int:
    """Show the next report."""
    return told(call, "preview", _compared if call.options.diff else _shown)


def _shown(call: Call) -> int:
    form = call.options.output
    with asked(call, PATH, _query(call), is_json=bool(form)) as page:
        if form:
            call.terminal.show_document(page.document(), form)
        else:
            call.terminal.pass_on(page.pieces())
    return WELL


def _compared(call: Call) -> int:
    """Show in what the next report differs from the one before."""
    with asked(call, PATH, _query(call), is_json=True) as page:
        upcoming = page.document()
    found = compared(_history(call), upcoming)
    if call.options.output:
        call.terminal.show_document(document(found), call.options.output)
    else:
        call.terminal.show(diff_screen(call.name, found, now(), call.terminal.style))
    return WELL


def _history(call: Call) -> object:
    """Ask for what was sent; a dry run may be of an object that is not there yet."""
    try:
        return ask_for_history(call, call.name)
    except UnknownNameError as error:
        if not call.options.dry_run:
            raise
        return {"note": str(error)}


def _query(call: Call) -> dict[str, str]:
    query = {"name": call.name}
    return {**query, "dry-run": "true"} if call.options.dry_run else query
