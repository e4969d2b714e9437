"""How far a build is: a line that a terminal rewrites in place, or one now and then in a log."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self, TextIO

LOG_SECONDS = 15
WIDTH = 79
"""One column less than a terminal has, so that the cursor stays in the line."""
ESTIMATED_FROM = 0.05
"""The share of the packages that have to be there before a rest can be estimated."""
_FETCHING = "go: downloading "
_REWRITE = "\r\x1b[K"


@dataclass(frozen=True, slots=True)
class Reached:
    """What the log of `go list` or `go build -v` says."""

    fetched: int
    """Modules whose download has begun."""
    compiled: int
    """Packages whose compilation has begun."""


def reached(log: Sequence[str]) -> Reached:
    """Count in a log: a line for each module that is fetched, one for each package."""
    fetched = sum(line.startswith(_FETCHING) for line in log)
    return Reached(fetched, len(log) - fetched)


def fetching_line(name: str, fetched: int, seconds: float) -> str:
    """Tell of the look at what there is to build, which fetches the modules that are missing."""
    if fetched == 0:
        return f"{name}: looking at what there is to build, {duration(seconds)}"
    modules = "1 module" if fetched == 1 else f"{fetched} modules"
    return f"{name}: fetching Go modules: {modules} so far, {duration(seconds)}"


def building_line(name: str, done: int, total: int, seconds: float) -> str:
    """Tell how far of how much, and, once that can be estimated, how long it still takes."""
    done = min(done, total)
    line = f"{name}: {done} of {total} packages, {duration(seconds)}"
    if done == total:
        return f"{line}, linking"
    if done < ESTIMATED_FROM * total:
        return line
    return f"{line}, about {duration(seconds * (total - done) / done)} left"


def duration(seconds: float) -> str:
    """Write seconds as people do: `8 s`, `3 min 20 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class Progress:
    """Shows the newest line: a terminal always has it, a log gets one every 15 seconds."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        """Show nothing yet."""
        self._out = out
        self._clock = clock
        self._rewrites = out.isatty()
        self._shown_at = clock()
        self._shown = ""

    def show(self, line: str) -> None:
        """Rewrite the line in place, or add it to a log when it is time."""
        line = line[:WIDTH]
        if self._rewrites and line != self._shown:
            self._write(f"{_REWRITE}{line}")
        elif not self._rewrites and self._clock() - self._shown_at >= LOG_SECONDS:
            self._shown_at = self._clock()
            self._write(f"{line}\n")
        self._shown = line

    def say(self, line: str) -> None:
        """Write a line that stays."""
        self._write(f"{_REWRITE if self._rewrites else ''}{line}\n")
        self._shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Take a line away that only a terminal was to see."""
        if self._rewrites and self._shown:
            self._write(_REWRITE)

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
