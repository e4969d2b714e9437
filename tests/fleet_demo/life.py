"""A device → all that it has measured, and when which of it arrived: the simulation's truth.

Nothing here knows the operator's code, remote write or PromQL.
"""

import math
import random
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.fleet_demo.device import DAY_MS, HOUR_MS, MINUTE_MS, Device, Fault

MAX_AGE_MS = 7 * DAY_MS
"""`spec.buffer.maxAge`: older samples are dropped, unless two reports are further apart."""
RETRY_MS = 10 * MINUTE_MS
"""So long after the link is back the next attempt comes."""

Key = tuple[str, str]
"""A metric and, for the one that has a series for each, the resource."""
Columns = Mapping[Key, "array[float]"]

CPU = ("cluster:cpu_usage_cores:sum", "")
MEMORY = ("cluster:memory_usage_bytes:sum", "")
DISK = ("cluster:disk_usage_bytes:sum", "")
CONTAINERS = ("cluster:usage:containers:sum", "")
ETCD = ("instance:etcd_object_counts:sum", "")
RESOURCES = {
    "pods": (8, 30),
    "namespaces": (8, 20),
    "services": (5, 25),
    "ingresses.networking.k8s.io": (0, 3),
    "routes.route.openshift.io": (0, 6),
    "customresourcedefinitions.apiextensions.k8s.io": (11, 60),
    "images": (15, 70),
}
"""The fewest and the most of each."""
DROPPED = ("microshift_telemetry_dropped_samples_total", "")
BUILD_INFO = "microshift_telemetry_build_info"
OPERATOR_VERSION = "0.1.0"
PENDING = ("microshift_telemetry_oldest_pending_seconds", "")
SERIES = 12
"""Of one pass, the operator's own not counted."""


def resource(name: str) -> Key:
    """Give the key of one resource's count."""
    return ("cluster:usage:resources:sum", name)


@dataclass(frozen=True, slots=True)
class Report:
    """One report that arrived."""

    at_ms: int
    """True time."""
    first: int
    last: int
    """The places of its first and last pass; the last one is the fresh one."""
    version: str
    start: "Start | None" = None
    """What it tells of a start of MicroShift."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start of MicroShift, as it is told."""

    command: str
    before: str
    """Empty for an installation."""
    version: str
    result: str
    duration: str

    @property
    def labels(self) -> dict[str, str]:
        """Give the labels of its sample."""
        labels = {"command": self.command, "from_version": self.before, "version": self.version}
        labels |= {"result": self.result, "duration": self.duration}
        return {name: value for name, value in labels.items() if value}


@dataclass(frozen=True, slots=True)
class Life:
    """What the receiver has of a device."""

    device: Device
    times_ms: "array[int]"
    """Of every pass that arrived, by the device's own clock, oldest first."""
    columns: dict[Key, "array[float]"]
    """What each pass has measured; usage in percent."""
    reports: list[Report]


@dataclass(slots=True)
class _Log:
    """What is noted while a device lives: true times, with what is pending at each."""

    times_ms: list[int] = field(default_factory=list)
    pending_seconds: list[float] = field(default_factory=list)
    dropped: list[float] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)


def lived(device: Device, seed: int, begin_ms: int, now_ms: int) -> Life:
    """Let a device live until now."""
    log = _logged(device, begin_ms, now_ms)
    draw = random.Random(f"{seed}:{device.id}")  # noqa: S311  # the same life for the same seed
    columns = _columns(device, log.times_ms, now_ms, draw)
    if device.reports_itself:
        columns[DROPPED] = array("d", log.dropped)
        late = device.number / 1000  # no two devices alike: a table has the first 500 of an order
        columns[PENDING] = array("d", (each and each + late for each in log.pending_seconds))
    times_ms = array("q", (at_ms + device.clock_ahead_ms for at_ms in log.times_ms))
    return Life(device, times_ms, columns, log.reports)


def _moments(device: Device, begin_ms: int, now_ms: int) -> Iterator[tuple[int, bool, bool]]:
    """Give (time, is a report due, is off the grid) of every pass that could be, oldest first."""
    hour_phase = device.phase_ms % HOUR_MS
    first = begin_ms - begin_ms % HOUR_MS + hour_phase
    grid = [
        (at_ms, (at_ms - device.phase_ms) % (device.every_days * DAY_MS) == 0, False)
        for at_ms in range(first, now_ms, HOUR_MS)
    ]
    starts = [since_ms for since_ms, _ in device.versions] + [off.end_ms for off in device.off]
    back = [span.end_ms + RETRY_MS for span in device.unlinked]
    extra = [(at_ms, True, True) for at_ms in starts + back]
    yield from sorted(each for each in grid + extra if begin_ms <= each[0] < now_ms)


