"""Reads of the device's own files, below an injected root; the edge of every node source."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from microshift_telemetry.errors import TelemetryError

MAX_FILE_BYTES = 1 << 20
"""More than any file that is read whole ever has (a pull secret is 3 KB, an os-release 1 KB)."""
MAX_STREAM_BYTES = 16 << 20
"""More than any file that is read in chunks ever has (an image takes 2 to 20 KB of its list)."""
_CHUNK_BYTES = 64 << 10

BOOT_ID = "sys/kernel/random/boot_id"
"""Below `/proc`: another one after each boot."""


class HostError(TelemetryError):
    """A file of the device can't be read; the text starts with its path on the device."""


class HostFileMissingError(HostError):
    """There is no such file."""


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Cumulative CPU seconds of all cores since boot, and the boot they count from."""

    busy_seconds: float
    """Neither idle, nor waiting for I/O, nor stolen by a hypervisor."""
    total_seconds: float
    cores: int
    boot_id: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes in use of a total."""

    used_bytes: int
    total_bytes: int


class Host:
    """The device as its files show it."""

    def __init__(self, root: Path, proc: Path = Path("/proc")) -> None:
        """Read the device's files below `root`; `proc` is host-wide in a CRI-O container."""
        self._root = root
        self._proc = proc

    def path(self, name: str) -> Path:
        """Locate a file of the device, `name` being its absolute path there without the slash."""
        return self._root / name

    def read_bytes(self, name: str) -> bytes:
        """Read a small file of the device whole.

        Raises:
            HostFileMissingError: there is no such file.
            HostError: it can't be read, or is larger than `MAX_FILE_BYTES`.
        """
        return _read(self.path(name), shown="/" + name)

    def read_text(self, name: str) -> str:
        """Read a small text file of the device; bytes that are not UTF-8 become U+FFFD.

        Raises:
            HostError: as `read_bytes`.
        """
        return self.read_bytes(name).decode("utf-8", errors="replace")

    def read_chunks(self, name: str) -> Iterator[bytes]:
        """Read a file of the device piece by piece, so that memory stays flat.

        Raises:
            HostFileMissingError: there is no such file.
            HostError: it can't be read, or is larger than `MAX_STREAM_BYTES`.
        """
        shown = "/" + name
        size_bytes = 0
        with _translated(shown), self.path(name).open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                size_bytes += len(chunk)
                if size_bytes > MAX_STREAM_BYTES:
                    raise HostError(f"{shown}: larger than {MAX_STREAM_BYTES} bytes")
                yield chunk

    def read_proc(self, name: str) -> str:
        """Read a file of `/proc`.

        Raises:
            HostError: it can't be read.
        """
        return _read(self._proc / name, shown=f"/proc/{name}").decode("utf-8", errors="replace")

    def disk_usage(self, name: str) -> Usage:
        """Measure the filesystem that holds a path of the device.

        Raises:
            HostError: the path is not there or can't be measured.
        """
        with _translated("/" + name):
            figures = os.statvfs(self.path(name))
        if figures.f_blocks == 0:
            raise HostError(f"/{name}: not on a filesystem that has a size")
        return Usage(
            used_bytes=(figures.f_blocks - figures.f_bfree) * figures.f_frsize,
            total_bytes=figures.f_blocks * figures.f_frsize,
        )

    def memory_usage(self) -> Usage:
        """Measure the memory in use: total less available.

        Raises:
            HostError: `/proc/meminfo` can't be read.
        """
        with _translated("/proc/meminfo"):
            memory = psutil.virtual_memory()
        return Usage(used_bytes=memory.total - memory.available, total_bytes=memory.total)

    def cpu_times(self) -> CpuTimes:
        """Read the CPU counters.

        `guest` and `guest_nice` are left out of the total: the kernel counts them in `user` and
        `nice` already (proc_stat(5)).

        Raises:
            HostError: `/proc/stat` or `/proc/sys/kernel/random/boot_id` can't be read.
        """
        with _translated("/proc/stat"):
            times = psutil.cpu_times()
        waiting = times.idle + times.iowait + times.steal
        busy = times.user + times.nice + times.system + times.irq + times.softirq
        return CpuTimes(
            busy_seconds=busy,
            total_seconds=busy + waiting,
            cores=psutil.cpu_count() or 1,
            boot_id=self.read_proc(BOOT_ID).strip(),
        )


@contextmanager
def _translated(shown: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise HostFileMissingError(f"{shown}: no such file") from error
    except OSError as error:
        raise HostError(f"{shown}: {error.strerror or type(error).__name__}") from error


def _read(path: Path, shown: str) -> bytes:
    with _translated(shown), path.open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise HostError(f"{shown}: larger than {MAX_FILE_BYTES} bytes")
    return data
