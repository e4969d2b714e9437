"""Sets the stage, tells what happens, checks it, and leaves nothing, however it ends."""

import argparse
import sys
import tempfile
from http.client import HTTPException
from pathlib import Path

from tests.demo.checking import checked_reports, conclude
from tests.demo.ending import (
    cleaning_up_undisturbed,
    die_of_interrupt,
    interrupt_on_every_signal,
)
from tests.demo.keeping import keep
from tests.demo.narrator import NO_ANSWER, DemoError, Narrator
from tests.demo.stage import set_stage
from tests.demo.story import Story
from tests.support.go_toolchain import GoError
from tests.support.process import ProcessError

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
    interrupt_on_every_signal()
    try:
        is_good = _play(story, keep_up=arguments.keep)
    except KeyboardInterrupt:
        story.lines(["", "Interrupted; everything is stopped and nothing is left behind."])
        die_of_interrupt()
    except FAILURES as error:
        story.bad(f"FAILED after {story.seconds:.0f} s: {error}")
        return 1
    return 0 if is_good else 1


def _play(story: Story, *, keep_up: bool) -> bool:
    story.paragraph(INTRODUCTION)
    with (
        tempfile.TemporaryDirectory(prefix="telemetry-demo-") as scratch,
        set_stage(Path(scratch), story) as stage,
        cleaning_up_undisturbed(),
    ):
        narrator = Narrator(stage, story)
        rows, status = checked_reports(stage, narrator, story)
        is_good = conclude(rows, status, story)
        if keep_up:
            keep(stage, narrator, story)
    story.lines(["Everything is stopped; nothing is left behind."])
    return is_good
