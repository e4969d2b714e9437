"""The terminal, or the pipe in its place: what is said to a person and asked of them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

from microshift_telemetry_cli.errors import PluginError
from microshift_telemetry_cli.style import Style
from microshift_telemetry_cli.words import paragraph
from microshift_telemetry_cli.yaml_text import as_yaml

CLEAR = "\x1b[H\x1b[2J\x1b[3J"
ERASE_LINE = "\r\x1b[K"


@dataclass(frozen=True)
class Terminal:
    """Where answers go (standard output), and what is said meanwhile (standard error)."""

    style: Style
    is_screen: bool
    """Standard output is a terminal."""
    has_person: bool
    """Somebody can be asked."""
    notes_are_seen: bool
    """Standard error is a terminal."""

    def show(self, lines: Iterable[str]) -> None:
        """Write an answer."""
        with standard_output() as output:
            output.write("".join(f"{line}\n" for line in lines))

    def show_document(self, value: Any, form: str) -> None:
        """Write an answer for a program."""
        text = as_yaml(value) if form == "yaml" else json.dumps(value, indent=2) + "\n"
        with standard_output() as output:
            output.write(text)

    def pass_on(self, pieces: Iterable[bytes]) -> None:
        """Write an answer piece by piece, as it comes: a long backlog makes a long one."""
        with standard_output() as output:
            for piece in pieces:
                output.buffer.write(piece)

    def redraw(self, lines: list[str]) -> None:
        """Write a screen in the place of the one before; to a pipe, after it."""
        self.show([f"{CLEAR}{lines[0]}", *lines[1:]] if self.is_screen else [*lines, ""])

    def note(self, text: str) -> None:
        """Say what goes on; a text that begins with spaces is indented as a whole."""
        start = ERASE_LINE if self.notes_are_seen else ""
        lines = paragraph(text, indent=len(text) - len(text.lstrip()))
        sys.stderr.write(start + "".join(f"{line}\n" for line in lines))

    def progress(self, text: str) -> None:
        """Say how long it has lasted, in the place of what was said before; to nobody, nothing."""
        if self.notes_are_seen:
            sys.stderr.write(f"{ERASE_LINE}{text}")
            sys.stderr.flush()

    def ask(self, question: str) -> bool:
        """Ask for a yes; anything else is a no."""
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}


@contextmanager
def standard_output() -> Iterator[TextIO]:
    """Give standard output for an answer, which has been written when the block ends.

    Raises:
        PluginError: it takes no more, as a file on a full disk.
        BrokenPipeError: whoever read it has seen enough.
    """
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        give_up_output()
        raise PluginError(f"standard output can't be written: {error.strerror}") from error


def give_up_output() -> None:
    """Let what is still to be written go nowhere: Python would complain once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fill_streams() -> None:
    """Put an empty file in the place of each stream that the process was started without.

    Else Python has None for it, and the next file or pipe would get its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # stays open


def open_terminal() -> Terminal:
    """Look at what the process was given; see https://no-color.org for NO_COLOR."""
    environment = os.environ  # noqa: TID251  # read here alone
    is_screen, notes_are_seen = sys.stdout.isatty(), sys.stderr.isatty()
    is_plain = bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb"
    return Terminal(
        style=Style(has_colours=is_screen and not is_plain),
        is_screen=is_screen,
        has_person=sys.stdin.isatty() and notes_are_seen,
        notes_are_seen=notes_are_seen,
    )
