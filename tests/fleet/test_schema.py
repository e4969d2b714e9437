"""The dashboards against Grafana's schema, as its Go library reads it: it did not write them."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.tools import program

DASHBOARDS = Path(__file__).parents[2] / "fleet/dashboards"


@pytest.fixture(scope="module")
def schema() -> Path:
    return program("grafana-schema")


def _check(schema: Path, *files: Path) -> str:
    done = subprocess.run([schema, *files], capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    assert (done.returncode == 0) == (done.stdout == "")
    return done.stdout


def _stat(dashboard: Any) -> Any:
    return next(panel for panel in dashboard["panels"] if panel["type"] == "stat")


def _wrong_option(dashboard: Any) -> None:
    _stat(dashboard)["options"]["graphMod"] = "none"


def _wrong_query(dashboard: Any) -> None:
    _stat(dashboard)["targets"][0]["query"] = "up"


def _wrong_title(dashboard: Any) -> None:
    _stat(dashboard)["title"] = 3


def _wrong_panel(dashboard: Any) -> None:
    _stat(dashboard)["type"] = "graf"


def test_the_dashboards_follow_the_schema(schema: Path) -> None:
    files = sorted(DASHBOARDS.glob("*.json"))

    assert [file.stem for file in files] == ["delivery", "device", "fleet", "growth"]
    assert _check(schema, *files) == ""


@pytest.mark.parametrize(
    ("spoil", "finding"),
    [
        pytest.param(_wrong_option, "unexpected field 'graphMod'", id="option"),
        pytest.param(_wrong_query, "unexpected field 'query'", id="query"),
        pytest.param(_wrong_title, "].title", id="type-of-a-field"),
        pytest.param(_wrong_panel, 'unknown type "graf"', id="type-of-a-panel"),
    ],
)
def test_a_dashboard_that_does_not_is_named(
    spoil: Callable[[Any], None], finding: str, schema: Path, tmp_path: Path
) -> None:
    dashboard = json.loads((DASHBOARDS / "fleet.json").read_text())
    spoil(dashboard)
    file = tmp_path / "spoilt.json"
    file.write_text(json.dumps(dashboard))

    assert finding in _check(schema, file)
