"""`kubectl telemetry explain`: what a metric is, what a reason means and what to do, offline.

The texts are the product's own: `texts.json` is generated from its catalogue and its pages.
"""

from __future__ import annotations

import difflib
import json
import pkgutil
from collections.abc import Iterator
from typing import Any

from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.errors import WELL, PluginError
from microshift_telemetry_cli.style import Style
from microshift_telemetry_cli.words import field, paragraph

SENT = {
    "static": "once a report",
    "dynamic": "with every pass",
    "lifecycle": "once a start of MicroShift",
}


def run(call: Call) -> int:
    """Explain one word, or list those that can be explained."""
    texts, word = load_texts(), call.options.word
    entries = find(texts, word) if word else [*texts["metrics"], *texts["reasons"]]
    if call.options.output:
        call.terminal.show_document(entries, call.options.output)
    elif word:
        call.terminal.show(explanation(entries, call.terminal.style))
    else:
        call.terminal.show(overview(texts, call.terminal.style))
    return WELL


def load_texts() -> Any:
    """Read what was generated."""
    found = pkgutil.get_data("microshift_telemetry_cli", "texts.json")
    return json.loads(found or b"{}")


def find(texts: Any, word: str) -> list[Any]:
    """Find what a word stands for: a metric, or a reason of one condition or of both.

    Raises:
        PluginError: it stands for nothing; the text names what is spelled alike.
    """
    entries = [*texts["metrics"], *texts["reasons"]]
    found = [each for each in entries if each["name"].lower() == word.lower()]
    if not found:
        names = {each["name"].lower(): each["name"] for each in entries}
        alike = [names[each] for each in difflib.get_close_matches(word.lower(), names, n=3)]
        hint = (
            f"did you mean {' or '.join(alike)}?"
            if alike
            else "kubectl telemetry explain lists all"
        )
        raise PluginError(f"{word} is neither a metric nor a reason; {hint}")
    return found


def overview(texts: Any, style: Style) -> list[str]:
    """List every word with what it is."""
    lines = [style.strong("metrics")]
    for each in texts["metrics"]:
        lines += [f"  {each['name']}", *paragraph(each["help"], 6)]
    for kind in ("Sampling", "Reporting"):
        names = [each["name"] for each in texts["reasons"] if each["condition"] == kind]
        lines += ["", style.strong(f"reasons of {kind}"), *paragraph(", ".join(names), 2)]
    return lines


def explanation(entries: list[Any], style: Style) -> list[str]:
    """Explain what was found."""
    lines: list[str] = []
    for entry in entries:
        lines += [""] if lines else []
        lines += _reason(entry, style) if "condition" in entry else _metric(entry, style)
    return lines


def _metric(entry: Any, style: Style) -> Iterator[str]:
    yield f"{style.strong(entry['name'])}, a metric"
    sent = SENT[entry["kind"]]
    yield from field("what", entry["help"])
    yield from field("unit", entry["unit"])
    yield from field("source", entry["source"])
    yield from field("labels", ", ".join(entry["labels"]))
    yield from field("sent", sent)
    yield from field("privacy", entry["privacy"])
    patch = json.dumps({"spec": {"metrics": {"exclude": [entry["name"]]}}}, separators=(",", ":"))
    yield from field("exclude it", "kubectl patch tcfg cluster --type=merge -p")
    yield f"                '{patch}'"


def _reason(entry: Any, style: Style) -> Iterator[str]:
    yield f"{style.strong(entry['name'])}, a reason of the condition {entry['condition']}"
    yield from field(entry["condition"], entry["status"])
    yield from field("Ready", entry["ready"])
    yield from field("meaning", entry["meaning"])
    for block in entry["advice"]:
        yield ""
        if block["command"]:
            yield from (f"      {line}" for line in block["text"].splitlines())
        else:
            yield from paragraph(block["text"], 2)
