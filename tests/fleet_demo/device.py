"""What one simulated device is, and what happens to it: plain facts, in true time."""

from dataclasses import dataclass
from enum import Enum, auto

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
DAYS = 35
"""How long the fleet is watched."""


class Fault(Enum):
    """What is wrong with a device; at most one each, so that nothing hides another."""

    DARK_SITE = auto()
    """Its whole site has no power."""
    SILENT = auto()
    """It alone has no power, for some days."""
    RETIRED = auto()
    """It went long ago."""
    LONG_OUTAGE = auto()
    """It had no link for days, and has sent everything since."""
    DROPPED = auto()
    """It had no link for longer than it keeps samples."""
    DISK_FILLS = auto()
    DISK_FULL = auto()
    SPARSE = auto()
    """The receiver keeps the newest sample of each report alone."""
    MEMORY_SHORT = auto()
    CLOCK_AHEAD = auto()
    CLOCK_BEHIND = auto()
    ROLLED_BACK = auto()
    STARTS_SLOWLY = auto()
    """Its last start took half an hour."""
    LEFT_BEHIND = auto()
    """It never took an update."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time with a beginning and an end, ms since the epoch."""

    begin_ms: int
    end_ms: int

    def __contains__(self, time_ms: int) -> bool:
        """Tell whether a moment lies in it; its end does not."""
        return self.begin_ms <= time_ms < self.end_ms


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a device is made of, and how it was installed."""

    arch: str
    cores: int
    memory_bytes: int
    disk_bytes: int
    deployment_type: str
    """`rpm`, `ostree` or `bootc`."""
    os_version_id: str
    address: str


@dataclass(frozen=True, slots=True)
class Device:
    """One device."""

    number: int
    id: str
    site: str
    hardware: Hardware
    versions: tuple[tuple[int, str], ...]
    """(since when, MicroShift's version), oldest first; the first begins with the device."""
    phase_ms: int
    """Its passes are so long after each hour, its reports so long after midnight (UTC)."""
    fault: Fault | None = None
    off: tuple[Span, ...] = ()
    """Without power: no passes."""
    unlinked: tuple[Span, ...] = ()
    """Without a link: passes, but no reports."""
    clock_ahead_ms: int = 0
    """How far its clock is ahead of the true time."""
    every_days: int = 1
    """How often it reports; one that does so less often than daily says so in a label."""
    reports_itself: bool = False
    """`spec.selfMetrics` is enabled."""
    tells_starts: bool = False
    """`spec.lifecycle` is enabled."""

    @property
    def joined_ms(self) -> int:
        return self.versions[0][0]

    def version_at(self, time_ms: int) -> str:
        """Tell which version runs at a moment after it has joined."""
        return next(name for since_ms, name in reversed(self.versions) if since_ms <= time_ms)

    def has_power(self, time_ms: int) -> bool:
        """Tell whether it runs."""
        return self.joined_ms <= time_ms and not any(time_ms in span for span in self.off)

    def has_link(self, time_ms: int) -> bool:
        """Tell whether a report would arrive."""
        return not any(time_ms in span for span in self.unlinked)


def external_labels(device: Device) -> tuple[tuple[str, str], ...]:
    """Give the labels that the fleet's owner has set on a device, sorted."""
    slow = (("report_every", f"{24 * device.every_days}h"),) if device.every_days > 1 else ()
    return (*slow, ("site", device.site))
