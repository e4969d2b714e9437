"""Where a visitor is told to look."""

from pathlib import Path

import pytest

from tests.fleet_demo.device import Fault
from tests.fleet_demo.directions import directions, faults_told, graph_url
from tests.fleet_demo.server import RECEIVERS
from tests.fleet_demo.truth import Truth
from tests.unit.fleet_demo.factories import NOW, a_device, a_life


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("victoria-metrics", "/vmui/#/?g0.expr=up%20%3E%200&g0.range_input=35d&g0.end_input=2027"),
        ("prometheus", "/query?g0.expr=up%20%3E%200&g0.range_input=35d&g0.end_input=2027"),
    ],
)
def test_a_graph_is_on_the_receiver_s_own_page(name: str, path: str, tmp_path: Path) -> None:
    receiver = RECEIVERS[name](tmp_path)

    assert graph_url(receiver, "up > 0", NOW).startswith(receiver.url + path)


def test_one_device_of_each_fault_is_named(tmp_path: Path) -> None:
    lives = [a_life(id="a"), *(a_life(id=each, fault=Fault.SILENT) for each in ("b", "c"))]

    lines = directions(RECEIVERS["prometheus"](tmp_path), Truth(lives, NOW), NOW)

    assert [line for line in lines if line.endswith("silent")] == ["    b  site-01  silent"]


def test_the_devices_of_each_fault_are_counted() -> None:
    told = faults_told([a_device(), a_device(fault=Fault.SILENT), a_device(fault=Fault.SILENT)])

    assert ", 2 silent, 0 retired, " in told
