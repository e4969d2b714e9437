"""What kubectl asks `kubectl_complete-telemetry` for: the words that may come next.

The answer is that of Cobra: a word a line, with a tab and what it is, and at the end `:4`, which
means that no file is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from microshift_telemetry_cli.arguments import (
    COMMANDS,
    KUBECTL_FLAGS,
    SHORT_FLAGS,
    SWITCHES,
    parser,
    spelled_out,
)
from microshift_telemetry_cli.destination import RESOURCE
from microshift_telemetry_cli.errors import PluginError
from microshift_telemetry_cli.explain import load_texts
from microshift_telemetry_cli.kubectl import Kubectl, find_program

NO_FILES = ":4"
OWN_FLAGS = ("limit", "timeout")
"""Whose value is no word that is known here."""


def complete(words: Sequence[str]) -> list[str]:
    """Answer for the words after `kubectl telemetry`, of which the last is not finished."""
    *before, begun = words or [""]
    try:
        found = [each for each in _candidates(before, begun) if each.startswith(begun)]
    except PluginError:
        found = []
    return [*found, NO_FILES]


def _candidates(before: Sequence[str], begun: str) -> Iterator[str]:
    command = next((word for word in before if word in COMMANDS), None)
    if before and before[-1] in {"-o", "--output"}:
        yield from ("json", "yaml")
    elif before and before[-1] == "--context":
        yield from _asked(before, "config", "get-contexts", "--output=name")
    elif before and before[-1] in {"-n", "--namespace"}:
        names = _asked(before, "get", "namespaces", "--output=name")
        yield from (each.partition("/")[2] for each in names)
    elif before and before[-1].startswith("--") and before[-1][2:] in {*KUBECTL_FLAGS, *OWN_FLAGS}:
        return
    elif begun.startswith("-"):
        yield from _flags(command)
    elif command is None:
        yield from (f"{name}\t{text}" for name, text in COMMANDS.items())
    elif before[-1] == command or before[-1].startswith("-"):
        yield from _arguments(command, before)


def _flags(command: str | None) -> Iterator[str]:
    if command is not None:
        yield from parser().flags_of(command)


def _arguments(command: str, before: Sequence[str]) -> Iterator[str]:
    if command == "explain":
        texts = load_texts()
        yield from sorted({each["name"] for each in (*texts["metrics"], *texts["reasons"])})
    elif command != "bundle":
        names = _asked(before, "get", RESOURCE, "--output=name")
        yield from (each.partition("/")[2] for each in names)


def _asked(before: Sequence[str], *arguments: str) -> list[str]:
    """Ask the cluster that the words so far mean."""
    words = [SHORT_FLAGS.get(word, word) for word in spelled_out(before)]
    flags = [
        word if "=" in word else f"{word}={following}"
        for word, following in zip(words, [*words[1:], ""])
        if word.startswith("--") and word[2:].partition("=")[0] in {*KUBECTL_FLAGS, *SWITCHES}
    ]
    return Kubectl(find_program(), [*flags, "--request-timeout=2s"], "").run(*arguments).split()
