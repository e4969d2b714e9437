"""Every alert has a page, and the page begins with what to run."""

import re

import pytest

from microshift_telemetry_cli.arguments import COMMANDS
from tests.unit.fleet.generated import ALERTS, REPOSITORY

RUNBOOKS = REPOSITORY / "docs/runbooks"
NAMES = [alert["alert"] for alert in ALERTS]


def _page(alert: str) -> str:
    return "-".join(re.findall(r"[A-Z][a-z]+", alert)).lower() + ".md"


def test_every_page_belongs_to_an_alert() -> None:
    assert {path.name for path in RUNBOOKS.iterdir()} == {_page(name) for name in NAMES}
    assert len(NAMES) == len(set(NAMES)) == 12


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_an_alert_leads_to_its_page(alert: dict[str, dict[str, str]]) -> None:
    url = alert["annotations"]["runbook_url"]

    assert url.endswith(f"/docs/runbooks/{_page(str(alert['alert']))}")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_begins_with_one_command(name: str) -> None:
    lines = (RUNBOOKS / _page(name)).read_text().splitlines()

    assert lines[:3] == [f"# {name}", "", "```sh"]
    assert lines[4] == "```"
    _, plugin, command, *_ = lines[3].split()
    assert lines[3].startswith("kubectl telemetry ")
    assert (plugin, command in COMMANDS) == ("telemetry", True)


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_an_alert_says_what_it_means(alert: dict[str, dict[str, str]]) -> None:
    assert alert["labels"]["severity"] in {"info", "warning", "critical"}
    for text in ("summary", "description"):
        assert alert["annotations"][text].endswith(".")
