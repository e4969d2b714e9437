"""What every dashboard has, and that Grafana's own types read it."""

import json
from itertools import combinations
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.unit.fleet.generated import PAGES, page, panels

every_page = pytest.mark.parametrize("name", PAGES)


def _as_grafana_reads(dashboard: dict[str, Any]) -> Any:
    """Read by the types that are made from Grafana's schema, and write what was understood."""
    register_default_plugins()
    return json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))


@every_page
def test_the_types_of_grafana_read_and_write_the_same(name: str) -> None:
    assert _as_grafana_reads(page(name)) == page(name)


def test_what_the_schema_does_not_know_is_lost() -> None:
    panel = page("fleet")["panels"][1]
    panel["fieldConfig"]["defaults"]["colour"] = "green"

    assert _as_grafana_reads({**page("fleet"), "panels": [panel]})["panels"] != [panel]


@every_page
def test_every_panel_is_explained(name: str) -> None:
    shown = panels(name)

    titles = [panel["title"] for panel in shown]
    assert len(titles) == len(set(titles))
    for panel in shown:
        assert panel["description"].endswith("."), panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}"
        if panel["type"] != "table":
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]


@every_page
def test_variables_choose_the_data_source_and_the_devices(name: str) -> None:
    variables = [each["name"] for each in page(name)["templating"]["list"]]

    assert variables == ["datasource", "site", *(["_id"] if name == "device" else [])]


@every_page
def test_no_panel_covers_another(name: str) -> None:
    places = [panel["gridPos"] for panel in page(name)["panels"]]

    assert [(a, b) for a, b in combinations(places, 2) if _overlap(a, b)] == []
    assert all(place["x"] + place["w"] <= 24 for place in places)


def _overlap(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return bool(
        a["x"] < b["x"] + b["w"]
        and b["x"] < a["x"] + a["w"]
        and a["y"] < b["y"] + b["h"]
        and b["y"] < a["y"] + a["h"]
    )


@every_page
def test_panels_can_be_linked_to(name: str) -> None:
    numbers = [panel["id"] for panel in page(name)["panels"]]

    assert numbers == list(range(1, len(numbers) + 1))


def test_tables_lead_to_the_page_of_a_device() -> None:
    urls = {
        link["url"]
        for name in PAGES
        for panel in panels(name)
        for override in panel["fieldConfig"]["overrides"]
        for each in override["properties"]
        if each["id"] == "links"
        for link in each["value"]
    }

    [url] = urls
    assert url.startswith(f"/d/{page('device')['uid']}?")
