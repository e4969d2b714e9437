"""`kubectl telemetry enable` and `disable`: the opt-in and the opt-out of one destination."""

from __future__ import annotations

from microshift_telemetry_cli.awaiting import wait_for
from microshift_telemetry_cli.cluster import now
from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.destination import Destination
from microshift_telemetry_cli.errors import NOT_WELL, WELL
from microshift_telemetry_cli.words import count, parse_time, relative

ANSWER_SECONDS = 30.0


def enable(call: Call) -> int:
    """Opt in."""
    before = call.cluster.destination(call.name)
    if before.is_enabled:
        call.terminal.show([f"{before.name} is on already"])
        return WELL
    answer = _set(call, "Enabled")
    at = parse_time(answer.status.get("nextReportTime"))
    due = "" if at is None else f"; the first report is due {relative(at, now())}"
    call.terminal.show(
        [
            f"{answer.name} is on: the device is measured{due}",
            f"what will be sent: kubectl telemetry preview {answer.name}",
        ]
    )
    return WELL


def disable(call: Call) -> int:
    """Opt out; asks first where somebody can be asked."""
    before = call.cluster.destination(call.name)
    if not before.is_enabled:
        call.terminal.show([f"{before.name} is off already"])
        return WELL
    if call.terminal.has_person and not call.options.yes and not _is_meant(call, before):
        call.terminal.note(f"{before.name} stays on")
        return NOT_WELL
    answer = _set(call, "Disabled")
    call.terminal.show(farewell(before, answer))
    return WELL if answer.pending == 0 else NOT_WELL


def farewell(before: Destination, answer: Destination) -> list[str]:
    """Say what an opt-out has done."""
    lines = [f"{answer.name} is off: nothing is measured or sent any more"]
    sampling = answer.conditions.get("Sampling")
    # What a disk keeps the operator from deleting follows the reason of the opt-out.
    trouble = sampling.message.partition("; ")[2] if sampling else ""
    if trouble:
        lines.append(f"not deleted: {trouble}")
    elif before.pending:
        lines.append(f"deleted: {count(before.pending, 'sample')} that had not been sent yet")
    else:
        lines.append("nothing was waiting, so nothing was deleted")
    return lines


def _is_meant(call: Call, before: Destination) -> bool:
    waiting = count(before.pending, "sample")
    lost = f" {waiting} not sent yet will be deleted." if before.pending else ""
    return call.terminal.ask(f"Stop telemetry of {before.name}?{lost}")


def _set(call: Call, spec_status: str) -> Destination:
    generation = call.cluster.patch(call.name, spec_status).generation
    call.terminal.note(f"{call.name}: spec.status is {spec_status}")
    return wait_for(
        call.cluster.watch(call.name),
        lambda destination: destination.answers(generation),
        ANSWER_SECONDS,
        call.terminal,
    )
