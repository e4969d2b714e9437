"""How often a receiver wants to be asked at most, over all objects that send there."""

from collections.abc import Callable

from microshift_telemetry.spec.effective import Destination
from microshift_telemetry.spec.endpoint import Origin


class Pace:
    """When something went to each server last.

    It is told by its origin alone: another object, another spec, path or credential is the same
    device to it.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Know of nothing that went out; `monotonic` tells the seconds."""
        self._monotonic = monotonic
        self._began = monotonic()
        self._sent: dict[Origin, float] = {}

    def note(self, to: Destination) -> None:
        """Note that a request goes out, or that its answer has come."""
        if to.protocol.shortest_interval:
            self._sent[to.endpoint.origin] = self._monotonic()

    def wait_seconds(self, to: Destination, *, is_new: bool) -> float:
        """Tell how long until something may go there again.

        Args:
            to: the destination.
            is_new: no earlier process has sent anything; else it may have, right before this one.
        """
        last = self._sent.get(to.endpoint.origin, None if is_new else self._began)
        if last is None:
            return 0.0
        gap = to.protocol.shortest_interval.total_seconds()
        return max(0.0, last + gap - self._monotonic())
