"""Our Markdown pages: where their links lead, their fenced blocks and what each promises.

The info string says it: `sh run` and `console run` are run here, `sh` and `console` can't be and
must only be well-formed; `yaml` is a manifest that the API server accepts, `yaml file` any other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.go_toolchain import REPOSITORY

FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#]*)(?:#(?P<anchor>[^)]*))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
KNOWN = ("", "sh", "sh run", "console", "console run", "yaml", "yaml file")


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block."""

    page: Path
    line: int
    info: str
    text: str

    @property
    def where(self) -> str:
        """Name it so that an editor finds it."""
        return f"{self.page.relative_to(REPOSITORY)}:{self.line}"

    @property
    def script(self) -> str:
        """What a shell gets: of a console the lines after the prompts."""
        if not self.info.startswith("console"):
            return self.text
        lines = self.text.splitlines()
        return "".join(f"{line[2:]}\n" for line in lines if line.startswith("$ "))


def pages() -> list[Path]:
    """List what admins and contributors read."""
    return [
        *sorted(REPOSITORY.glob("*.md")),
        *sorted((REPOSITORY / "docs").rglob("*.md")),
        REPOSITORY / "fleet/README.md",
    ]


def fences(page: Path) -> Iterator[Fence]:
    """Find the blocks of a page, in order."""
    text = page.read_text()
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Fence(page, line, found["info"].strip(), found["text"])


def all_fences(*kinds: str) -> list[Fence]:
    """List the blocks of all pages that have one of these info strings."""
    return [fence for page in pages() for fence in fences(page) if fence.info in kinds]


def broken_links(page: Path) -> list[str]:
    """List the links of a page that lead to no file, or to no heading of one."""
    broken = []
    for link in LINK.finditer(page.read_text()):
        target = (page.parent / link["path"]) if link["path"] else page
        if not target.exists() or (link["anchor"] and link["anchor"] not in _anchors(target)):
            broken.append(link[0])
    return broken


def _anchors(page: Path) -> set[str]:
    """Make the anchors that GitHub makes of headings."""
    headings = HEADING.findall(page.read_text())
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
