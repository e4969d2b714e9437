"""Sets the stage, tells what happens, checks it, and leaves nothing, however it ends."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tests.demo.checking import checked_reports, conclude
from tests.demo.keeping import keep
from tests.demo.narrator import NO_ANSWER, DemoError, Narrator
from tests.demo.stage import set_stage
from tests.demo.story import Story
from tests.support.go_toolchain import GoError
from tests.support.process import ProcessError

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTRODUCTION = (
    "The MicroShift telemetry operator, from end to end: a real API server, a real Prometheus, "
    "the operator as its own process. CPU, memory and disk are this machine's; os-release, pull "
    "secret and images are a device's, from tests/golden/hosts/rhel-rpm. All addresses are on "
    "loopback."
)
FAILURES = (DemoError, GoError, ProcessError, OSError, HTTPException, *NO_ANSWER)
"""What ends a demo that somebody or something disturbs; the last line says what it was."""


def main() -> int:
    """Play the demo.

    Returns:
        The exit code: 0 when all series agree, 1 when not. Interrupted, it dies of that once
        everything is stopped, so that the shell knows.
    """
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave everything up until Ctrl-C")
    arguments = parser.parse_args()
    story = Story(sys.stdout)
    for number in ENDING_SIGNALS:
        signal.signal(number, _interrupt)
    try:
        is_good = _play(story, keep_up=arguments.keep)
    except KeyboardInterrupt:
        story.lines(["", "Interrupted; everything is stopped and nothing is left behind."])
        _die_of_interrupt()
    except FAILURES as error:
        story.bad(f"FAILED after {story.seconds:.0f} s: {error}")
        return 1
    return 0 if is_good else 1


def _die_of_interrupt() -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.raise_signal(signal.SIGINT)
    raise AssertionError("SIGINT is deadly by default")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End on SIGTERM as on Ctrl-C, also where a shell has made its children ignore that.

    Once: a second one would cut short what the first one ends.
    """
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _play(story: Story, *, keep_up: bool) -> bool:
    story.paragraph(INTRODUCTION)
    with (
        tempfile.TemporaryDirectory(prefix="telemetry-demo-") as scratch,
        set_stage(Path(scratch), story) as stage,
        _cleaning_up_undisturbed(),
    ):
        narrator = Narrator(stage, story)
        rows, status = checked_reports(stage, narrator, story)
        is_good = conclude(rows, status, story)
        if keep_up:
            keep(stage, narrator, story)
    story.lines(["Everything is stopped; nothing is left behind."])
    return is_good


@contextmanager
def _cleaning_up_undisturbed() -> Iterator[None]:
    """Let nothing cut the end short: entered last, it leaves first."""
    try:
        yield
    finally:
        for number in ENDING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
