"""A real operator that lives days in minutes, with a TelemetryConfig for each receiver."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from microshift_telemetry.clock import EPOCH
from microshift_telemetry.controller.schedule import grids
from tests.receivers.link import Link
from tests.receivers.store import Store
from tests.support.clocks.device_clock import DeviceClock
from tests.support.device import Device
from tests.support.waiting import wait_for

AN_HOUR, A_MINUTE = timedelta(hours=1), timedelta(minutes=1)
A_LITTLE = timedelta(seconds=2)
NEVER = "1970-01-01T00:00:00Z"
COUNTED = re.compile(r"^apiserver_resource_objects\{[^}]*\} [1-9]", re.MULTILINE)
STEP_SECONDS = 150
"""A leap's work takes a second or two, also where twenty TelemetryConfigs have a pass each."""
QUIET_SECONDS = 0.4
"""A round's requests follow each other faster."""


@dataclass(slots=True)
class Traveller:
    """A TelemetryConfig and the link to its receiver."""

    name: str
    link: Link
    store: Store
    spec: Mapping[str, object]

    def endpoint(self) -> str:
        """Give the receiver's path on the link's address."""
        return f"{self.link.url}/{self.store.write_url.split('/', 3)[3].partition('?')[0]}"


class Journey:
    """Drives the clock of one operator from one leap to the next."""

    def __init__(self, device: Device, clock: DeviceClock) -> None:
        """Begin once entered."""
        self.device, self.clock = device, clock
        self._travellers: dict[str, Traveller] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the operator under this clock while the block lasts."""
        # Its API server answers 429 while the storage of a new kind is made.
        wait_for("a list of TelemetryConfigs", self._is_served, STEP_SECONDS)
        with self.device.operator() as operator:
            yield
            assert "Traceback" not in operator.log()

    def add(self, traveller: Traveller) -> None:
        """Apply a TelemetryConfig and wait until its first pass is planned."""
        self._travellers[traveller.name] = traveller
        headers = [{"name": name, "value": at} for name, at in traveller.store.headers.items()]
        spec = {"endpoint": traveller.endpoint(), "headers": headers, **traveller.spec}
        self.device.apply(traveller.name, requested_at="", **spec)
        wait_for(
            f"{traveller.name}: a plan",
            lambda: "nextSampleTime" in self.device.status(traveller.name),
            STEP_SECONDS,
        )

    def step(self, span: timedelta) -> None:
        """Let time pass, and wait until all that is due by then has been done."""
        due = self._due()
        self.clock.leap(span)
        wait_for("every pass that is due", lambda: self._has_made(due), STEP_SECONDS)
        self._wait_for_quiet()

    def live_until(self, moment: datetime) -> None:
        """Leap from one pass of the device to the next one."""
        while (due := min([moment, *self._due().values()])) < moment:
            self.step(max(due - self.clock.true_time(), timedelta()) + A_LITTLE)
        self.step(max(moment - self.clock.true_time(), timedelta()))

    def statuses(self) -> dict[str, Mapping[str, Any]]:
        """Read every status at once."""
        found = json.loads(self.device.control_plane.kubectl("get", "tcfg", "-o", "json"))
        return {each["metadata"]["name"]: each.get("status", {}) for each in found["items"]}

    def _is_served(self) -> bool:
        """Tell whether the kind is served, and objects are counted: within two minutes."""
        kubectl = self.device.control_plane.kubectl
        listed = kubectl("get", "tcfg", "-o", "json", check=False)
        metrics = kubectl("get", "--raw", "/metrics", check=False)
        return '"items"' in listed and COUNTED.search(metrics) is not None

    def _due(self) -> dict[str, datetime]:
        return {
            name: datetime.fromisoformat(status["nextSampleTime"])
            for name, status in self.statuses().items()
        }

    def _has_made(self, due: Mapping[str, datetime]) -> bool:
        """Tell whether each pass that was due has ended: a leap would cut its reads short."""
        now, statuses = self.clock.true_time(), self.statuses()
        return all(
            datetime.fromisoformat(statuses[name].get("lastSampleTime", NEVER)) >= moment
            for name, moment in due.items()
            if moment <= now
        )

    def _wait_for_quiet(self) -> None:
        """Wait until no link has had a request for a while."""
        before = -1
        while (count := self._requests()) != before:
            before = count
            time.sleep(QUIET_SECONDS)

    def _requests(self) -> int:
        return sum(len(each.link.requests) for each in self._travellers.values())


def hourly_with_grid_at(cluster_id: str, moment: datetime) -> Mapping[str, object]:
    """Give a spec of about a day whose passes are made as close as can be before a moment.

    The phase of a device's grids comes from its cluster's id and its sending interval.
    """

    def since_a_pass(hours: int) -> timedelta:
        passes = grids(cluster_id, AN_HOUR, hours * AN_HOUR).passes
        return (moment - EPOCH - passes.offset) % AN_HOUR

    hours = min(range(24, 12, -1), key=since_a_pass)
    return {"sendingInterval": f"{hours}h", "samplingInterval": "1h"}
