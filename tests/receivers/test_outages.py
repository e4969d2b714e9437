"""What each receiver stores of a day and of 72 hours that a real operator could not deliver."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from microshift_telemetry.clock import SystemClock
from microshift_telemetry.controller.schedule import milliseconds
from tests.conftest import MakeControlPlane
from tests.receivers.device_clock import DeviceClock
from tests.receivers.journey import (
    A_MINUTE,
    AN_HOUR,
    Journey,
    Traveller,
    hourly_with_grid_at,
)
from tests.receivers.link import Link
from tests.receivers.settings import IN_THE_TABLE, Setting, chosen
from tests.receivers.store import Server
from tests.support.device import Device
from tests.support.surroundings import lay_microshift

OUTAGES = {"day": 24, "72h": 72}
BEHIND = timedelta(minutes=25)
"""So far the device's clock is behind ours when its link is back: it lives on to about now."""
MOST_MINUTES = 20
"""After so long fresh data must have arrived."""
LIFE = timedelta(minutes=4)
"""About what the 72 hours take."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one outage at one receiver."""

    setting: Setting
    outage: str
    due: int
    """Samples that waited, the fresh pass included."""
    stored: int
    dropped: int
    requests: int
    fresh_minutes: float | None
    """How long after the link was back a fresh pass was stored."""
    reporting: str
    message: str


@pytest.mark.timeout(1800)
def test_after_an_outage_each_receiver_has_what_its_window_allows(
    make_control_plane: MakeControlPlane, tmp_path: Path
) -> None:
    control_plane = make_control_plane()
    lay_microshift(control_plane)
    device = Device(control_plane, tmp_path)
    now = SystemClock().now()
    clock = DeviceClock(tmp_path, now - timedelta(hours=72, minutes=50))
    cluster_id = control_plane.kubectl(
        "get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"
    )
    spec = hourly_with_grid_at(cluster_id, now + LIFE - BEHIND)
    journey = Journey(device, clock)
    rows = []
    with ExitStack() as stack:
        servers = [
            (setting, stack.enter_context(setting.server(tmp_path / setting.name)))
            for setting in chosen(IN_THE_TABLE)
        ]
        stack.enter_context(journey.running())
        travellers = {
            (setting, outage): _traveller(stack, journey, setting, server, outage, spec)
            for setting, server in servers
            for outage in OUTAGES
        }
        for setting, outage in travellers:
            print(setting.name, outage)
