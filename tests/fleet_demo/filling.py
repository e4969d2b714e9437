"""Fills a receiver with a fleet and what rules record of it, in the order of a real one."""

from pathlib import Path

from tests.demo.story import Story
from tests.fleet_demo.device import DAY_MS, Fault, Span
from tests.fleet_demo.directions import faults_told
from tests.fleet_demo.life import Life
from tests.fleet_demo.planning import Plan, planned
from tests.fleet_demo.recording import record
from tests.fleet_demo.rules import Rules
from tests.fleet_demo.server import Receiver
from tests.fleet_demo.truth import Truth
from tests.fleet_demo.writing import Sent, written

TELL_EVERY_SECONDS = 15
ON_ARRIVAL = "device:microshift_report:fresh"
"""Tells who reported a moment ago. What a clock that is behind has dated was not there yet at that
time, so this is recorded before it is written."""


def filled(plan: Plan, receiver: Receiver, rules: Rules, scratch: Path, story: Story) -> Truth:
    """Write a fleet, and record the rules over all of its time.

    Raises:
        WriteError: the receiver did not take a request.
        ProcessError: vmalert did not replay a rule.
    """
    devices = planned(plan)
    story.event("devices", faults_told(devices))
    during, told = Span(plan.begin_ms - DAY_MS, plan.now_ms), story.seconds
    lives, sent = list[Life](), Sent()

    def show(done: int, so_far: Sent) -> None:
        nonlocal told
        if story.seconds - told > TELL_EVERY_SECONDS:
            told = story.seconds
            story.event("writing", f"{done:,} devices, {so_far.samples:,} samples")

    for is_behind in (False, True):
        some = [each for each in devices if (each.fault is Fault.CLOCK_BEHIND) is is_behind]
        theirs, what = written(plan, some, receiver.address, show)
        lives, sent = lives + theirs, sent.plus(what)
        receiver.settle()
        for rule in rules.recording:
            if (rule["record"] != ON_ARRIVAL) is is_behind:
                record(rule, receiver.url, during, scratch / "rules")
                receiver.settle()
    story.event(
        "written",
        f"{sent.samples:,} samples in {sent.requests:,} requests, {sent.size_bytes / 1e6:,.0f} MB; "
        f"vmalert recorded {len(rules.recording)} rules of the past",
    )
    return Truth(lives, plan.now_ms)
