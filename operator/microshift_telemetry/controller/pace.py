"""How often a receiver wants to be asked at most, over all objects that send there."""

from collections.abc import Callable

from microshift_telemetry.spec.effective import Destination


class Pace:
    """When something went to each destination last.

    It is told by where it goes alone: another object, another spec or another credential is the
    same device to its receiver.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Know of nothing that went out; `monotonic` tells the seconds."""
        self._monotonic = monotonic
        self._began = monotonic()
        self._sent: dict[str, float] = {}

    def note(self, to: Destination) -> None:
        """Note that a request goes out, or that its answer has come."""
        if to.protocol.shortest_interval:
            self._sent[to.target.url] = self._monotonic()

    def wait_seconds(self, to: Destination, *, is_new: bool) -> float:
        """Tell how long until something may go there again.

        Args:
            to: the destination.
            is_new: no earlier process has sent anything; else it may have, right before this one.
        """
        last = self._sent.get(to.target.url, None if is_new else self._began)
        if last is None:
            return 0.0
        gap = to.protocol.shortest_interval.total_seconds()
        return max(0.0, last + gap - self._monotonic())
