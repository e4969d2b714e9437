"""What a person sees: chapters, events with the time they took place, what other programs wrote."""

import re
import textwrap
import time
from collections.abc import Iterable, Sequence
from typing import TextIO

WIDTH = 80
_TIME = 6
_MARGIN = _TIME + 2
_NAME = 15

_BOLD, _DIM, _GREEN, _RED = "1", "2", "32", "31"


class Story:
    """Writes lines of at most 80 columns, with colours only where a terminal shows them."""

    def __init__(self, out: TextIO) -> None:
        """Begin the story: times count from here."""
        self._out = out
        self._has_colours = out.isatty()
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has been told."""
        return time.monotonic() - self._began

    def chapter(self, title: str) -> None:
        """Open a part of the story."""
        self._write("")
        self._write(title, _BOLD)

    def event(self, name: str, text: str) -> None:
        """Tell what has just happened."""
        head = f"{self.seconds:4.0f} s".rjust(_TIME) + f"  {name:<{_NAME - 1}} "
        rest = " " * (_MARGIN + _NAME)
        for line in _wrapped(text, head, rest):
            self._write(line)

    def log(self, line: str) -> None:
        """Show a line of another program's log."""
        for part in _wrapped(line, "    | ", "    |     "):
            self._write(part, _DIM)

    def output(self, command: str, text: str) -> None:
        """Show a command and the table it wrote, as it was aligned."""
        self.event(f"$ {command}", "")
        for line in folded(text.splitlines(), WIDTH - 2):
            self._write(f"  {line}", _DIM)

    def paragraph(self, text: str) -> None:
        """Show a text of some sentences."""
        for line in _wrapped(text, "", ""):
            self._write(line)

    def lines(self, lines: Iterable[str]) -> None:
        """Show lines as they are."""
        for line in lines:
            self._write(line)

    def good(self, text: str) -> None:
        """Tell a good end."""
        for line in _wrapped(text, "", ""):
            self._write(line, _GREEN)

    def bad(self, text: str) -> None:
        """Tell a bad end; what another program said in it keeps its lines."""
        for part in text.splitlines():
            for line in _wrapped(part, "", "  "):
                self._write(line, _RED)

    def _write(self, line: str, style: str = "") -> None:
        if style and self._has_colours:
            line = f"\x1b[{style}m{line}\x1b[0m"
        print(line.rstrip(), file=self._out, flush=True)


def folded(lines: Sequence[str], width: int) -> list[str]:
    """Put the columns of a table that don't fit below the others, under their own heads."""
    longest = max(map(len, lines), default=0)
    if longest <= width:
        return list(lines)
    starts = [match.start() for match in re.finditer(r"(?<=   )\S", lines[0])]
    fitting = [start for start in starts if start <= width]
    if not fitting:
        return list(lines)
    split = fitting[-1]
    first = [line[:split].rstrip() for line in lines]
    return first + folded([line[split:] for line in lines], width)


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    """Break a long line at blanks only: an address stays whole."""
    if len(first) + len(text) <= WIDTH:
        return [first + text]
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
