"""`kubectl telemetry preview`: the next report as it would be sent now, from the operator."""

from __future__ import annotations

from microshift_telemetry_cli.asking import asked, told
from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.errors import WELL

PATH = "/preview"


def run(call: Call) -> int:
    """Show the next report."""
    return told(call, "preview", _shown)


def _shown(call: Call) -> int:
    form, query = call.options.output, {"name": call.name}
    with asked(call, PATH, query, is_json=bool(form)) as page:
        if form:
            call.terminal.show_document(page.document(), form)
        else:
            call.terminal.pass_on(page.pieces())
    return WELL
