"""How the times of the passes that wait are known, by their place in the backlog."""

from array import array
from collections.abc import Iterable, Iterator, Sequence

from microshift_telemetry.buffer.columns import reordered
from microshift_telemetry.buffer.records import Stamp

_EARLIER_BOOT = -1


class Stamps:
    """The time since boot of each pass, and whether the clock was known to be right."""

    def __init__(self) -> None:
        """Start empty."""
        self._boot_ms = array("q")
        self._trusted = array("B")

    def __eq__(self, other: object) -> bool:
        """Compare what is known."""
        if not isinstance(other, Stamps):
            return NotImplemented
        return (self._boot_ms, self._trusted) == (other._boot_ms, other._trusted)

    def __iter__(self) -> Iterator[Stamp]:
        """Give the stamps of all passes, oldest first."""
        for boot_ms, is_trusted in zip(self._boot_ms, self._trusted, strict=True):
            yield Stamp(None if boot_ms == _EARLIER_BOOT else boot_ms, bool(is_trusted))

    def __getitem__(self, at: int) -> Stamp:
        """Give the stamp of one pass."""
        boot_ms = self._boot_ms[at]
        return Stamp(None if boot_ms == _EARLIER_BOOT else boot_ms, bool(self._trusted[at]))

    def made_before(self, times_ms: Iterable[int], boot_ms: int, wall_ms: int) -> tuple[int, ...]:
        """Give passes made before: of this boot by the time since it, of others by their time."""
        return tuple(
            each
            for each, made_ms in zip(times_ms, self._boot_ms, strict=True)
            if (each < wall_ms if made_ms == _EARLIER_BOOT else made_ms < boot_ms)
        )

    def insert(self, at: int, stamp: Stamp) -> None:
        """Note how the time of a pass is known."""
        boot_ms = _EARLIER_BOOT if stamp.boot_ms is None else stamp.boot_ms
        self._boot_ms.insert(at, boot_ms)
        self._trusted.insert(at, stamp.is_trusted)

    def settle(self, at: int) -> None:
        """Note that the time of a pass is known for good."""
        self._trusted[at] = True

    def reorder(self, order: Sequence[int]) -> None:
        """Put the passes into another order."""
        self._boot_ms = reordered(self._boot_ms, order)
        self._trusted = reordered(self._trusted, order)

    def cut(self, rows: slice) -> None:
        """Forget passes."""
        del self._boot_ms[rows]
        del self._trusted[rows]

    def end_boot(self) -> None:
        """Hear that the device has started anew: no time since boot means anything any more."""
        self._boot_ms = array("q", [_EARLIER_BOOT]) * len(self._boot_ms)

    def trust(self, since_boot_ms: int) -> None:
        """Trust the times of what was made after it, and of what earlier boots have left."""
        for at, boot_ms in enumerate(self._boot_ms):
            if boot_ms == _EARLIER_BOOT or boot_ms > since_boot_ms:
                self._trusted[at] = True
