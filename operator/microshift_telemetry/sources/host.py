"""Reads of the device's own files, below an injected root; the edge of every node source."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Self, TypeVar

import psutil

from microshift_telemetry.background import Questions, Run, SilenceError, at_once
from microshift_telemetry.errors import TelemetryError, excerpt
from microshift_telemetry.sources.links import resolved

MAX_FILE_BYTES = 1 << 20
"""More than any file that is read whole ever has (a pull secret is 3 KB, an os-release 1 KB)."""
MAX_STREAM_BYTES = 16 << 20
"""More than any file that is read in chunks ever has (an image takes 2 to 20 KB of its list)."""
ANSWER_SECONDS = 10.0
"""A filesystem that takes longer than this for a read counts as one that is not there."""
_CHUNK_BYTES = 64 << 10

BOOT_ID = "sys/kernel/random/boot_id"
"""Below `/proc`: another one after each boot."""


class HostError(TelemetryError):
    """A file of the device can't be read; the text starts with its path on the device."""


class HostFileMissingError(HostError):
    """There is no such file."""


T = TypeVar("T")


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
    """The device as its files show it.

    Whatever lies below the root may be on a disk or a share that never answers: while the event
    loop runs it is read by `ask`. `/proc` is the kernel's own and always answers.
    """

    def __init__(
        self,
        root: Path,
        proc: Path = Path("/proc"),
        deployment_type: str | None = None,
        run: Run = at_once,
    ) -> None:
        """Read the device's files below `root`; `proc` is host-wide in a CRI-O container."""
        self._root = root
        self._proc = proc
        self._questions = Questions(run)
        self.deployment_type = deployment_type
        """As who built the device says; None: its kernel's command line tells."""

    async def ask(self, name: str, read: Callable[[Self], T]) -> T:
        """Read something of the device, or give up after `ANSWER_SECONDS`.

        Args:
            name: of the file or folder that may not answer, as in `read_bytes`.
            read: what to do with it; raises what `ask` then does.

        Raises:
            HostError: there is no answer.
        """
        try:
            return await self._questions.ask(
                f"/{excerpt(name)}", partial(read, self), ANSWER_SECONDS
            )
        except SilenceError as error:
            raise HostError(str(error)) from None

    def read_bytes(self, name: str) -> bytes:
        """Read a small file of the device whole.

        Args:
            name: its absolute path on the device without the slash; links are followed there.

        Raises:
            HostFileMissingError: there is no such file.
            HostError: it can't be read, is no file, or is larger than `MAX_FILE_BYTES`.
        """
        path, shown = self._located(name)
        return _read(path, shown)

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
        path, shown = self._located(name)
        size_bytes = 0
        with _translated(shown), _opened(path, shown) as file:
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
        return _read(f"{self._proc}/{name}", shown=f"/proc/{name}").decode(
            "utf-8", errors="replace"
        )

    def disk_usage(self, name: str) -> Usage:
        """Measure the filesystem that holds a path of the device.

        Raises:
            HostError: the path is not there or can't be measured.
        """
        path, shown = self._located(name)
        with _translated(shown):
            figures = os.statvfs(path)
        if figures.f_blocks == 0:
            raise HostError(f"{shown}: on a filesystem without a size")
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

    def _located(self, name: str) -> tuple[str, str]:
        """Find a file of the device; tell how to show it, with the end of its links.

        A name need not be UTF-8, and what is shown must be.
        """
        shown = f"/{excerpt(name)}"
        with _translated(shown):
            found = resolved(self._root, name)
        if found != name:
            shown += f" -> /{excerpt(found)}"
        return f"{self._root}/{found}", shown


@contextmanager
def _translated(shown: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise HostFileMissingError(f"{shown}: no such file") from error
    except OSError as error:
        raise HostError(f"{shown}: {error.strerror or type(error).__name__}") from error


def _opened(path: str, shown: str) -> BinaryIO:
    """Open a file; a FIFO or a device in its place is neither opened for long nor read."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise HostError(f"{shown}: not a regular file")
    return os.fdopen(file, "rb")


def _read(path: str, shown: str) -> bytes:
    with _translated(shown), _opened(path, shown) as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise HostError(f"{shown}: larger than {MAX_FILE_BYTES} bytes")
    return data
