"""Holds every panel and every alert to the simulation's truth."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.fleet_demo.asking import Answer, Api, QueryError, question, variable_values
from tests.fleet_demo.comparing import differences, shown
from tests.fleet_demo.dashboards import Dashboard, DashboardError, Panel
from tests.fleet_demo.expecting import ALERTS, PANELS, Sight
from tests.fleet_demo.looks import Look, looks
from tests.fleet_demo.pictures import Drawn
from tests.fleet_demo.rules import Rules
from tests.fleet_demo.truth import Truth

SHOWN = 3
"""So many differences of a query are told."""


@dataclass(slots=True)
class Verdict:
    """What a check has found."""

    left_out: frozenset[tuple[str, str]] = frozenset()
    """Panels, by dashboard and title, that are run and not compared."""
    queries: int = 0
    points: int = 0
    """So many values were compared."""
    problems: list[str] = field(default_factory=list)
    seen: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """How many of them by dashboard, title and query."""
    drawn: dict[str, list[Drawn]] = field(default_factory=dict)
    """The answers at the first look at each dashboard."""

    def add(self, where: str, found: Sequence[str]) -> None:
        """Note what is wrong with one query, in few lines."""
        self.problems += [f"{where}: {each}" for each in found[:SHOWN]]
        if len(found) > SHOWN:
            self.problems.append(f"{where}: and {len(found) - SHOWN} more")


def check_dashboard(api: Api, dashboard: Dashboard, truth: Truth, verdict: Verdict) -> None:
    """Run the queries of all panels, at every look, and compare."""
    verdict.problems += _wrong_titles(dashboard)
    try:
        choices = variable_values(api, dashboard, truth.now_ms)
        for number, look in enumerate(looks(dashboard, choices, truth)):
            answers = [_panel(api, dashboard, panel, look, verdict) for panel in dashboard.panels]
            if number == 0:
                verdict.drawn[dashboard.name] = answers
    except (DashboardError, QueryError) as error:
        verdict.problems.append(f"{dashboard.name}: {error}")
    verdict.problems += [
        f"{': '.join(where)}: is empty at every look, so nothing was compared"
        for where, points in verdict.seen.items()
        if where[0] == dashboard.name and not points
    ]


def _wrong_titles(dashboard: Dashboard) -> Iterator[str]:
    titles = Counter(panel.title for panel in dashboard.panels)
    for title, count in titles.items():
        if count > 1:
            yield f"{dashboard.name}: {count} panels have the title {title!r}"
    for name, title in sorted(PANELS):
        if name == dashboard.name and title not in titles:
            yield f"{dashboard.name}: there is no panel {title!r}, but a truth for it"


def _panel(api: Api, dashboard: Dashboard, panel: Panel, look: Look, verdict: Verdict) -> Drawn:
    """Compare one panel's queries; one of which nothing is known is a problem."""
    answers: dict[str, Answer] = {}
    truths = PANELS.get((dashboard.name, panel.title), {})
    for target in panel.targets:
        asked = question(panel, target, look.values, dashboard, look.truth.now_ms)
        where = f"{dashboard.name}: {panel.title}: {target.ref} ({look.name})"
        try:
            answers[target.ref] = api.answer(asked)
        except QueryError as error:
            answers[target.ref] = {}
            verdict.problems.append(f"{where}: {error}")
            continue
        if target.ref not in truths:
            verdict.problems.append(f"{where}: no truth is known for this query: {asked.query}")
            continue
        if (dashboard.name, panel.title) in verdict.left_out:
            continue
        sight = Sight(look.truth, look.fleet)
        expected = {at_ms: truths[target.ref](sight, at_ms) for at_ms in asked.times_ms}
        verdict.queries += 1
        points = sum(map(len, expected.values()))
        verdict.points += points
        verdict.seen[dashboard.name, panel.title, target.ref] += points
        verdict.add(where, list(differences(answers[target.ref], expected)))
    return Drawn(panel, answers)


def check_alerts(api: Api, rules: Rules, truth: Truth, verdict: Verdict) -> Mapping[str, int]:
    """Hold each alert's series to those of the faulty devices; tell how many fire of each."""
    firing: dict[str, int] = {}
    for alert in rules.alerts:
        verdict.queries += 1
        try:
            found = {frozenset(labels) for labels in api.at(alert.expr, truth.now_ms)}
        except QueryError as error:
            verdict.problems.append(f"alert {alert.name}: {error}")
            continue
        firing[alert.name] = len(found)
        if alert.name not in ALERTS:
            verdict.problems.append(f"alert {alert.name}: no truth is known for it")
            continue
        expected = {frozenset(each) for each in ALERTS[alert.name](truth)}
        verdict.points += len(expected)
        verdict.add(f"alert {alert.name}", list(_wrong(found, expected)))
    verdict.problems += [
        f"alert {name}: there is none, but a truth for it"
        for name in sorted(ALERTS.keys() - firing.keys())
    ]
    return firing


def _wrong(
    found: set[frozenset[tuple[str, str]]], expected: set[frozenset[tuple[str, str]]]
) -> Iterator[str]:
    for labels in sorted(map(tuple, map(sorted, found - expected))):
        yield f"fires for {shown(labels)}, which has no such fault"
    for labels in sorted(map(tuple, map(sorted, expected - found))):
        yield f"does not fire for {shown(labels)}"
