"""What a device finds around it: an answer of the receiver for each moment."""

from dataclasses import dataclass

LINUX_SYN_SECONDS = (0, 1, 3, 7, 15)
"""When a kernel sends the first packet of a connection that nobody answers (RFC 6298, 5.7)."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time with a beginning and an end, in seconds of the scenario."""

    begin: float
    end: float

    def __contains__(self, second: float) -> bool:
        """Tell whether a moment lies in it; its end does not."""
        return self.begin <= second < self.end


NEVER = Span(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class World:
    """The link and the receiver of all devices."""

    link_down: Span = NEVER
    unavailable: Span = NEVER
    """While the receiver answers 503."""
    connect_timeout_seconds: float = 0.0
    """What an attempt over a dead link takes: 0 where there is no route, the sender's time limit
    where packets vanish."""

    def connects_at(self, second: float) -> float | None:
        """Tell when a connection that is begun at a moment is there; None when it never is."""
        if second not in self.link_down:
            return second
        if not self.connect_timeout_seconds:
            return None
        limit = self.connect_timeout_seconds
        tries = (second + wait for wait in LINUX_SYN_SECONDS if wait < limit)
        return next((at for at in tries if at >= self.link_down.end), None)

    def status_code(self, second: float) -> int:
        """Tell what the receiver answers to a request."""
        return 503 if second in self.unavailable else 204
