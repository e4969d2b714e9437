"""Writes the fleet, checks what the dashboards show of it, and says where to look."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path

from microshift_telemetry.clock import SystemClock, milliseconds, moment
from tests.demo.ending import cleaning_up_undisturbed, played
from tests.demo.story import Story
from tests.fleet_demo.asking import Api
from tests.fleet_demo.checking import Verdict, check_alerts, check_dashboard
from tests.fleet_demo.dashboards import Dashboard, DashboardError, read_dashboards
from tests.fleet_demo.device import DAYS
from tests.fleet_demo.directions import directions
from tests.fleet_demo.filling import filled
from tests.fleet_demo.pictures import svg
from tests.fleet_demo.planning import Plan
from tests.fleet_demo.recording import EVERY_MS
from tests.fleet_demo.rules import Rules, RulesError, read_rules
from tests.fleet_demo.server import RECEIVERS, VictoriaMetrics
from tests.fleet_demo.truth import Truth
from tests.fleet_demo.writing import WriteError
from tests.support.go_toolchain import REPOSITORY, GoError
from tests.support.process import ProcessError

DASHBOARDS, RULES = REPOSITORY / "fleet" / "dashboards", REPOSITORY / "fleet" / "rules"
DEVICES, FEWEST_DEVICES = 2_000, 100
FAILURES = (
    DashboardError,
    RulesError,
    WriteError,
    GoError,
    ProcessError,
    OSError,
    HTTPException,
)
"""What ends a demo that somebody or something disturbs; the last line says what it was."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is checked, and what it is held to."""

    dashboards: Sequence[Dashboard]
    rules: Rules
    truth: Truth
    left_out: frozenset[tuple[str, str]]


def main() -> int:
    """Play the demo and give its exit code."""
    arguments = _arguments()
    story = Story(sys.stdout)
    return played(partial(_play, story, arguments), story, FAILURES)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fleet-demo", description=__doc__)
    parser.add_argument("--devices", type=_devices, default=DEVICES, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another fleet for each")
    parser.add_argument("--check", action="store_true", help="end after the checks")
    parser.add_argument("--receiver", choices=RECEIVERS, default=VictoriaMetrics.name)
    parser.add_argument("--pictures", type=Path, metavar="DIRECTORY", help="draw the dashboards")
    return parser.parse_args()


def _devices(text: str) -> int:
    if not text.isdigit() or int(text) < FEWEST_DEVICES:
        raise argparse.ArgumentTypeError(f"{text!r}: a number from {FEWEST_DEVICES} on is needed")
    return int(text)


def _play(story: Story, arguments: argparse.Namespace) -> bool:
    dashboards, rules = read_dashboards(DASHBOARDS), read_rules(RULES)
    now_ms = milliseconds(SystemClock().now()) // EVERY_MS * EVERY_MS
    receives = RECEIVERS[arguments.receiver]
    plan = Plan(arguments.devices, arguments.seed, now_ms, receives.cannot_show)
    story.paragraph(
        f"{plan.devices:,} simulated devices at {plan.sites} sites, {DAYS} days until "
        f"{moment(now_ms):%Y-%m-%d %H:%M} UTC, seed {plan.seed}. The operator's own code shapes "
        f"and encodes their reports; the receiver is a real {arguments.receiver} on loopback."
    )
    with (
        tempfile.TemporaryDirectory(prefix="telemetry-fleet-") as scratch,
        receives(Path(scratch) / "receiver") as receiver,
        cleaning_up_undisturbed(),
    ):
        truth = filled(plan, receiver, rules, Path(scratch), story)
        fleet = Fleet(dashboards, rules, truth, receives.differs)
        is_good = _checked(fleet, Api(receiver.url), story, arguments.pictures)
        story.chapter("Where to look; Ctrl-C ends it all" if not arguments.check else "The fleet")
        story.lines(directions(receiver, truth, now_ms))
        while not arguments.check:
            signal.pause()
    story.lines(["Everything is stopped; nothing is left behind."])
    return is_good


def _checked(fleet: Fleet, api: Api, story: Story, pictures: Path | None) -> bool:
    verdict = Verdict(fleet.left_out)
    for dashboard in fleet.dashboards:
        check_dashboard(api, dashboard, fleet.truth, verdict)
        story.event("checked", f"{dashboard.title}: {len(dashboard.panels)} panels")
        if pictures is not None and dashboard.name in verdict.drawn:
            pictures.mkdir(parents=True, exist_ok=True)
            file = pictures / f"{dashboard.name}.svg"
            file.write_text(svg(dashboard, verdict.drawn[dashboard.name]))
            story.event("drawn", str(file))
    firing = check_alerts(api, fleet.rules, fleet.truth, verdict)
    story.event("alerts", ", ".join(f"{name} {count}" for name, count in firing.items()))
    if fleet.left_out:
        titles = ", ".join(title for _, title in sorted(fleet.left_out))
        story.event("not compared", f"{titles}: this receiver computes them in another way")
    for problem in verdict.problems:
        story.bad(f"WRONG {problem}")
    if verdict.problems:
        story.bad(f"FAILED: {len(verdict.problems)} differences from the simulation.")
        return False
    story.good(
        f"{verdict.queries:,} queries with {verdict.points:,} values equal the simulation's truth. "
        f"It took {story.seconds:.0f} s."
    )
    return True
