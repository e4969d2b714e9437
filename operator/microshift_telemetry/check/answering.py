"""A check as whoever asked for it reads it: as text for a terminal, or as JSON."""

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from microshift_telemetry.check.line import Check, Line, Verdict

COLUMNS = 80
_VERDICT_COLUMNS, _HOP_COLUMNS = 13, 18


def as_text(check: Check) -> str:
    """Write the finding first, then a line for each hop, for a terminal of 80 columns."""
    return "\n".join([*_head(check), "", *(row for line in check.lines for row in _rows(line)), ""])


def as_json(check: Check) -> str:
    """Write one JSON object."""
    shown = {
        "name": check.name,
        "verdict": check.verdict,
        "finding": _fields(check.finding),
        "hops": [_fields(line) for line in check.lines],
    }
    return json.dumps(shown) + "\n"


def _head(check: Check) -> Iterator[str]:
    found = check.finding
    if check.verdict is Verdict.OK and found is check.lines[-1]:
        yield f"ok: every hop from {check.name} to its receiver works"
        return
    yield from _wrapped(f"{found.verdict}: {found.hop}: {_seen(found)}", 2)
    if found.remedy:
        yield from _wrapped(f"  -> {found.remedy}", 5)


def _rows(line: Line) -> Iterator[str]:
    start = f"{line.verdict:<{_VERDICT_COLUMNS}}{line.hop:<{_HOP_COLUMNS}}"
    seen = _seen(line)
    if line.millis is not None:
        seen += f" ({line.millis} ms)"
    yield from _wrapped(start + seen, len(start))
    if line.remedy and line.verdict is not Verdict.OK:
        yield from _wrapped(f"{'':<{len(start)}}-> {line.remedy}", len(start) + 3)


def _seen(line: Line) -> str:
    return f"{line.part}: {line.seen}" if line.part and line.part not in line.seen else line.seen


def _wrapped(text: str, indent: int) -> list[str]:
    return [
        row.rstrip()
        for row in textwrap.wrap(
            text,
            COLUMNS,
            subsequent_indent=" " * indent,
            break_on_hyphens=False,
        )
    ]


def _fields(line: Line) -> dict[str, Any]:
    return {
        "hop": line.hop,
        "part": line.part,
        "verdict": line.verdict,
        "seen": line.seen,
        "remedy": line.remedy,
        "milliseconds": line.millis,
    }
