"""A small filesystem of its own for a test that fills a disk or makes it read-only."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

CLONE_NEWNS = 0x00020000
"""Linux, include/uapi/linux/sched.h: a mount namespace of the calling thread's own."""


@cache
def leave_the_machines_mounts() -> None:
    """Keep what this process mounts to itself and its children: it ends with them, even killed.

    A mount that outlives its test can't be removed by anybody who cleans up after the run.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    subprocess.run(["mount", "--make-rprivate", "/"], check=True, capture_output=True)


@contextmanager
def a_disk(path: Path, size: str) -> Iterator[None]:
    """Mount a small filesystem; skip the test of whoever may not."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    try:
        leave_the_machines_mounts()
        subprocess.run(command, check=True, capture_output=True)
    except (subprocess.CalledProcessError, OSError) as error:
        pytest.skip(f"only root may mount a disk: {error}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)
