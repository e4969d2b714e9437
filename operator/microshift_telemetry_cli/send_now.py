"""`kubectl telemetry send-now`: asks for a report at once, and tells what comes of it."""

from __future__ import annotations

from datetime import datetime

from microshift_telemetry_cli.awaiting import wait_for
from microshift_telemetry_cli.cluster import now
from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.destination import REQUESTED_AT, Destination
from microshift_telemetry_cli.errors import NOT_WELL, WELL, PluginError
from microshift_telemetry_cli.screen import document_of, report_figures
from microshift_telemetry_cli.style import Style
from microshift_telemetry_cli.words import field


def run(call: Call) -> int:
    """Ask for a report."""
    name, terminal = call.name, call.terminal
    if not call.cluster.destination(name).is_enabled:
        raise PluginError(f"{name} is off; turn it on with: kubectl telemetry enable {name}")
    asked_at = _unique(now())
    call.cluster.annotate(name, f"{REQUESTED_AT}={asked_at}")
    terminal.note(f"{name}: report requested")
    operator = call.cluster.operator()
    if operator.is_running is False:
        terminal.note(
            f"the operator is not running ({operator.detail}); it sends the report once it runs"
        )
    if not call.options.wait:
        terminal.note(f"see the result with: kubectl telemetry status {name}")
        return WELL

    def is_answered(destination: Destination) -> bool:
        return destination.status.get("lastHandledRequestedAt") == asked_at

    answer = wait_for(call.cluster.watch(name), is_answered, call.options.timeout, terminal)
    if call.options.output:
        terminal.show_document(document_of(answer), call.options.output)
    else:
        terminal.show(result_lines(answer, terminal.style))
    return WELL if _is_delivered(answer) else NOT_WELL


def result_lines(answer: Destination, style: Style) -> list[str]:
    """Say what came of a report that was asked for."""
    reporting = answer.conditions.get("Reporting")
    if reporting is None:
        return [f"{answer.name}: the operator reported no result"]
    if _is_delivered(answer):
        head = f"{answer.name}: {style.good('delivered')}"
        lines = [*field("report", report_figures(answer)), *field("to", answer.endpoint or "")]
    else:
        head = f"{answer.name}: {style.bad('not delivered')}"
        lines = field("more", f"kubectl telemetry explain {reporting.reason}")
    return [head, *field(reporting.reason, ""), *field("", reporting.message), *lines]


def _is_delivered(answer: Destination) -> bool:
    return "Reporting" in answer.conditions and answer.conditions["Reporting"].status == "True"


def _unique(at: datetime) -> str:
    """Write a time such that no two requests have the same: what is known already asks nothing."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
