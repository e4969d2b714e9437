"""The file behind a journal: append and fsync, replace as a whole, set aside what is damaged."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from microshift_telemetry.buffer.frames import Frame, Gap, scan
from microshift_telemetry.buffer.journal import (
    FORMAT_VERSION,
    Found,
    Image,
    Replay,
    Survey,
    Writer,
    survey_of,
)
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.records import Record
from microshift_telemetry.buffer.state_directory import (
    JournalError,
    StateDirectory,
    append,
    replace_whole,
    translated,
)

MAX_FILE_BYTES = 16 << 20
"""Five times what 20,160 passes take; nothing beyond it is read, and nothing written."""

SLACK_BYTES = 64 << 10
"""A file that has grown by less is not worth writing anew."""

MAX_MISSED_BYTES = 256 << 10
"""Of appends that failed; beyond it the next success is a whole file."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an earlier process has left."""

    ledger: Ledger
    said: str | None
    """What an admin should know; None when all was well, also after a power cut."""


class JournalFile:
    """The journal of one object.

    Ask `load` first, and again while it fails: what was left there must not be written over unread.
    """

    def __init__(self, directory: StateDirectory, owner: Owner) -> None:
        """Touch nothing yet."""
        self._directory = directory
        self.owner = owner
        self._path = directory.file(owner.uid, "journal")
        self._is_loaded = False
        self._end: int | None = None
        self._compact_from = 0
        self._missed = b""
        self._writer = Writer()
        self._aside: Path | None = None
        self._taken_back: list[Path] = []

    def load(self) -> Loaded:
        """Read what is there; changes nothing on the disk but the directory and its lock.

        Raises:
            StateDirectoryInUseError: another process works with the directory.
            JournalError: what is there can't be read.
        """
        self._directory.hold()
        replay = Replay()
        survey = self._survey(self._path)
        version = 0 if survey is None else survey.version
        left = _left_by_older(self._directory.files(self.owner.uid))
        for path in (path for of_version, path in left if of_version > version):
            self._play(path, self._survey(path), replay)
        survey = self._play(self._path, survey, replay)
        self._taken_back = [path for _, path in left]
        self._take_up(survey)
        return Loaded(replay.ledger, _said(self._path, survey))

    def weigh(self, live_bytes: Callable[[], int]) -> bool:
        """Weigh a file that has grown; tell whether a whole one is due: none, or much is dead."""
        if self._end is None:
            return True
        size_bytes = self._end + len(self._missed)
        if size_bytes < min(self._compact_from, MAX_FILE_BYTES):
            return False
        self._compact_from = size_bytes + SLACK_BYTES
        return size_bytes > min(2 * live_bytes(), MAX_FILE_BYTES)

    def write(self, records: Sequence[Record], image: Image | None = None) -> bool:
        """Write records with one write and one fsync; all of them last, or none.

        What earlier calls could not write goes along. With an image, in which all of them are, the
        file is replaced; on a full disk the old one must do.

        Returns:
            Whether they last. They don't where the file has gone: an image is wanted then.

        Raises:
            JournalError: they were not written; the next call tries again.
        """
        self._require_loaded()
        if self._end is not None:
            self._missed += self._writer.frames(*records) if records else b""
            if len(self._missed) > MAX_MISSED_BYTES:
                self._give_up_appending()
        self._directory.hold()
        if self._end is not None and not _is_there(self._path, self._end):
            self._give_up_appending()
        if image is not None and self._has_replaced(image):
            return True
        if self._end is not None:
            _check_size(self._path, self._end + len(self._missed))
            self._missed, self._end = b"", append(self._path, self._end, self._missed)
        return self._end is not None

    def rewrite(self, image: Image) -> bool:
        """Put a file in place that holds what is live and nothing else.

        Returns:
            That it lasts, as `write` does.

        Raises:
            JournalError: the old one is still there, and good; from now on an image is wanted.
        """
        self._require_loaded()
        self._give_up_appending()
        self._directory.hold()
        self._replace(image)
        return True

    def _has_replaced(self, image: Image) -> bool:
        try:
            self._replace(image)
        except JournalError:
            if self._end is None:
                raise
            return False
        return True

    def _replace(self, image: Image) -> None:
        new = self._directory.file(self.owner.uid, "new")
        _check_size(new, len(image.data))
        end = replace_whole(self._path, new, [image.data], self._set_aside)
        self._aside = None
        self._directory.sync()
        self._writer, self._end, self._missed = image.writer, end, b""
        self._compact_from = end + SLACK_BYTES
        if self._taken_back:
            self._directory.remove(self._taken_back)
            self._taken_back = []

    def _set_aside(self) -> None:
        if self._aside is not None:
            _link(self._path, self._aside)
        self._give_up_appending()

    def _require_loaded(self) -> None:
        if not self._is_loaded:
            raise JournalError(f"{self._path}: not read yet")

    def _give_up_appending(self) -> None:
        self._end, self._missed = None, b""

    def _take_up(self, survey: Survey | None) -> None:
        """Go on where a good file ends; any other one is replaced by the next write."""
        self._is_loaded = True
        self._give_up_appending()
        self._aside = _aside(self._path, survey)
        if survey is None or survey.version != FORMAT_VERSION or self._taken_back:
            return
        if survey.found in {Found.INTACT, Found.TORN}:
            self._writer, self._end = Writer(survey.named), survey.end
            self._compact_from = SLACK_BYTES

    def _survey(self, path: Path) -> Survey | None:
        """Look through a file; None when there is no such file."""
        with translated(path):
            if not path.exists():
                return None
        return survey_of(partial(_pieces, path), self.owner)

    def _play(self, path: Path, survey: Survey | None, replay: Replay) -> Survey | None:
        """Play a file's records; tell what more is known of it."""
        return None if survey is None else replay.read(partial(_pieces, path), survey)


