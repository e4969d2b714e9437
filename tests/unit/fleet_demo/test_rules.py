"""Files of rules are read as Prometheus reads them."""

from pathlib import Path

import pytest

from tests.fleet_demo.rules import Alert, RulesError, read_rules

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
