"""`kubectl telemetry preview`: the next report as it would be sent now, from the operator."""

from __future__ import annotations

import json
import sys

from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.errors import NOT_WELL, WELL, PluginError
from microshift_telemetry_cli.pages import Page, open_page


def run(call: Call) -> int:
    """Show the next report."""
    form = call.options.output
    with open_page(
        call.cluster.kubectl, "/preview", {"name": call.name}, is_json=bool(form)
    ) as page:
        if page.status not in {200, 404, 503}:
            raise PluginError(f"the operator answers {page.status} to /preview")
        if page.status != 200:
            call.terminal.note(page.text().strip())
            return NOT_WELL
        if form:
            call.terminal.show_document(json.loads(page.text()), form)
        else:
            _pass_on(page)
    return WELL


def _pass_on(page: Page) -> None:
    """Write a page piece by piece: a long backlog makes a long one."""
    for piece in page.pieces():
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
