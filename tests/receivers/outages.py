"""A day and 72 hours without a link, lived by a real operator for every receiver at once."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from microshift_telemetry.clock import SystemClock, milliseconds
from tests.receivers.journey import A_MINUTE, AN_HOUR, Journey, Traveller, hourly_with_grid_at
from tests.receivers.link import Link
from tests.receivers.settings import Setting
from tests.receivers.store import Server
from tests.support.clocks.device_clock import DeviceClock
from tests.support.control_plane import ControlPlane
from tests.support.device import Device

HOURS = {"day": 24, "72h": 72}
BEHIND = timedelta(minutes=25)
"""So far the device's clock is behind ours when its link is back: it lives on to about now."""
TOO_OLD_TO_BE_FRESH = timedelta(minutes=35)
"""The last pass of the outage: the report that follows makes another one."""
LIFE = timedelta(minutes=4)
"""About what the 72 hours take; half an hour more or less makes no difference."""
SERIES = 17
"""Of a fresh pass."""
MOST_MINUTES = 20
"""After so long fresh data must have arrived."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one outage at one receiver."""

    setting: Setting
    outage: str
    due: int
    """Samples that waited when the link came back, and those of a fresh pass."""
    stored: int
    fresh_after_minutes: float | None
    """When a fresh pass was stored, counted from the link's return; None: not in time."""
    pending: int
    dropped: int
    requests: int
    reporting: str
    message: str


def live_through_outages(
    control_plane: ControlPlane, directory: Path, settings: Sequence[Setting]
) -> list[Row]:
    """Live, and give a row for each setting and outage."""
    now = SystemClock().now()
    link_is_back = now + LIFE - BEHIND
    clock = DeviceClock(directory / "clock")
    clock.boot(at=link_is_back - _since_begin("72h"))
    clock.synchronize()
    journey = Journey(Device(control_plane, directory, clock), clock)
    cluster_id = control_plane.kubectl(
        *("get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}")
    )
    spec = hourly_with_grid_at(cluster_id, link_is_back - TOO_OLD_TO_BE_FRESH)
    with ExitStack() as stack:
        servers = [stack.enter_context(each.server(directory / each.name)) for each in settings]
        stack.enter_context(journey.running())
        lines = []
        for outage in sorted(HOURS, key=HOURS.__getitem__, reverse=True):
            journey.live_until(link_is_back - _since_begin(outage))
            for setting, server in zip(settings, servers, strict=True):
                store = stack.enter_context(server.store(outage))
                link = stack.enter_context(Link(store, clock.true_time))
                traveller = Traveller(f"{setting.name}-{outage}", link.cut(), store, spec)
                journey.add(traveller)
                lines.append(_Line(setting, outage, traveller))
        journey.live_until(link_is_back)
        return _rows(journey, lines, servers)


@dataclass(frozen=True, slots=True)
class _Line:
    setting: Setting
    outage: str
    traveller: Traveller

    def fresh_after(self, moment: datetime) -> float | None:
        """Tell after how many minutes a pass of a later moment was accepted."""
        return next(
            (
                (each.at - moment) / A_MINUTE
                for each in self.traveller.link.exchanges
                if each.status in {200, 204} and each.times_ms[-1] >= milliseconds(moment)
            ),
            None,
        )


def _since_begin(outage: str) -> timedelta:
    """Tell how long before its link is back a device is first seen.

    Its first pass on the grid is the oldest one of the outage.
    """
    return HOURS[outage] * AN_HOUR - 20 * A_MINUTE


def _rows(journey: Journey, lines: list[_Line], servers: list[Server]) -> list[Row]:
    before, moment = journey.statuses(), journey.clock.true_time()
    for line in lines:
        line.traveller.link.mend()
    for _ in range(MOST_MINUTES):
        journey.step(A_MINUTE)
        statuses = journey.statuses()
        if all(_is_done(line, statuses, moment) for line in lines):
            break
    after = journey.statuses()
    for server in servers:
        server.settle()
    return [_row(line, before, after, moment) for line in lines]


def _is_done(line: _Line, statuses: Mapping[str, Mapping[str, Any]], moment: datetime) -> bool:
    """Tell whether nothing waits any more and a fresh pass has arrived."""
    pending = statuses[line.traveller.name].get("pendingSamples")
    return line.fresh_after(moment) is not None and not pending


def _row(
    line: _Line,
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
    moment: datetime,
) -> Row:
    name, link = line.traveller.name, line.traveller.link
    told = next(each for each in after[name]["conditions"] if each["type"] == "Reporting")
    stored = sum(
        len(samples)
        for labels, samples in line.traveller.store.samples().items()
        if "_id" in dict(labels)
    )
    return Row(
        line.setting,
        line.outage,
        due=before[name]["pendingSamples"] + SERIES,
        stored=stored,
        fresh_after_minutes=line.fresh_after(moment),
        pending=after[name]["pendingSamples"],
        dropped=after[name]["droppedSamples"],
        requests=len(link.exchanges),
        reporting=told["reason"],
        message=told["message"],
    )
