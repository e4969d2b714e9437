"""`kubectl telemetry check`: the operator tries every hop, and names the first that fails."""

from __future__ import annotations

import json
from typing import Any

from microshift_telemetry_cli.asking import asked
from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.errors import NOT_WELL, WELL, KubectlError
from microshift_telemetry_cli.pods import look_closer
from microshift_telemetry_cli.style import Style
from microshift_telemetry_cli.words import paragraph

PATH = "/check"
FAILED = "failed"


def run(call: Call) -> int:
    """Check one destination; the first line is the finding."""
    form = call.options.output
    call.terminal.progress("the operator is checking every hop, for up to 30 s")
    try:
        text = answer(call, call.name, is_json=bool(form))
    except KubectlError:
        operator = call.cluster.operator()
        if operator.is_running is not False:
            raise
        text = without_operator(call, operator.detail, is_json=bool(form))
    finally:
        call.terminal.progress("")
    if form:
        found = json.loads(text)
        call.terminal.show_document(found, form)
        return NOT_WELL if found["verdict"] == FAILED else WELL
    call.terminal.show(coloured(text, call.terminal.style))
    return NOT_WELL if text.startswith(f"{FAILED}:") else WELL


def answer(call: Call, name: str, *, is_json: bool) -> str:
    """Ask the operator; see `asked` for what it may answer."""
    with asked(call, PATH, {"name": name}, is_json=is_json) as page:
        return page.text()


def coloured(text: str, style: Style) -> list[str]:
    """Mark the verdicts, with which lines begin."""
    marks = {"ok": style.good, FAILED: style.bad, "warning": style.open}
    return [_marked(line, marks) for line in text.splitlines()]


def _marked(line: str, marks: dict[str, Any]) -> str:
    for word, mark in marks.items():
        if line.startswith((f"{word}:", f"{word} ")):
            return f"{mark(word)}{line[len(word) :]}"
    return line


def without_operator(call: Call, detail: str, *, is_json: bool) -> str:
    """Say that nobody can check, in the operator's form."""
    remedy = look_closer(call.options.namespace)
    seen = f"not running: {detail}"
    if is_json:
        finding = {
            "hop": "operator",
            "part": "",
            "verdict": FAILED,
            "seen": seen,
            "remedy": remedy,
            "milliseconds": None,
        }
        shown = {"name": call.name, "verdict": FAILED, "finding": finding, "hops": [finding]}
        return json.dumps(shown)
    lines = [*paragraph(f"{FAILED}: operator: {seen}"), *paragraph(f"-> {remedy}", 2)]
    return "".join(f"{line}\n" for line in lines)
