#!/usr/bin/env python3
"""Check what mkdocs does not: that the built site loads nothing from elsewhere."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

LOADED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=[\"']?((?:https?:)?//[^\"'\s>]+)"
    r"|<link\b(?=[^>]*\brel=[\"']?(?:stylesheet|preconnect|preload|icon))[^>]*\bhref=[\"']?((?:https?:)?//[^\"'\s>]+)"
)
IN_STYLES = re.compile(r"(?:url\(|@import\s*)[\"']?((?:https?:)?//[^\"')\s;]+)")


def faults(site: Path) -> Iterator[str]:
    """Name each page and style that loads something from elsewhere."""
    pages = sorted(site.rglob("*.html"))
    if not pages:
        yield f"{site}: there is no page"
    for page in pages:
        text, name = page.read_text(), page.relative_to(site)
        yield from (f"{name}: loads {''.join(found)}" for found in LOADED.findall(text))
    for style in sorted(site.rglob("*.css")):
        for found in IN_STYLES.findall(style.read_text()):
            yield f"{style.relative_to(site)}: loads {found}"


def main(site: Path) -> int:
    """Print what is wrong and give the exit code."""
    found = list(faults(site))
    sys.stderr.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
