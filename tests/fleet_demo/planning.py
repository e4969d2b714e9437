"""A seed → the devices of a fleet, each with its hardware, its updates and its fault."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.fleet_demo.device import DAY_MS, DAYS, HOUR_MS, Device, Fault, Hardware, Span

GIB = 1 << 30
DEVICES_A_SITE = 50
FEWEST_SITES = 8
DARK_SITE = "site-03"
DARK_FOR_MS = 50 * HOUR_MS

OLDEST, OLD, LAST, NEWEST = "4.18.26", "4.19.17", "4.20.8", "4.21.2"
"""The versions of MicroShift that the fleet goes through."""

SHARES = {
    Fault.LONG_OUTAGE: 0.1,
    Fault.LEFT_BEHIND: 0.02,
    Fault.ROLLED_BACK: 0.02,
    Fault.DISK_FILLS: 0.015,
    Fault.DISK_FULL: 0.005,
    Fault.SPARSE: 0.01,
    Fault.SILENT: 0.01,
    Fault.RETIRED: 0.01,
    Fault.DROPPED: 0.01,
    Fault.MEMORY_SHORT: 0.01,
    Fault.CLOCK_AHEAD: 0.005,
    Fault.CLOCK_BEHIND: 0.005,
    Fault.STARTS_SLOWLY: 0.005,
}
"""Of all devices; at least one has each fault."""
GONE_DAYS = {Fault.SILENT: (2.5, 5.5), Fault.RETIRED: (12, 20)}
"""How long ago such a device went, least and most."""
CLOCK_HOURS = {Fault.CLOCK_AHEAD: (26, 40), Fault.CLOCK_BEHIND: (-1.8, -1.3)}
"""How far such a clock is ahead, least and most."""
NEW_SHARE = 0.05
"""Of all devices: joined in the last fortnight."""
SLOW_SHARE, SLOW_DAYS = 0.03, 7
"""Of all devices: report once a week."""

WAVES = (
    ((0.05, 27, LAST), (0.5, 22, LAST), (0.95, 18, LAST)),
    (
        (0.05, 9, NEWEST),
        (0.4, 6, NEWEST),
        (0.7, 3, NEWEST),
    ),
)
"""For each update: up to which share of the fleet, so many days ago, takes which version."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a fleet is made from; the same gives the same fleet."""

    devices: int
    seed: int
    now_ms: int
    without: frozenset[Fault] = frozenset()
    """Faults that the receiver can't show."""

    @property
    def begin_ms(self) -> int:
        return self.now_ms - DAYS * DAY_MS

    @property
    def sites(self) -> int:
        return max(FEWEST_SITES, self.devices // DEVICES_A_SITE)


def planned(plan: Plan) -> list[Device]:
    """Make the devices of a fleet, in the order of their numbers."""
    draw = random.Random(plan.seed)  # noqa: S311  # the same fleet for the same seed
    faults = _faults(plan, draw)
    return [_device(plan, number, faults.get(number), draw) for number in range(plan.devices)]


def _site(plan: Plan, number: int) -> str:
    return f"site-{number % plan.sites + 1:02}"


def _faults(plan: Plan, draw: random.Random) -> dict[int, Fault]:
    """Give each fault its devices, none of them in the site that goes dark."""
    numbers = range(plan.devices)
    others = [number for number in numbers if _site(plan, number) != DARK_SITE]
    draw.shuffle(others)
    dark = dict.fromkeys(set(numbers) - set(others), Fault.DARK_SITE)
    left: Iterator[int] = iter(others)
    return dark | {
        number: fault
        for fault, share in SHARES.items()
        if fault not in plan.without
        for _, number in zip(range(max(1, round(share * plan.devices))), left, strict=False)
    }


def _device(plan: Plan, number: int, fault: Fault | None, draw: random.Random) -> Device:
    is_new = fault is None and draw.random() < NEW_SHARE
    days = SLOW_DAYS if fault is None and draw.random() < SLOW_SHARE else 1
    joined_ms = plan.begin_ms - DAY_MS
    if is_new:
        joined_ms = plan.now_ms - round(draw.uniform(1.5, 14) * DAY_MS)
    device = Device(
        number=number,
        id=str(uuid.UUID(int=draw.getrandbits(128), version=4)),
        site=_site(plan, number),
        hardware=_hardware(number, draw),
        versions=((joined_ms, LAST if is_new else OLD),),
        phase_ms=draw.randrange(days * DAY_MS),
        fault=fault,
        every_days=days,
        reports_itself=fault is Fault.DROPPED
        or (fault is not Fault.SPARSE and draw.random() < 0.5),
        tells_starts=fault is Fault.STARTS_SLOWLY or number % 3 == 0,
    )
    return replace(_faulty(plan, device, draw), versions=_versions(plan, device, draw))


def _hardware(number: int, draw: random.Random) -> Hardware:
    cores, memory_gib, disk_gib = draw.choice(((2, 2, 32), (2, 4, 32), (4, 8, 64), (8, 16, 256)))
    deployment_type, os_version_id = draw.choice(
        (("rpm", "9.4"), ("rpm", "9.6"), ("ostree", "9.4"), ("ostree", "9.6"), ("bootc", "10.1"))
    )
    return Hardware(
        arch=draw.choices(("amd64", "aarch64"), (3, 1))[0],
        cores=cores,
        memory_bytes=memory_gib * GIB,
        disk_bytes=disk_gib * GIB,
        deployment_type=deployment_type,
        os_version_id=os_version_id,
        address=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
    )


def _versions(plan: Plan, device: Device, draw: random.Random) -> tuple[tuple[int, str], ...]:
    """Let a device take part in the waves that come after it has joined."""
    joined_ms = device.joined_ms
    if device.fault is Fault.LEFT_BEHIND:
        return ((joined_ms, OLDEST),)
    versions = list(device.versions)
    for waves in WAVES:
        place = 0.0 if device.fault is Fault.ROLLED_BACK else draw.random()
        ago = next(((days, name) for share, days, name in waves if place < share), None)
        if ago is None:
            continue
        at_ms = plan.now_ms - ago[0] * DAY_MS + draw.randrange(8 * HOUR_MS)
        if at_ms > joined_ms and versions[-1][1] != ago[1]:
            versions.append((at_ms, ago[1]))
    if device.fault is Fault.ROLLED_BACK:
        versions.append((plan.now_ms - 3 * DAY_MS + draw.randrange(8 * HOUR_MS), LAST))
    return tuple(versions)


def _faulty(plan: Plan, device: Device, draw: random.Random) -> Device:
    """Take a device's power, its link or its time away, as its fault wants it."""
    now_ms = plan.now_ms

    def ago(least_days: float, most_days: float) -> int:
        return now_ms - round(draw.uniform(least_days, most_days) * DAY_MS)

    never_ms = now_ms + DAY_MS
    match device.fault:
        case Fault.DARK_SITE:
            return replace(device, off=(Span(now_ms - DARK_FOR_MS, never_ms),))
        case Fault.SILENT | Fault.RETIRED as fault:
            return replace(device, off=(Span(ago(*GONE_DAYS[fault]), never_ms),))
        case Fault.LONG_OUTAGE:
            begin_ms, days = ago(9, 30), draw.uniform(1.5, 6.5)
            return replace(device, unlinked=(Span(begin_ms, begin_ms + round(days * DAY_MS)),))
        case Fault.DROPPED:
            return replace(device, unlinked=(Span(ago(9, 11), ago(1.2, 1.3)),))
        case Fault.CLOCK_AHEAD | Fault.CLOCK_BEHIND as fault:
            hours = draw.uniform(*CLOCK_HOURS[fault])
            return replace(device, clock_ahead_ms=round(hours * HOUR_MS))
        case Fault.STARTS_SLOWLY:
            end_ms = ago(0.3, 0.9)
            return replace(device, off=(Span(end_ms - HOUR_MS, end_ms),))
        case _:
            return device
