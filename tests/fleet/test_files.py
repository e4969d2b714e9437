"""The files as promtool and the API server's tools read them."""

import re
import subprocess
from pathlib import Path

from fleet.mixin import alerts
from fleet.mixin.config import Config
from tests.fleet.scenario import RULES
from tests.support.tools import Tools


def test_promtool_accepts_every_rule(tools: Tools) -> None:
    checked = subprocess.run(
        [tools.promtool, "check", "rules", "--lint=all", "--lint-fatal", RULES],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{RULES.read_text().count('expr: ')} rules found" in checked.stdout


def test_every_alert_s_text_is_written_out() -> None:
    """A template that is not closed is told by promtool; one that lost its braces is not."""
    for each in (
        *alerts.silence(Config()),
        *alerts.capacity(Config()),
        *alerts.software(Config()),
        *alerts.reception(Config()),
        *alerts.clocks(Config()),
    ):
        assert each.description.count("{{ $") == each.description.count("}}")
        assert "{ $" not in each.description.replace("{{ $", "")


def test_every_alert_is_tried() -> None:
    """By its name; the tests say when it fires, when not, and when it resolves."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    names = re.findall(r"alert: (\w+)", RULES.read_text())

    assert [name for name in names if not re.search(rf"\b{name}\b", tests)] == []
    assert len(names) == 12
