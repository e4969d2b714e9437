"""A panel whose query does not show what its title says fails the check."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fleet_demo import checking
from tests.fleet_demo.asking import Answer, Question
from tests.fleet_demo.checking import Verdict, check_alerts, check_dashboard
from tests.fleet_demo.expecting import Expected
from tests.fleet_demo.rules import Alert, Rules
from tests.fleet_demo.truth import Truth
from tests.unit.fleet_demo.factories import NOW, a_life
from tests.unit.fleet_demo.test_dashboards import a_dashboard, a_panel

SITE = (("site", "site-01"),)
ANSWERS = {"clusters": 2.0, "cores": 4.0}
"""Of a receiver that has two devices with two cores each."""


class FakeApi:
    """A receiver that knows the answers to some queries."""

    def answer(self, asked: Question) -> Answer:
        return {(): dict.fromkeys(asked.times_ms, ANSWERS[asked.query])}

    def at(self, query: str, now_ms: int) -> Answer:
        return {SITE: {now_ms: 1.0}} if query == "fires" else {}


@pytest.fixture
def truth() -> Truth:
    return Truth([a_life(), a_life(id="another-id")], NOW)


@pytest.fixture
def panels(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], dict[str, Expected]]:
    known: dict[tuple[str, str], dict[str, Expected]] = {
        ("fleet", "Clusters"): {"A": lambda sight, _: {(): float(len(sight.truth.known))}},
        ("fleet", "Cores"): {
            "A": lambda sight, _: {
                (): float(sum(each.device.hardware.cores for each in sight.truth.known))
            }
        },
    }
    monkeypatch.setattr(checking, "PANELS", known)
    return known


def _checked(truth: Truth, tmp_path: Path, *panels: dict[str, Any]) -> Verdict:
    verdict = Verdict()
    api: Any = FakeApi()
    check_dashboard(api, a_dashboard(tmp_path, *panels), truth, verdict)
    return verdict


@pytest.mark.usefixtures("panels")
def test_panels_that_show_the_truth_pass(truth: Truth, tmp_path: Path) -> None:
    verdict = _checked(
        truth, tmp_path, a_panel("Clusters", "clusters"), a_panel("Cores", "cores", instant=True)
    )

    assert verdict.problems == []
    assert (verdict.queries, verdict.points) == (2, 362)
    assert [each.panel.title for each in verdict.drawn["fleet"]] == ["Clusters", "Cores"]


@pytest.mark.usefixtures("panels")
def test_two_titles_that_are_swapped_fail(truth: Truth, tmp_path: Path) -> None:
    verdict = _checked(
        truth,
        tmp_path,
        a_panel("Clusters", "cores", instant=True),
        a_panel("Cores", "clusters", instant=True),
    )

    assert [problem.partition(": 20")[0] for problem in verdict.problems] == [
        "fleet: Clusters: A (all)",
        "fleet: Cores: A (all)",
    ]
    assert "is 4, but should be 2" in verdict.problems[0]
    assert "is 2, but should be 4" in verdict.problems[1]


def test_a_panel_without_a_truth_fails_and_so_does_a_truth_without_a_panel(
    truth: Truth, tmp_path: Path, panels: dict[tuple[str, str], dict[str, Expected]]
) -> None:
    del panels["fleet", "Cores"]

    verdict = _checked(truth, tmp_path, a_panel("Cores", "cores", instant=True))

    assert verdict.problems == [
        "fleet: there is no panel 'Clusters', but a truth for it",
        "fleet: Cores: A (all): no truth is known for this query: cores",
    ]


@pytest.mark.usefixtures("panels")
def test_a_panel_that_is_left_out_is_asked_and_not_compared(truth: Truth, tmp_path: Path) -> None:
    verdict, api = Verdict(frozenset({("fleet", "Cores")})), FakeApi()
    panels = a_panel("Clusters", "clusters"), a_panel("Cores", "clusters", instant=True)

    check_dashboard(api, a_dashboard(tmp_path, *panels), truth, verdict)  # type: ignore[arg-type]

    assert verdict.problems == []
    assert verdict.queries == 1


@pytest.mark.usefixtures("panels")
def test_two_panels_with_one_title_fail(truth: Truth, tmp_path: Path) -> None:
    cores = a_panel("Cores", "cores", instant=True)

    verdict = _checked(truth, tmp_path, a_panel("Clusters", "clusters"), cores, cores)

    assert verdict.problems == ["fleet: 2 panels have the title 'Cores'"]


@pytest.mark.parametrize(
    ("alerts", "known", "said"),
    [
        pytest.param({"A": "fires"}, {"A": [SITE]}, [], id="as it should be"),
        pytest.param(
            {"A": "fires"},
            {"A": []},
            ['alert A: fires for {site="site-01"}, which has no such fault'],
            id="false alarm",
        ),
        pytest.param(
            {"A": "is quiet"},
            {"A": [SITE]},
            ['alert A: does not fire for {site="site-01"}'],
            id="no alarm",
        ),
        pytest.param({"A": "fires"}, {}, ["alert A: no truth is known for it"], id="unknown alert"),
        pytest.param(
            {}, {"A": [SITE]}, ["alert A: there is none, but a truth for it"], id="no alert"
        ),
    ],
)
def test_alerts_are_held_to_the_faults(
    alerts: Mapping[str, str],
    known: Mapping[str, list[Any]],
    said: list[str],
    truth: Truth,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    truths = {name: (lambda _, labels=labels: labels) for name, labels in known.items()}
    monkeypatch.setattr(checking, "ALERTS", truths)
    rules = Rules(tuple(Alert(name, expr) for name, expr in alerts.items()), ())
    verdict, api = Verdict(), FakeApi()

    check_alerts(api, rules, truth, verdict)  # type: ignore[arg-type]

    assert verdict.problems == said
