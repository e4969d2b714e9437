"""A device whose clock is wrong for a while, in front of a ledger."""

from collections.abc import Iterable

from microshift_telemetry.buffer import dating as module
from microshift_telemetry.buffer.dating import observed, redated
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import (
    PassMade,
    Stamp,
)
from microshift_telemetry.clock import Instant
from tests.unit.factories import HOUR, MINUTE, a_sample_pass

BOOTED = module.EARLIEST_MS + HOUR


class Device:
    """A device that makes passes; its true time is told by its boot time."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.boot_ms, self.boot_id = HOUR, "first"
        self.wrong_ms = 0
        self.true_ms: dict[int, int] = {}
        """The true time of each pass, by the time since boot at which it was made."""
        self._booted_ms = BOOTED

    @property
    def now_ms(self) -> int:
        return self._booted_ms + self.boot_ms

    def instant(self, *, is_synchronized: bool = False) -> Instant:
        wall_ms = self.now_ms + self.wrong_ms
        return Instant(wall_ms, self.boot_ms, self.boot_id, is_synchronized)

    def look(self, *, is_synchronized: bool = False) -> None:
        for record in observed(self.ledger, self.instant(is_synchronized=is_synchronized)):
            self.ledger.apply(record)

    def see(self, looks: Iterable[tuple[int, bool]]) -> None:
        """Look at clocks that are wrong by so much, and vouched for or not, a minute apart."""
        for wrong_ms, is_synchronized in looks:
            self.boot_ms += MINUTE
            self.wrong_ms = wrong_ms
            self.look(is_synchronized=is_synchronized)

    def make_pass(self) -> int:
        """Make a pass; give its time by the wall clock."""
        self.look()
        instant, epoch = self.instant(), self.ledger.remembered.epoch
        assert epoch is not None
        stamp = Stamp(instant.boot_ms, epoch.is_trusted)
        self.ledger.apply(PassMade(a_sample_pass(instant.wall_ms), stamp=stamp))
        return instant.wall_ms

    def reboot(self, off_ms: int, wrong_ms: int) -> None:
        self._booted_ms, self.boot_ms = self.now_ms + off_ms, MINUTE
        self.boot_id, self.wrong_ms = f"{self.boot_id} and another", wrong_ms

    def date(self) -> None:
        record = redated(self.ledger, self.instant())
        if record is not None:
            self.ledger.apply(record)

    @property
    def times_ms(self) -> tuple[int, ...]:
        return self.ledger.backlog.times_ms
