"""What a check finds: a line for each hop, and the one that an admin reads first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Hop(StrEnum):
    """What a sample depends on, in the order in which it is tried."""

    SPEC = "spec"
    CLOCK = "clock"
    PERMISSIONS = "permissions"
    STATE = "state directory"
    SOURCES = "sources"
    CREDENTIALS = "credentials"
    DNS = "DNS"
    TCP = "TCP"
    PROXY = "proxy"
    TLS = "TLS"
    TOKEN = "token server"  # noqa: S105  # the name of a hop
    RECEIVER = "receiver"
    TIME = "receiver's clock"
    GATEWAY = "push gateway"
    REPORTS = "reports"


class Verdict(StrEnum):
    """How a hop is."""

    OK = "ok"
    WARNING = "warning"
    """Fresh samples arrive all the same."""
    FAILED = "failed"
    """No fresh sample arrives."""
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class Line:
    """What was seen at one hop."""

    hop: Hop
    verdict: Verdict
    seen: str = ""
    """Names no credential."""
    remedy: str = ""
    """What to do; empty where there is nothing to do."""
    part: str = ""
    """Of a hop with several lines, such as the name of a source."""
    millis: int | None = None
    """How long it took, where that tells something."""


@dataclass(frozen=True, slots=True)
class Check:
    """A whole check; each hop has a line at least."""

    name: str
    """Of the TelemetryConfig."""
    lines: tuple[Line, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of all hops that were reached."""
        return self.finding.verdict

    @property
    def finding(self) -> Line:
        """What to read first: what failed, else the first warning, else why nothing is sent."""
        for verdict in (Verdict.FAILED, Verdict.WARNING):
            if found := [line for line in self.lines if line.verdict is verdict]:
                return found[0]
        if all(line.verdict is Verdict.OK for line in self.lines):
            return self.lines[-1]
        return next((line for line in self.lines if line.remedy), self.lines[0])


def has_failed(lines: Iterable[Line]) -> bool:
    """Tell whether a hop is as far as a check gets."""
    return any(line.verdict is Verdict.FAILED for line in lines)


def next_hop(lines: Sequence[Line]) -> Hop:
    """Tell which hop comes behind those that have lines."""
    hops = tuple(Hop)
    return hops[min(len(hops) - 1, hops.index(lines[-1].hop) + 1 if lines else 0)]


def completed(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Give every hop behind the last one its line."""
    hops = tuple(Hop)
    tried = hops.index(lines[-1].hop) + 1 if lines else 0
    return (*lines, *(Line(hop, Verdict.NOT_REACHED) for hop in hops[tried:]))
