"""Clocks that run faster or leap for one process and not for the machine, by libfaketime.

The package `libfaketime` brings the C source. Its own binary leaves sleeps as long as they are,
which is no use to an event loop, so the library is built here, in a second.
"""

import shutil
import subprocess
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.metadata import files
from pathlib import Path

from microshift_telemetry.clock import SystemClock

FLAGS = (
    *("-std=gnu99", "-O1", "-shared", "-fPIC", "-pthread"),
    *("-DFAKE_SLEEP", "-DFAKE_TIMERS", "-DFAKE_PTHREAD", "-DFAKE_INTERNAL_CALLS"),
    *('-DPREFIX="/"', '-DLIBDIRNAME="/"'),
)
"""Of its Makefile, without the faked times of files."""


class FasterClock:
    """Tells what a process started with `environment()` takes for the time.

    A process that is started later goes on where the clock is by then, so the wall clock of one
    device runs on while it has no process.
    """

    def __init__(self, factor: int, directory: Path) -> None:
        """Begin at the present; the library is built in `directory`.

        Raises:
            FileNotFoundError: there is no C compiler.
            subprocess.CalledProcessError: it can't compile the library.
        """
        self._factor = factor
        self._library = _build(directory / "libfaketime.so")
        self._start, self._began = SystemClock().now(), time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._factor * self._elapsed)

    def environment(self) -> Mapping[str, str]:
        """Give the variables that lend a process this clock; good for a start at this moment."""
        ahead_seconds = (self._factor - 1) * self._elapsed
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME": f"+{ahead_seconds:.3f} x{self._factor}",
        }

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._began


class LeapingClock:
    """A wall clock that leaps ahead in a running process while its monotonic one does not.

    So do those of a device that sleeps for a while. Sockets and sleeps take the time they take.
    """

    def __init__(self, directory: Path, start: datetime) -> None:
        """Begin at `start`; the library is built in `directory`.

        Raises:
            FileNotFoundError: there is no C compiler.
            subprocess.CalledProcessError: it can't compile the library.
        """
        self._library = _build(directory / "libfaketime.so")
        self._file = directory / "faketime"
        self.leap(start)

    def leap(self, to: datetime) -> None:
        """Go on from there."""
        ahead = to - SystemClock().now()
        new = self._file.with_suffix(".new")
        new.write_text(f"{ahead.total_seconds():+.3f}\n")
        new.rename(self._file)

    def environment(self) -> Mapping[str, str]:
        """Give the variables that lend a process this clock, whenever it starts."""
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


def _build(library: Path) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        raise FileNotFoundError("cc: a C compiler is needed to build libfaketime")
    [source] = [file for file in files("libfaketime") or () if file.name == "libfaketime.c"]
    folder = Path(str(source.locate())).parent
    versions = f"-Wl,--version-script={folder / 'libfaketime.map'}"
    library.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [compiler, *FLAGS, versions, source.locate(), "-o", library, "-ldl", "-lm", "-lrt"],
        check=True,
    )
    return library
