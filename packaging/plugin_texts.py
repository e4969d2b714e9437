#!/usr/bin/env python3
"""Write what the plugin can explain: the catalogue, the reasons, and what our pages say of both.

`make generate` calls it. The plugin imports nothing of the operator, and has no text of its own.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from microshift_telemetry import __version__
from microshift_telemetry.sample.metrics import (
    CATALOGUE,
    CLUSTER_ID_LABEL,
    LIFECYCLE_CATALOGUE,
    SELF_CATALOGUE,
    Metric,
)
from microshift_telemetry.status.reasons import ReportingReason, SamplingReason

DOCS = Path(__file__).parents[1] / "docs"
ROW = re.compile(r"^\| `(?P<name>[^`]+)` \| (?P<cells>.*) \|$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
SECTION = re.compile(r"^## (?P<title>.*)\n(?P<text>(?:(?!^## ).*\n?)*)", re.MULTILINE)
FENCE = re.compile(r"^```[^\n]*\n(?P<command>.*?)\n```$", re.MULTILINE | re.DOTALL)


def main() -> None:
    """Write them as JSON."""
    sections = {found["title"]: found["text"] for found in SECTION.finditer(page("conditions"))}
    advice = {found["title"]: found["text"] for found in SECTION.finditer(page("troubleshooting"))}
    sources = rows(page("metrics"))
    texts = {
        "version": __version__,
        "metrics": [
            metric(each, sources[each.name])
            for each in CATALOGUE + SELF_CATALOGUE + LIFECYCLE_CATALOGUE
        ],
        "reasons": [
            reason(kind, name, rows(text), advice.get(name, ""))
            for kind, reasons in (("Sampling", SamplingReason), ("Reporting", ReportingReason))
            for title, text in sections.items()
            if title.startswith(f"{kind}:")
            for name in map(str, reasons)
        ],
    }
    sys.stdout.write(json.dumps(texts, indent=1, ensure_ascii=False) + "\n")


def page(name: str) -> str:
    """Read one of our pages."""
    return (DOCS / f"{name}.md").read_text()


def rows(text: str) -> dict[str, list[str]]:
    """Read the rows of a table by their first cell."""
    return {found["name"]: found["cells"].split(" | ") for found in ROW.finditer(text)}


def metric(entry: Metric, cells: list[str]) -> dict[str, Any]:
    """Lay out an entry of the catalogue."""
    labels = (CLUSTER_ID_LABEL, *entry.labels)
    texts = {"privacy": plain(entry.privacy), "source": plain(cells[-1])}
    return asdict(entry) | {"kind": entry.kind.value, "labels": labels} | texts


def reason(kind: str, name: str, found: dict[str, list[str]], advice: str) -> dict[str, Any]:
    """Lay out a reason of a condition."""
    status, ready, meaning = found[name]
    ready = ready.replace("as `Retrying`", found["Retrying"][1] if "Retrying" in found else "")
    ready = "that of Reporting" if ready == "–" else ready  # noqa: RUF001  # as the page has it
    return {
        "name": name,
        "condition": kind,
        "status": status,
        "ready": plain(ready),
        "meaning": plain(meaning),
        "advice": list(blocks(advice)),
    }


def blocks(text: str) -> Iterator[dict[str, Any]]:
    """Cut a section into paragraphs and commands."""
    for number, part in enumerate(FENCE.split(text)):
        if number % 2:
            yield {"command": True, "text": part}
        else:
            for paragraph in re.split(r"\n\n|\n(?=- )", part):
                if words := " ".join(paragraph.split()):
                    yield {"command": False, "text": plain(words)}


def plain(text: str) -> str:
    """Leave of a link its text, and of what is set in code or bold the words."""
    return LINK.sub(r"\1", text).replace("`", "").replace("**", "")


if __name__ == "__main__":
    main()
