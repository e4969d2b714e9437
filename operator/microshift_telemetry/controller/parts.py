"""The parts of one TelemetryConfig, each the only owner of what it knows."""

from dataclasses import dataclass

from microshift_telemetry.buffer.store import Store
from microshift_telemetry.controller.counters import Counters
from microshift_telemetry.controller.demanded import DemandedLabels
from microshift_telemetry.controller.device_labels import DeviceLabels
from microshift_telemetry.controller.hindrances import Hindrances
from microshift_telemetry.controller.launches import Launches
from microshift_telemetry.controller.passes import Passes
from microshift_telemetry.controller.renewal import Renewal
from microshift_telemetry.controller.rounds import Rounds
from microshift_telemetry.controller.specs import Requests, Specs
from microshift_telemetry.controller.timekeeping import Timekeeper
from microshift_telemetry.controller.timetable import Timetable


@dataclass(frozen=True, slots=True)
class Parts:
    """What is said of an object is composed from these; nobody changes another's state."""

    specs: Specs
    requests: Requests
    store: Store
    timekeeper: Timekeeper
    timetable: Timetable
    passes: Passes
    rounds: Rounds
    hindrances: Hindrances
    counters: Counters
    labels: DeviceLabels
    demanded: DemandedLabels
    launches: Launches
    renewal: Renewal | None = None
    """Of the pod; None where there is no pod that could be made anew."""
