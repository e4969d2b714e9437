"""When passes were really made: what is known of the device's clock, kept in the ledger."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from microshift_telemetry.buffer.dating import EARLIEST_MS, observed, redated, trusted
from microshift_telemetry.buffer.records import Epoch, Lost, Trusted
from microshift_telemetry.buffer.store import Store
from microshift_telemetry.clock import Clock, Instant, moment
from microshift_telemetry.controller.clock_witness import ClockWitness, difference
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.logs import about
from microshift_telemetry.status.body import LOSS_NAMES

MOST_APART = timedelta(hours=1)
"""A receiver whose `Date` is no further away vouches for the device's clock."""
WITHOUT_WITNESS = timedelta(hours=1)
"""So long a plausible clock has to run where no receiver tells the date."""

logger = logging.getLogger(__name__)


class ClockError(TelemetryError):
    """Nothing may be sent, since the device's clock is wrong, or may be; the text says why."""

    def __init__(self, text: str, *, is_wrong: bool) -> None:
        """Tell whether it is known to be wrong."""
        super().__init__(text)
        self.is_wrong = is_wrong


class Timekeeper:
    """Looks at the clock of the device for one TelemetryConfig."""

    def __init__(self, name: str, store: Store, clock: Clock) -> None:
        """Know what the ledger knows."""
        self._name = name
        self._store = store
        self._clock = clock
        self._witness = ClockWitness()

    @property
    def epoch(self) -> Epoch | None:
        """Since when the clock runs on without a step; None before the first look."""
        return self._store.ledger.remembered.epoch

    @property
    def is_trusted(self) -> bool:
        """Tell whether the clock is known to be right."""
        return self.epoch is not None and self.epoch.is_trusted

    def look(self) -> Instant:
        """Look at the clock, and keep what is new about it."""
        instant = self._clock.read()
        for record in observed(self._store.ledger, instant):
            self._keep(record)
        return instant

    async def make_sure(self, ask: Callable[[], Awaitable[datetime | None]]) -> None:
        """Make sure that the clock is right, and give what waits its true times.

        Args:
            ask: has the receiver tell the date; needed where the kernel does not vouch.

        Raises:
            ClockError: the clock is wrong, or nobody knows.
            TelemetryError: the receiver could not be asked.
        """
        self.look()
        if not self.is_trusted:
            self._hear_witness(await ask())
        record = redated(self._store.ledger, self.look())
        if record is not None and self.is_trusted:
            extra = about(self._name, passes=len(record.times_ms))
            logger.info("corrected the times of samples after the clock was set", extra=extra)
            self._store.record(record)

    def hear(self, date: datetime | None) -> None:
        """Compare the `Date` of an answer with the device's clock."""
        self._witness.hear(date, self._clock.now())

    @property
    def doubt(self) -> str:
        """How far the clock is off, as the receiver's answers have it; empty while it is not."""
        return self._witness.finding

    def _hear_witness(self, date: datetime | None) -> None:
        """Take the receiver's word for the time, in place of the kernel's."""
        instant, epoch = self.look(), self.epoch
        ahead = None if date is None else moment(instant.wall_ms) - date
        if ahead is not None and abs(ahead) > MOST_APART:
            raise ClockError(
                f"{difference(ahead)}; samples are kept and not sent with wrong timestamps; check "
                "chronyd",
                is_wrong=True,
            )
        if ahead is None and not (epoch and _has_run_long(epoch, instant)):
            raise ClockError(
                "neither the kernel nor the receiver confirms the device's clock; samples are kept "
                "and sent once the clock has run for an hour; check chronyd",
                is_wrong=False,
            )
        self.hear(date)
        for record in trusted(self._store.ledger, instant):
            self._keep(record)

    def _keep(self, record: Epoch | Lost | Trusted) -> None:
        if isinstance(record, Lost):
            passes, reason = len(record.times_ms), LOSS_NAMES[record.reason]
            logger.warning(
                "dropped samples that were taken before a restart while the clock was not set; "
                "their times are unknown",
                extra=about(self._name, passes=passes, reason=reason),
            )
        self._store.record(record)


def _has_run_long(epoch: Epoch, instant: Instant) -> bool:
    ran = timedelta(milliseconds=instant.boot_ms - epoch.boot_ms)
    return instant.wall_ms >= EARLIEST_MS and ran >= WITHOUT_WITNESS
