"""`kubectl telemetry preview`: the next report as it would be sent now, from the operator."""

from __future__ import annotations

import json

from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.errors import NOT_WELL, WELL, KubectlError, PluginError
from microshift_telemetry_cli.pages import Page, open_page
from microshift_telemetry_cli.pods import look_closer
from microshift_telemetry_cli.terminal import standard_output

NO_SUCH_OBJECT = "no TelemetryConfig"
"""Begins the operator's answer to a name that no object has; others have nothing to show."""


def run(call: Call) -> int:
    """Show the next report."""
    try:
        return _shown(call)
    except KubectlError:
        operator = call.cluster.operator()
        if operator.is_running is not False:
            raise
        call.terminal.note(f"no preview: the operator does not run: {operator.detail}")
        call.terminal.note(f"  -> {look_closer(call.options.namespace)}")
        return NOT_WELL


def _shown(call: Call) -> int:
    form, query = call.options.output, {"name": call.name}
    with open_page(call.cluster.kubectl, "/preview", query, is_json=bool(form)) as page:
        if page.status not in {200, 404, 503}:
            raise PluginError(f"the operator answers {page.status} to /preview")
        if page.status != 200:
            said = page.text().strip()
            if said.startswith(NO_SUCH_OBJECT):
                raise PluginError(said)
            call.terminal.note(said)
            return NOT_WELL
        if form:
            call.terminal.show_document(json.loads(page.text()), form)
        else:
            _pass_on(page)
    return WELL


def _pass_on(page: Page) -> None:
    """Write a page piece by piece: a long backlog makes a long one."""
    with standard_output() as output:
        for piece in page.pieces():
            output.buffer.write(piece)