def _left_by_older(paths: Iterable[Path]) -> list[tuple[int, Path]]:
    """Find the files, by version, that an older version could not read, and this one can.

    A journal of such a version, or a newer one, has all of it: its own process took it back, and
    could not remove it.
    """
    found = (
        (int(match[1]), path)
        for path in paths
        if (match := re.fullmatch(r"\.v([0-9]+)", path.suffix))
    )
    return sorted((version, path) for version, path in found if version <= FORMAT_VERSION)


def _aside(path: Path, survey: Survey | None) -> Path | None:
    """Name the place where a file is kept when another takes over; None for one that is not."""
    match survey:
        case Survey(Found.DAMAGED):
            return path.with_suffix(".damaged")
        case Survey(Found.NEWER, version):
            return path.with_suffix(f".v{version}")
        case _:
            return None


def _said(path: Path, survey: Survey | None) -> str | None:
    aside = _aside(path, survey)
    match survey:
        case Survey(Found.DAMAGED) if aside:
            return (
                f"{path}: {survey.lost_bytes} bytes are unreadable; the rest is used, and the "
                f"damaged file is kept as {aside.name}"
            )
        case Survey(Found.NEWER) if aside:
            return (
                f"{path}: written by a newer version of the operator; the file is kept as "
                f"{aside.name}, and that version loads it again"
            )
        case Survey(Found.FOREIGN):
            return (
                f"{path}: belongs to another object, cluster or machine, or predates an opt-out; "
                "the file is ignored and replaced"
            )
        case _:
            return None


def _link(path: Path, aside: Path) -> None:
    """Give a file that is about to be replaced a second name."""
    with translated(aside), suppress(FileNotFoundError):
        aside.unlink(missing_ok=True)
        aside.hardlink_to(path)


def _pieces(path: Path) -> Iterator[Frame | Gap]:
    with translated(path), path.open("rb") as file:
        yield from scan(lambda size: file.read(min(size, MAX_FILE_BYTES - file.tell())))


def _is_there(path: Path, end: int) -> bool:
    """Tell whether a file still has all that was written to it."""
    with translated(path):
        try:
            return path.stat().st_size >= end
        except FileNotFoundError:
            return False


def _check_size(path: Path, size_bytes: int) -> None:
    if size_bytes > MAX_FILE_BYTES:
        raise JournalError(f"{path}: would exceed {MAX_FILE_BYTES} bytes")
