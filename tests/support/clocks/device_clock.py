"""A device's clocks, each set apart, for processes that have `preload.c` in them.

Wall clock, boot time, monotonic time and the kernel's word on synchronisation are each what a test
says, while the process runs; libfaketime would move all of them together.
"""

import mmap
import os
import shutil
import struct
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from microshift_telemetry.clock import EPOCH, SystemClock
from tests.support.go_toolchain import REPOSITORY

SOURCE = Path(__file__).with_name("preload.c")
FLAGS = ("-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-pthread")

STARTED = timedelta(seconds=20)
"""What a boot takes until the first process of ours."""

_SEQUENCE = struct.Struct("=Q")
_CLOCKS = struct.Struct("=5qdq")
"""As `struct clocks` of `preload.c`, behind its sequence number."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """What each clock says at one moment; all but `speed` in nanoseconds."""

    since: int
    """The moment, by the machine's monotonic clock."""
    truth: int
    """Since 1970, whatever the device believes."""
    wall: int
    boot: int
    monotonic: int
    speed: float
    """Seconds of the device in one of the machine."""
    is_synchronized: bool

    def at(self, machine_ns: int) -> "Clocks":
        """Let them run on until a moment of the machine's monotonic clock."""
        passed = int((machine_ns - self.since) * self.speed)
        return replace(self.ahead(passed, monotonic=passed), since=machine_ns)

    def ahead(self, ns: int, *, monotonic: int) -> "Clocks":
        """Let so much time pass; monotonic time may stand still in it."""
        return replace(
            self,
            truth=self.truth + ns,
            wall=self.wall + ns,
            boot=self.boot + ns,
            monotonic=self.monotonic + monotonic,
        )

    def encode(self) -> bytes:
        """Lay them out as `preload.c` reads them."""
        times = (self.since, self.truth, self.wall, self.boot, self.monotonic)
        return _CLOCKS.pack(*times, self.speed, self.is_synchronized)


class DeviceClock:
    """Keeps the clocks of one device; processes started with `environment()` have them.

    What such a process reads as memory in use is the true time, see `read_at`.
    """

    def __init__(self, directory: Path, *, speed: float = 1.0) -> None:
        """Have a device that was booted just now and is right; files lie in `directory`.

        Raises:
            FileNotFoundError: there is no C compiler.
            subprocess.CalledProcessError: it can't compile the library.
        """
        self._library = _preload()
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        file = directory / "clocks"
        file.write_bytes(bytes(_SEQUENCE.size + _CLOCKS.size))
        with file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), 0)
        self._sequence = 0
        now = _ns(SystemClock().now() - EPOCH)
        self._clocks = Clocks(time.monotonic_ns(), now, now, 0, 0, speed, is_synchronized=True)
        self.boot()
        self.synchronize()

    def environment(self) -> Mapping[str, str]:
        """Give the variables that lend a process these clocks, whenever it starts."""
        return {"LD_PRELOAD": str(self._library), "DEVICE_CLOCK": str(self._directory)}

    @property
    def now(self) -> Clocks:
        """What the clocks say."""
        return self._clocks.at(time.monotonic_ns())

    def true_time(self) -> datetime:
        """Tell the time, which a process need not know."""
        return EPOCH + timedelta(microseconds=self.now.truth // 1000)

    def wall_time(self) -> datetime:
        """Tell what the device takes for the time."""
        return EPOCH + timedelta(microseconds=self.now.wall // 1000)

    @property
    def speed(self) -> float:
        return self._clocks.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        with self._change() as now:
            self._clocks = replace(now, speed=speed)

    def boot(self, wall: datetime | None = None, *, at: datetime | None = None) -> None:
        """Begin another boot, while no process runs.

        Without a `wall` time the clock is right, though nobody has told the kernel; without a time
        that it is `at`, it is now.
        """
        (self._directory / "boot_id").write_text(f"{uuid.uuid4()}\n")
        with self._change() as now:
            truth = now.truth if at is None else _ns(at - EPOCH)
            self._clocks = replace(
                now,
                truth=truth,
                wall=truth if wall is None else _ns(wall - EPOCH),
                boot=_ns(STARTED),
                monotonic=_ns(STARTED),
                is_synchronized=False,
            )

    def step(self, by: timedelta) -> None:
        """Set the wall clock as `date` does; the kernel takes its word back at that."""
        with self._change() as now:
            self._clocks = replace(now, wall=now.wall + _ns(by), is_synchronized=False)

    def synchronize(self) -> None:
        """Do as chronyd does: set the wall clock right where it is wrong, and tell the kernel."""
        with self._change() as now:
            self._clocks = replace(now, wall=now.truth, is_synchronized=True)

    def suspend(self, span: timedelta) -> None:
        """Sleep for so long: monotonic time stands still, all other goes on."""
        with self._change() as now:
            self._clocks = now.ahead(_ns(span), monotonic=0)

    def leap(self, span: timedelta) -> None:
        """Let so much time pass in an instant."""
        with self._change() as now:
            self._clocks = now.ahead(_ns(span), monotonic=_ns(span))

    @contextmanager
    def _change(self) -> Iterator[Clocks]:
        """Stop all who ask for the time; give the clocks as they are, to be set meanwhile."""
        self._count()
        yield self.now
        self._map[_SEQUENCE.size :] = self._clocks.encode()
        self._count()

    def _count(self) -> None:
        self._sequence += 1
        self._map[: _SEQUENCE.size] = _SEQUENCE.pack(self._sequence)


def read_at(memory_bytes: float) -> datetime:
    """Tell when a process under a `DeviceClock` has read so much memory in use."""
    return EPOCH + timedelta(milliseconds=memory_bytes / 1024)


def _ns(span: timedelta) -> int:
    return span // timedelta(microseconds=1) * 1000


def _preload() -> Path:
    """Build the library once for each form of its source; others may do so at the same time."""
    form = sha256(b"\0".join([SOURCE.read_bytes(), *map(str.encode, FLAGS)])).hexdigest()[:16]
    library = REPOSITORY / "build" / f"preload-{form}.so"
    if library.exists():
        return library
    compiler = shutil.which("cc")
    if compiler is None:
        raise FileNotFoundError("cc: a C compiler is needed to build the clocks of a device")
    library.parent.mkdir(exist_ok=True)
    new = library.with_suffix(f".{os.getpid()}")
    subprocess.run([compiler, *FLAGS, SOURCE, "-o", new, "-ldl"], check=True)
    return new.rename(library)