def _logged(device: Device, begin_ms: int, now_ms: int) -> _Log:
    """Note every pass that arrives.

    Off the grid a pass is made only for a report, and is of no use without it.
    """
    log, pending, dropped = _Log(), list[tuple[int, float, float]](), 0
    max_age_ms = max(MAX_AGE_MS, 2 * device.every_days * DAY_MS)
    for at_ms, is_due, is_extra in _moments(device, begin_ms, now_ms):
        is_sent = is_due and device.has_link(at_ms)
        if not device.has_power(at_ms) or (is_extra and not is_sent):
            continue
        kept = [each for each in pending if at_ms - each[0] <= max_age_ms]
        dropped += SERIES * (len(pending) - len(kept))
        oldest_ms = kept[0][0] if kept else at_ms
        pending = [*kept, (at_ms, (at_ms - oldest_ms) / 1000, float(dropped))]
        if is_sent:
            pending = pending[-1:] if device.fault is Fault.SPARSE else pending
            first = len(log.times_ms)
            for time_ms, waited, lost in pending:
                log.times_ms.append(time_ms)
                log.pending_seconds.append(waited)
                log.dropped.append(lost)
            last = len(log.times_ms) - 1
            start = _start(device, at_ms) if is_extra else None
            log.reports.append(Report(at_ms, first, last, device.version_at(at_ms), start))
            pending = []
    return log


def _start(device: Device, at_ms: int) -> Start | None:
    """Tell the start that a report off the grid follows; None where it follows none."""
    is_start = at_ms in {since_ms for since_ms, _ in device.versions} or any(
        at_ms == off.end_ms for off in device.off
    )
    if not device.tells_starts or not is_start:
        return None
    earlier = [name for since_ms, name in device.versions if since_ms < at_ms]
    before, version = earlier[-1] if earlier else "", device.version_at(at_ms)
    is_slow = device.fault is Fault.STARTS_SLOWLY
    result = "PodsNotReady" if device.number % 17 == 0 else "Success"
    duration = "30" if is_slow else ("2.5", "5")[device.number % 2]
    return Start(_command(before, version), before, version, result, duration)


def _command(before: str, version: str) -> str:
    numbers = [tuple(map(int, each.split("."))) for each in (before, version) if each]
    if len(numbers) == 1:
        return "install"
    was, now = numbers
    return "start" if was == now else "upgrade" if now > was else "rollback"


def _columns(
    device: Device, times_ms: list[int], now_ms: int, draw: random.Random
) -> dict[Key, "array[float]"]:
    shift = draw.uniform(0, 2 * math.pi)
    busy, cores = draw.uniform(0.05, 0.5), device.hardware.cores
    turn = 2 * math.pi / DAY_MS
    chance = draw.random
    cpu = [
        100
        * round(cores * busy * (1 + 0.4 * math.sin(turn * at + shift) + 0.2 * chance()), 3)
        / cores
        for at in times_ms
    ]
    columns = {CPU: array("d", cpu)}
    columns[MEMORY] = _memory(device, times_ms, now_ms, draw)
    columns[DISK] = _disk(device, times_ms, now_ms, draw)
    pods = _counts(draw, *RESOURCES["pods"], times_ms)
    columns[resource("pods")] = pods
    for name, (fewest, most) in RESOURCES.items():
        if name != "pods":
            columns[resource(name)] = _counts(draw, fewest, most, times_ms)
    columns[CONTAINERS] = array("d", (1.0 + 2 * count for count in pods))
    base = draw.randrange(400, 1500)
    columns[ETCD] = array("d", (float(base + int(12 * chance())) for _ in times_ms))
    return columns


def _counts(draw: random.Random, fewest: int, most: int, times_ms: list[int]) -> "array[float]":
    """Count objects that seldom come and go."""
    now, counts = draw.randint(fewest, most), array("d")
    for _ in times_ms:
        if draw.random() < 0.02:
            now = min(most, max(fewest, now + draw.choice((-1, 1))))
        counts.append(float(now))
    return counts


def _memory(
    device: Device, times_ms: list[int], now_ms: int, draw: random.Random
) -> "array[float]":
    total, share = device.hardware.memory_bytes, draw.uniform(0.3, 0.7)
    is_short, chance = device.fault is Fault.MEMORY_SHORT, draw.random
    short_ms = now_ms - 3 * DAY_MS
    return array(
        "d",
        (
            100 * int(total * (0.965 + 0.02 * chance())) / total
            if is_short and at_ms >= short_ms
            else 100 * int(total * (share + 0.05 * chance())) / total
            for at_ms in times_ms
        ),
    )


def _disk(device: Device, times_ms: list[int], now_ms: int, draw: random.Random) -> "array[float]":
    """Fill slowly, or so fast that it is full in two days."""
    total, chance = device.hardware.disk_bytes, draw.random
    end, growth = draw.uniform(0.2, 0.6), draw.uniform(0.0, 0.001)
    if device.fault is Fault.DISK_FILLS:
        end, growth = draw.uniform(0.86, 0.88), 0.06
    if device.fault is Fault.DISK_FULL:
        end, growth = draw.uniform(0.93, 0.97), 0.0
    fill_days = 10.0 if device.fault is Fault.DISK_FILLS else math.inf
    shares = (
        end - growth * min(fill_days, (now_ms - at_ms) / DAY_MS) + 0.002 * chance()
        for at_ms in times_ms
    )
    return array("d", (100 * int(total * share) / total for share in shares))
