"""The directory of journals and histories: ours alone, one process at a time, no left-overs."""

import fcntl
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from pathlib import Path

from microshift_telemetry.background import Run, at_once
from microshift_telemetry.buffer.worker import Worker
from microshift_telemetry.errors import TelemetryError

IN_MEMORY = "samples are kept in memory only"
"""What an admin reads where the directory can't be used."""

_LOCK, _SALT, _RENEWAL = "lock", "salt", "renewal"
_OURS = re.compile(r"([A-Za-z0-9-]+)\.(journal|new|damaged|history|history-new|v[0-9]+)")

_private = partial(os.open, mode=0o600)


class JournalError(TelemetryError):
    """What lasts can't be read from or written to the disk; the text starts with the path."""


class StateDirectoryInUseError(JournalError):
    """Another process keeps its journals there."""


class StateDirectory:
    """A directory with mode 0700, locked for as long as the process lives."""

    def __init__(self, path: Path, run: Run = at_once) -> None:
        """Touch nothing yet; what `worker` is given is carried out by `run`."""
        self.path = path
        self._lock_path = path / _LOCK
        self.worker = Worker(str(path), run)
        """Of everybody who works with the directory while the event loop runs."""
        self._lock: int | None = None

    def hold(self) -> None:
        """Make the directory where it is missing, and lock it; does nothing when that is done.

        Raises:
            StateDirectoryInUseError: another process holds it.
            JournalError: it can't be made, opened or locked.
        """
        with translated(self.path):
            if not self._is_held():
                self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.release()
                self._lock = self._locked()
                self._close_to_others()

    def release(self) -> None:
        """Let another process have it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def salt_file(self) -> Path:
        """The device's salt; it is no object's, and stays when objects go."""
        return self.path / _SALT

    @property
    def renewal_file(self) -> Path:
        """When the pod was made anew last; it is no object's either."""
        return self.path / _RENEWAL

    def file(self, uid: str, suffix: str) -> Path:
        """Locate a file that is kept for an object."""
        return self.path / f"{_stem(uid)}.{suffix}"

    def files(self, uid: str) -> list[Path]:
        """List what is kept for an object, set-aside files included.

        Raises:
            JournalError: the directory can't be read.
        """
        return [path for stem, path in self._found() if stem == _stem(uid)]

    def remove_all(self, uid: str) -> None:
        """Remove everything that is kept for an object, set-aside files included.

        Raises:
            JournalError: some of it can't be removed, or another process holds it.
        """
        self.hold()
        self.remove(self.files(uid))

    def remove_others(self, uids: Collection[str]) -> None:
        """Remove what is kept for objects other than these, set-aside files included.

        Raises:
            JournalError: one of the files can't be removed, or another process holds them.
        """
        self.hold()
        stems = {_stem(uid) for uid in uids}
        self.remove(path for stem, path in self._found() if stem not in stems)

    def remove(self, paths: Iterable[Path]) -> None:
        """Remove files for good, as many as can be; one that is gone already is no error.

        One that can't be removed is emptied where that is possible: nothing of it may come back.

        Raises:
            JournalError: one of them can't be removed.
        """
        errors = []
        for path in paths:
            try:
                with translated(path):
                    path.unlink(missing_ok=True)
            except JournalError as error:
                errors.append(error)
                _empty(path)
        self.sync()
        if errors:
            raise errors[0]

    def sync(self) -> None:
        """Make renamed and removed names last.

        Raises:
            JournalError: the disk refuses.
        """
        with translated(self.path):
            directory = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)

    def _found(self) -> list[tuple[str, Path]]:
        with translated(self.path):
            names = sorted(os.listdir(self.path))
        ours = (_OURS.fullmatch(name) for name in names)
        return [(match[1], self.path / match[0]) for match in ours if match]

    def _is_held(self) -> bool:
        """Tell whether the lock is ours and still in place: a disk may have come back empty."""
        if self._lock is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._lock), os.stat(self._lock_path))
        except FileNotFoundError:
            return False

    def _locked(self) -> int:
        # Opened for reading only, so that journals on a read-only disk can still be read.
        flags = os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        lock = os.open(self._lock_path, flags, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            if isinstance(error, BlockingIOError):
                raise StateDirectoryInUseError(
                    f"{self.path}: another process works with it; each needs one of its own"
                ) from None
            raise
        return lock

    def _close_to_others(self) -> None:
        """Set the mode, unless somebody else's files show that the directory is not ours alone."""
        is_closed = stat.S_IMODE(self.path.stat().st_mode) == 0o700
        names = set(os.listdir(self.path)) - {_LOCK, _SALT, _RENEWAL}
        if not is_closed and all(_OURS.fullmatch(name) for name in names):
            self.path.chmod(0o700)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what the system says of a path into a `JournalError`."""
    try:
        yield
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror or type(error).__name__}") from error


def free_bytes(path: Path) -> int:
    """Tell how much the disk of a directory has left.

    Raises:
        JournalError: it does not tell.
    """
    with translated(path):
        figures = os.statvfs(path)
    return figures.f_bavail * figures.f_frsize


def write_whole(path: Path, pieces: Iterable[bytes | bytearray]) -> int:
    """Write a file in place of any that was there, readable for us alone; tell where it ends.

    Raises:
        JournalError: the disk refuses; a part of it may be there.
    """
    with translated(path):
        path.unlink(missing_ok=True)
        with open(path, "xb", opener=_private) as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()


def replace_whole(
    path: Path,
    new: Path,
    pieces: Iterable[bytes | bytearray],
    before: Callable[[], None] = lambda: None,
) -> int:
    """Put a whole file in the place of another; tell where it ends. `sync` makes that last.

    Args:
        path: of the file that is replaced.
        new: where it is written first; nothing stays there.
        pieces: what it holds.
        before: called when all is written, and nothing is replaced yet.

    Raises:
        JournalError: the disk refuses; the old file is as it was.
    """
    try:
        end = write_whole(new, pieces)
        before()
        with translated(path):
            new.replace(path)
    except JournalError:
        with suppress(OSError):
            new.unlink()
        raise
    return end


def append(path: Path, end: int, data: bytes, *, is_lasting: bool = True) -> int:
    """Write behind the last whole frame of a file; tell where it ends then.

    With one fsync, but for what may be lost with the power.

    Raises:
        JournalError: the disk refuses; a part of it may be there, and the next call cuts it off.
    """
    with translated(path):
        file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            # What a write that failed, or a power cut, has left behind the last whole frame.
            if os.fstat(file).st_size > end:
                os.ftruncate(file, end)
            at = end
            while data:
                written = os.pwrite(file, data, at)
                at, data = at + written, data[written:]
            if is_lasting:
                os.fsync(file)
        finally:
            os.close(file)
    return at


def _empty(path: Path) -> None:
    with suppress(OSError):
        file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.ftruncate(file, 0)
            os.fsync(file)
        finally:
            os.close(file)


def _stem(uid: str) -> str:
    """Name an object's files; the API server's UIDs are their own names."""
    if re.fullmatch(r"[A-Za-z0-9-]{1,64}", uid):
        return uid
    return "x-" + sha256(uid.encode(errors="surrogatepass")).hexdigest()[:32]
