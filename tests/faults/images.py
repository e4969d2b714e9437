"""A list of images that is one image longer each time it is opened: each pass has its number."""

import fcntl
import os
import signal
import threading
import time
from pathlib import Path
from typing import Self

from microshift_telemetry.sources.images import IMAGES_FILE
from tests.support.waiting import wait_for

POLL_SECONDS = 0.002


class NumberedImages:
    """Keeps `images.json` of a host root, from the first pass' one image on.

    The file that is in place is held under a write lease (fcntl(2), F_SETLEASE): the kernel makes
    whoever opens it wait until we give the lease up. Before we do, the next file takes its place,
    so that nobody who comes later finds the same one, however slow we are.
    """

    def __init__(self, host_root: Path) -> None:
        """Lay the file for the first pass; serve from `__enter__` on."""
        self.opened = 0
        """How many passes have opened the list: the number of the last one."""
        self._path = host_root / IMAGES_FILE
        self._lease = self._lay(1)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        os.close(self._lease)

    def _serve(self) -> None:
        while not self._is_over.is_set():
            if fcntl.fcntl(self._lease, fcntl.F_GETLEASE) == fcntl.F_WRLCK:
                time.sleep(POLL_SECONDS)
                continue
            self.opened += 1
            broken, self._lease = self._lease, self._lay(self.opened + 1)
            os.close(broken)

    def _lay(self, images: int) -> int:
        """Put a list of so many images in place, under a lease that goes with the descriptor."""
        new = self._path.with_suffix(".new")
        new.write_text("[" + ",".join(["{}"] * images) + "]")
        lease = os.open(new, os.O_RDWR | os.O_CLOEXEC)
        # We ask whether someone waits; the default signal about it would end this process.
        fcntl.fcntl(lease, fcntl.F_SETSIG, signal.SIGURG)
        wait_for("a lease of it", lambda: _is_leased(lease), 10)
        new.rename(self._path)
        return lease


def _is_leased(file: int) -> bool:
    """Take the lease, which only the one who has the file open gets.

    A child that another thread is starting has all our files open until it is the new program.
    """
    try:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except BlockingIOError:
        return False
    return True
