"""Sets the stage, tells what happens, checks it, and leaves nothing, however it ends."""

import argparse
import sys
import tempfile
from functools import partial
from http.client import HTTPException
from pathlib import Path

from tests.demo.checking import checked_reports, conclude
from tests.demo.ending import cleaning_up_undisturbed, played
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
    """Play the demo and give its exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave everything up until Ctrl-C")
    arguments = parser.parse_args()
    story = Story(sys.stdout)
    return played(partial(_play, story, keep_up=arguments.keep), story, FAILURES)


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
