"""The clocks of the process, given to everything that needs the time, and how samples tell it."""

import ctypes
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """Tell a moment as samples do: ms since the epoch."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def moment(time_ms: int) -> datetime:
    """Tell a sample's time as a moment."""
    return EPOCH + timedelta(milliseconds=time_ms)


@dataclass(frozen=True, slots=True)
class Instant:
    """One look at the device's clocks."""

    wall_ms: int
    """Since 1970, as the wall clock says."""
    boot_ms: int
    """Since boot; time in which the device slept counts."""
    boot_id: str
    is_synchronized: bool
    """The kernel says that somebody, chronyd as a rule, keeps the wall clock right."""

    @property
    def offset_ms(self) -> int:
        """The wall time less the time since boot."""
        return self.wall_ms - self.boot_ms


class Clock(Protocol):
    """What the controller asks for the time."""

    def now(self) -> datetime:
        """Tell the wall time, aware, in UTC."""

    def monotonic(self) -> float:
        """Tell seconds that never run backwards; they may stand still while the device sleeps."""

    def read(self) -> Instant:
        """Look at the wall clock, and at what tells whether it is right."""


class SystemClock:
    """The clocks of this machine."""

    def __init__(self, boot_id: str = "") -> None:
        """Name the boot that the times since boot are of."""
        self._boot_id = boot_id

    def now(self) -> datetime:
        """Tell the wall time, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251  # the one place that reads the wall clock

    def monotonic(self) -> float:
        """Tell seconds that never run backwards."""
        return time.monotonic()

    def read(self) -> Instant:
        """Look at the clocks; the kernel's word last, since setting the clock takes it back."""
        return Instant(
            wall_ms=milliseconds(self.now()),
            boot_ms=time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000,
            boot_id=self._boot_id,
            is_synchronized=_is_synchronized(),
        )


_STA_UNSYNC = 0x40
_TIME_ERROR = 5


class _Timex(ctypes.Structure):
    """The beginning of `struct timex`, and room for the rest.

    Source: adjtimex(2).
    """

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 512),
    )


_libc = ctypes.CDLL(None)


def _is_synchronized() -> bool:
    """Ask the kernel whether the wall clock is kept right; that needs no privilege."""
    timex = _Timex()
    state = _libc.adjtimex(ctypes.byref(timex))
    return 0 <= state < _TIME_ERROR and not timex.status & _STA_UNSYNC
