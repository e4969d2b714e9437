"""What happens to a whole fleet in one moment, and what its receiver sees of it."""

import random
import uuid
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

from microshift_telemetry.sending import connection
from tests.bench.fleet.device import Arrival, Device
from tests.bench.fleet.world import Span, World

A_MINUTE, AN_HOUR, A_DAY = 60, 3_600, 86_400
RETRY_CAP = 15 * A_MINUTE
CONNECT_SECONDS = connection.CONNECT_SECONDS


@dataclass(frozen=True, slots=True)
class Scenario:
    """One world, and where to look for the peak."""

    key: str
    title: str
    world: World
    window: Span
    """Where the load is judged; the optimum spreads its requests evenly over it."""
    bin_seconds: int
    until: int
    """Long enough for every device to deliver."""
    shown: Span
    """What the plot shows."""
    off: timedelta | None = None
    """All devices get their power at second 0 after so long; None: they have it all the time."""

    def arrivals(self, device: Device) -> Iterator[Arrival]:
        """Let a device live through it."""
        return device.run(self.until) if self.off is None else device.boot(self.off, self.until)


OUTAGE = Scenario(
    "outage",
    "a link outage of a day ends for all at once",
    World(link_down=Span(0, A_DAY)),
    window=Span(A_DAY, A_DAY + RETRY_CAP),
    bin_seconds=30,
    until=A_DAY + 2 * RETRY_CAP,
    shown=Span(A_DAY - 5 * A_MINUTE, A_DAY + 20 * A_MINUTE),
)
SCENARIOS = (
    Scenario(
        "power_cut",
        "power comes back for all at once",
        World(),
        window=Span(2 * A_MINUTE, 7 * A_MINUTE),
        bin_seconds=10,
        until=15 * A_MINUTE,
        off=timedelta(hours=1),
        shown=Span(0, 10 * A_MINUTE),
    ),
    OUTAGE,
    replace(
        OUTAGE,
        key="silent_outage",
        title="the same, but packets vanish in place of being refused",
        world=replace(OUTAGE.world, connect_timeout_seconds=CONNECT_SECONDS),
    ),
    Scenario(
        "steady",
        "a week without a fault",
        World(),
        window=Span(0, 7 * A_DAY),
        bin_seconds=300,
        until=7 * A_DAY,
        shown=Span(0, A_DAY),
    ),
    Scenario(
        "unavailable",
        "the receiver answers 503 for an hour",
        World(unavailable=Span(A_DAY, A_DAY + AN_HOUR)),
        window=Span(A_DAY + AN_HOUR, A_DAY + AN_HOUR + RETRY_CAP),
        bin_seconds=30,
        until=A_DAY + 3 * AN_HOUR,
        shown=Span(A_DAY - AN_HOUR / 2, A_DAY + 2 * AN_HOUR),
    ),
    Scenario(
        "power_cut_unavailable",
        "power comes back for all, and the receiver answers 503 for an hour",
        World(unavailable=Span(0, AN_HOUR)),
        window=Span(AN_HOUR, AN_HOUR + RETRY_CAP),
        bin_seconds=30,
        until=3 * AN_HOUR,
        off=timedelta(hours=1),
        shown=Span(0, 2 * AN_HOUR),
    ),
)


@dataclass(frozen=True, slots=True)
class Load:
    """What one fleet has brought to its receiver."""

    requests: int
    """In the window."""
    peak_per_second: float
    """The fullest bin of the window."""
    optimum_per_second: float
    """The same requests spread evenly over the window."""
    highest_per_second: float
    """The fullest bin of all."""
    starved: int
    """Devices that owe a report at the end: nothing has arrived, or a refused one last."""
    last_delivery_seconds: float
    """When the last report that was owed has arrived, from the window's begin on."""
    curve: list[tuple[float, float]]
    """(second, requests a second) of what is shown."""

    @property
    def ratio(self) -> float:
        """Tell the peak in optima."""
        return self.peak_per_second / self.optimum_per_second


def load_of(scenario: Scenario, seed: int, devices: int) -> Load:
    """Let a fleet live through a scenario; devices don't know of each other, so one by one."""
    bins = array("L", [0]) * (scenario.until // scenario.bin_seconds + 1)
    starved, last_delivery, window = 0, 0.0, scenario.window
    for cluster_id, jitter in _fleet(seed, devices):
        owes = True
        for arrival in scenario.arrivals(Device(cluster_id, scenario.world, jitter.random)):
            bins[int(arrival.at // scenario.bin_seconds)] += arrival.requests
            if owes and arrival.is_report:
                last_delivery = max(last_delivery, arrival.at - window.begin)
            owes = not arrival.is_report
        starved += owes
    first, last = (int(edge // scenario.bin_seconds) for edge in (window.begin, window.end))
    judged = bins[first:last]
    return Load(
        requests=sum(judged),
        peak_per_second=max(judged) / scenario.bin_seconds,
        optimum_per_second=sum(judged) / (window.end - window.begin),
        highest_per_second=max(bins) / scenario.bin_seconds,
        starved=starved,
        last_delivery_seconds=last_delivery,
        curve=_curve(bins, scenario),
    )


def _fleet(seed: int, devices: int) -> Iterator[tuple[str, random.Random]]:
    """Give each device an id and the numbers that it throws."""
    numbers = random.Random(seed)  # noqa: S311  # the same fleet for the same seed
    for _ in range(devices):
        yield str(uuid.UUID(int=numbers.getrandbits(128), version=4)), numbers


def _curve(bins: "array[int]", scenario: Scenario) -> list[tuple[float, float]]:
    size = scenario.bin_seconds
    edges = range(int(scenario.shown.begin), int(scenario.shown.end) + 1, size)
    return [(float(begin), bins[begin // size] / size) for begin, _ in pairwise(edges)]
