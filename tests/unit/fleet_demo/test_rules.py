"""Files of rules are read as Prometheus reads them."""

from pathlib import Path

import pytest

from tests.fleet_demo.device import DAY_MS, HOUR_MS, MINUTE_MS
from tests.fleet_demo.recording import recorded_at
from tests.fleet_demo.rules import Alert, RulesError, read_rules
from tests.unit.fleet_demo.factories import NOW
from tests.unit.fleet_demo.test_dashboards import a_dashboard, a_panel

RULES = """
groups:
  - name: fleet
    rules:
      - record: site:devices:count
        expr: count by (site) (up)
      - alert: Silent
        expr: absent(up)
"""


def test_alerts_and_recording_rules_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)

    rules = read_rules(tmp_path)

    assert rules.alerts == (Alert("Silent", "absent(up)"),)
    assert rules.recording == ({"record": "site:devices:count", "expr": "count by (site) (up)"},)


@pytest.mark.parametrize("content", ["groups:\n  - name: a", "- a", "groups: [", ""])
def test_what_is_no_file_of_rules_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(content)

    with pytest.raises(RulesError, match=r"bad\.yaml: "):
        read_rules(tmp_path)


def test_a_directory_without_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="no file of rules is there"):
        read_rules(tmp_path)


def test_rules_are_recorded_at_every_moment_a_graph_shows_and_now(tmp_path: Path) -> None:
    dashboard = a_dashboard(tmp_path, a_panel("a", "a"), a_panel("b", "b", interval="6h"))

    [two_hours, six_hours, now] = recorded_at([dashboard], NOW + MINUTE_MS)

    assert (two_hours.step, six_hours.step) == (2 * HOUR_MS, 6 * HOUR_MS)
    assert two_hours[0] == six_hours[0] == NOW - 30 * DAY_MS
    assert two_hours[-1] == NOW
    assert now[-1] == NOW + MINUTE_MS
