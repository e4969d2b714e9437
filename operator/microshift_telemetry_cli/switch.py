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
    if before.is_enabled and before.is_seen:
        call.terminal.show([f"{before.name} is already on"])
        return WELL
    answer = _answer(call, before.generation) if before.is_enabled else _set(call, "Enabled")
    at = parse_time(answer.status.get("nextReportTime"))
    due = "" if at is None else f"; the first report is due {relative(at, now())}"
    call.terminal.show(
        [
            f"{answer.name} is on: samples are taken{due}",
            f"see what will be sent with: kubectl telemetry preview {answer.name}",
        ]
    )
    return WELL


def disable(call: Call) -> int:
    """Opt out; asks first where somebody can be asked."""
    before = call.cluster.destination(call.name)
    if not before.is_enabled and before.is_seen:
        call.terminal.show([f"{before.name} is already off", *_left(before)])
        return NOT_WELL if _left(before) else WELL
    if not before.is_enabled:
        answer = _answer(call, before.generation)
    elif call.terminal.has_person and not call.options.yes and not _is_meant(call, before):
        call.terminal.note(f"{before.name} stays on")
        return NOT_WELL
    else:
        answer = _set(call, "Disabled")
    call.terminal.show(farewell(before, answer))
    return NOT_WELL if _left(answer) else WELL


def farewell(before: Destination, answer: Destination) -> list[str]:
    """Say what an opt-out has done."""
    lines = [f"{answer.name} is off: no samples are taken and no reports are sent"]
    if left := _left(answer):
        return [*lines, *left]
    if before.pending:
        return [*lines, f"deleted: {count(before.pending, 'sample')} not sent yet"]
    return [*lines, "no samples were waiting, so none were deleted"]


def _left(answer: Destination) -> list[str]:
    """Say what an opt-out has not deleted, in the operator's words; nothing when all is gone."""
    # The operator counts what waits as gone before the disk obeys. What the disk keeps it from
    # deleting follows the reason of the opt-out.
    trouble = answer.message("Sampling").partition("; ")[2]
    if trouble:
        return [trouble]
    return [f"not deleted yet: {count(answer.pending, 'sample')}"] if answer.pending else []


def _is_meant(call: Call, before: Destination) -> bool:
    waiting = count(before.pending, "sample")
    lost = f" This deletes {waiting} not sent yet." if before.pending else ""
    return call.terminal.ask(f"Stop telemetry of {before.name}?{lost}")


def _set(call: Call, spec_status: str) -> Destination:
    generation = call.cluster.patch(call.name, spec_status).generation
    call.terminal.note(f"{call.name}: spec.status is {spec_status}")
    return _answer(call, generation)


def _answer(call: Call, generation: int) -> Destination:
    """Wait until the operator has seen a generation of the spec."""
    return wait_for(
        call.cluster.watch(call.name),
        lambda destination: destination.answers(generation),
        ANSWER_SECONDS,
        call.terminal,
    )
