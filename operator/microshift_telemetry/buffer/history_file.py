"""The file behind a history: the bodies of the last reports, and what came back.

A file is a header, then a frame for each request and for each response. Like a journal it may end
in a torn frame; what can't be read is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path

from microshift_telemetry.buffer.frames import Frame, frame, scan
from microshift_telemetry.buffer.owner import Owner, pack_owner, unpack_owner
from microshift_telemetry.buffer.packing import Packer, Unpacker, UnreadableError
from microshift_telemetry.buffer.state_directory import (
    JournalError,
    StateDirectory,
    append,
    free_bytes,
    replace_whole,
    translated,
)

FORMAT_VERSION = 1

MAX_FILE_BYTES = 1 << 20
"""Of one object's history."""

LEAST_FREE_BYTES = 16 << 20
"""What a journal may take. On a disk with less, the history's room is the journal's."""


class _Kind(IntEnum):
    HEADER = 1
    REQUEST = 2
    RESPONSE = 3


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """What came back to a request."""

    time_ms: int
    status_code: int


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """A request as it was sent."""

    time_ms: int
    url: str
    """Without its query: some receivers take a token there."""
    body: bytes
    """Every byte of it."""
    is_first: bool = False
    """Of its report."""
    response: KeptResponse | None = None
    """None: none is known."""


class HistoryFile:
    """The history of one object; to be used in one thread at a time."""

    def __init__(self, directory: StateDirectory, owner: Owner) -> None:
        """Touch nothing yet."""
        self._directory = directory
        self._owner = owner
        self._path = directory.file(owner.uid, "history")
        self._end: int | None = None
        """Behind the last whole frame; None: the file was not looked at, or is another's."""
        self._reports = 0

    def keep(self, sent: KeptRequest, limit: int) -> None:
        """Add a request; of older reports, at least `limit` with this one's stay.

        Raises:
            JournalError: it was not added; the next one may be.
        """
        self._directory.hold()
        self._require_room()
        data, reports = _request_frame(sent), self._look() + sent.is_first
        if self._end is None:
            self._replace([])
        elif reports > 2 * limit or self._end + len(data) > MAX_FILE_BYTES:
            most_bytes = MAX_FILE_BYTES // 2 - len(data)
            self._replace(_newest(self._entries(), limit - sent.is_first, most_bytes))
        self._end = append(self._path, self._end or 0, data)
        self._reports += sent.is_first

    def note(self, sent_ms: int, response: KeptResponse) -> None:
        """Add the response to a request, if that is the one that was added last.

        It lasts with the next request; a power cut before costs the response alone.

        Raises:
            JournalError: it was not added; no response to the request will be known.
        """
        if self._end is not None:
            data = _response_frame(sent_ms, response)
            self._end = append(self._path, self._end, data, is_lasting=False)

    def read(self) -> list[KeptRequest]:
        """Read every request that is there, oldest first; empty where the file is another's.

        Raises:
            JournalError: it can't be read.
        """
        self._directory.hold()
        self._look()
        return [] if self._end is None else list(self._entries())

    def remove(self) -> None:
        """Remove the file.

        Raises:
            JournalError: it can't be removed; it is empty then where that is possible.
        """
        self._directory.hold()
        self._end, self._reports = None, 0
        self._directory.remove([self._path])

    def _require_room(self) -> None:
        if free_bytes(self._directory.path) < LEAST_FREE_BYTES:
            self.remove()
            free = LEAST_FREE_BYTES >> 20
            raise JournalError(f"{self._directory.path}: less than {free} MiB of the disk are free")

    def _look(self) -> int:
        """Find the end of a file of ours, and tell of how many reports it has something."""
        if self._end is not None and _size(self._path) >= self._end:
            return self._reports
        self._end, self._reports = None, 0
        frames = _frames(self._path)
        first = next(frames, None)
        if first is not None and self._is_ours(first):
            self._end = max((each.end for each in frames), default=first.end)
            self._reports = sum(entry.is_first for entry in self._entries())
        return self._reports

    def _is_ours(self, header: Frame) -> bool:
        source = Unpacker(header.payload)
        try:
            is_readable = header.kind == _Kind.HEADER and source.number() == FORMAT_VERSION
            return is_readable and self._owner.may_use(unpack_owner(source))
        except UnreadableError:
            return False

    def _entries(self) -> Iterator[KeptRequest]:
        last: KeptRequest | None = None
        for piece in _frames(self._path):
            found = _decoded(piece)
            if isinstance(found, KeptRequest):
                if last is not None:
                    yield last
                last = found
            elif found is not None and last is not None and found[0] == last.time_ms:
                last = replace(last, response=found[1])
        if last is not None:
            yield last

    def _replace(self, kept: list[KeptRequest]) -> None:
        """Put a file in place that holds these and nothing else."""
        out = Packer()
        out.number(FORMAT_VERSION)
        pack_owner(out, self._owner)
        header = frame(_Kind.HEADER, bytes(out.data))
        new = self._directory.file(self._owner.uid, "history-new")
        self._end = None
        end = replace_whole(self._path, new, [header, *map(_request_frame, kept)])
        self._directory.sync()
        self._end, self._reports = end, sum(entry.is_first for entry in kept)


def _newest(entries: Iterator[KeptRequest], reports: int, most_bytes: int) -> list[KeptRequest]:
    """Give the requests of the newest reports, as many as have room."""
    kept = list[KeptRequest]()
    for entry in reversed(list(entries)):
        most_bytes -= len(entry.body)
        if reports <= 0 or most_bytes < 0:
            break
        kept.append(entry)
        reports -= entry.is_first
    return kept[::-1]


def _request_frame(sent: KeptRequest) -> bytes:
    out = Packer()
    out.number(int(sent.is_first))
    out.number(sent.time_ms)
    out.text(sent.url)
    out.blob(sent.body)
    response = b"" if sent.response is None else _response_frame(sent.time_ms, sent.response)
    return frame(_Kind.REQUEST, bytes(out.data)) + response


def _response_frame(sent_ms: int, response: KeptResponse) -> bytes:
    out = Packer()
    out.number(sent_ms)
    out.number(response.time_ms)
    out.number(response.status_code)
    return frame(_Kind.RESPONSE, bytes(out.data))


def _decoded(piece: Frame) -> KeptRequest | tuple[int, KeptResponse] | None:
    """Read a request, or a response and when its request was sent; None of anything else."""
    source = Unpacker(piece.payload)
    try:
        if piece.kind == _Kind.REQUEST:
            is_first = bool(source.number())
            return KeptRequest(source.time(), source.text(), source.blob(), is_first)
        if piece.kind == _Kind.RESPONSE:
            return source.time(), KeptResponse(source.time(), source.number())
    except UnreadableError:
        pass
    return None


def _frames(path: Path) -> Iterator[Frame]:
    """Read a file's whole frames; none where there is no file."""
    with translated(path):
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return
        with file:
            limit = 2 * MAX_FILE_BYTES
            for piece in scan(lambda size: file.read(min(size, limit - file.tell()))):
                if isinstance(piece, Frame):
                    yield piece


def _size(path: Path) -> int:
    with translated(path):
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return -1
