"""The disk of a device, which a power cut may tear."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random


class Disk:
    """Watches what goes to the disk: what `fsync` has not confirmed may be lost in part."""

    def __init__(self) -> None:
        self._torn: tuple[Random, Callable[[], None]] | None = None
        self._synced: dict[int, int] = {}
        """How much of each file lasts, by its inode."""

    def tear(self, random: Random, cut: Callable[[], None]) -> None:
        """Tear the next write somewhere, and cut the power in this moment."""
        self._torn = random, cut

    def mend(self) -> None:
        """Tear nothing any more."""
        self._torn = None

    def copy(self, directory: Path, to: Path) -> None:
        """Copy what has lasted; all of it lasts from now on."""
        shutil.copytree(directory, to)
        for path in to.iterdir():
            found = path.stat()
            self._synced[found.st_ino] = found.st_size

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Stand where the operator calls `os.fsync`."""
        real = os.fsync

        def fsync(file: int) -> None:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                return
            if self._torn is not None:
                (random, cut), self._torn = self._torn, None
                lasts = min(self._synced.get(found.st_ino, 0), found.st_size)
                os.ftruncate(file, random.randint(lasts, found.st_size))
                cut()
                os.ftruncate(file, found.st_size)
            self._synced[found.st_ino] = found.st_size

        os.fsync = fsync  # type: ignore[assignment]
        try:
            yield
        finally:
            os.fsync = real
