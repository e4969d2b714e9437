"""The journal: records ⇄ frames, whose they are, and what is left when some are damaged.

A file is a header, then frames of records, then perhaps a torn tail. What is appended together is
one frame, so it is there whole or not at all. Everything else hangs on the header and on the names
of the series; each of these stands twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto
from hashlib import sha256
from heapq import merge
from itertools import groupby
from operator import itemgetter

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.frames import Frame, Gap, frame
from microshift_telemetry.buffer.frozen import Progress, Report
from microshift_telemetry.buffer.packing import Packer, Unpacker, UnreadableError
from microshift_telemetry.buffer.records import (
    Forgotten,
    Names,
    Record,
    Turn,
    decode_names,
    decode_records,
    encode_names,
    encode_records,
)
from microshift_telemetry.buffer.remembered import Remembered
from microshift_telemetry.sample.sample import SamplePass, Series

FORMAT_VERSION = 1
"""Every version begins a file with a header frame whose payload begins with this number."""

_FORGOTTEN_AT_ONCE = 512
"""A backlog is built anew to forget; a long journal would do that for each of its reports."""

_FIXED_BYTES, _PASS_BYTES, _READING_BYTES, _TIME_BYTES = 4096, 24, 10, 4
"""About what live records take, to tell how much of a file is dead."""

Scan = Callable[[], Iterator[Frame | Gap]]
"""Reads a file from its beginning, each time it is called."""


class _Kind(IntEnum):
    HEADER = 1
    NAMES = 2
    RECORDS = 3


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose samples a journal holds: nothing of another object, cluster or machine is used."""

    uid: str
    """Of the TelemetryConfig."""
    cluster_id: str
    machine: bytes
    """A hash; the machine id itself is nobody's business."""

    @classmethod
    def of(cls, uid: str, cluster_id: str, machine_id: str) -> "Owner":
        """Name an owner by `node.status.nodeInfo.machineID`, which may be empty."""
        return cls(uid, cluster_id, sha256(machine_id.encode()).digest()[:16])


@dataclass(slots=True)
class Contents:
    """What a journal keeps: everything of an object that must survive the process."""

    backlog: Backlog = field(default_factory=Backlog)
    remembered: Remembered = field(default_factory=Remembered)
    report: Report | None = None
    """The frozen one that was not concluded."""
    progress: Progress = field(default_factory=Progress)
    """How far it has come."""


class Found(Enum):
    """What a file turned out to be."""

    INTACT = auto()
    TORN = auto()
    """Ends within a frame: what was being written when the power went."""
    DAMAGED = auto()
    """Has unreadable places; what else there is was read."""
    FOREIGN = auto()
    """Of another object, cluster or machine: nothing of it was read."""
    NEWER = auto()
    """Of a version that this one can't read."""


@dataclass(frozen=True, slots=True)
class Survey:
    """A file as it was read."""

    found: Found
    version: int = FORMAT_VERSION
    end: int = 0
    """Behind the last whole frame."""
    lost_bytes: int = 0
    names: dict[int, Series] = field(default_factory=dict)


class Writer:
    """Turns records into the bytes of one file; knows which series were named in it already."""

    def __init__(self, names: dict[int, Series] | None = None) -> None:
        """Go on in a file that has these names."""
        self._names = Names(names)

    def frames(self, *records: Record) -> bytes:
        """Write records that belong together, with the names that they are the first to use.

        What is remembered goes first: a new origin ends what was kept before, not with it.
        """
        ordered = sorted(records, key=lambda record: not isinstance(record, Remembered))
        batch = frame(_Kind.RECORDS, encode_records(ordered, self._names))
        fresh = self._names.pop_fresh()
        names = frame(_Kind.NAMES, encode_names(fresh)) if fresh else b""
        return names + batch + names

    def whole_file(self, owner: Owner, contents: Contents) -> Iterator[bytes]:
        """Write a file that says no more than what is live, piece by piece."""
        yield _header(owner)
        yield self.frames(contents.remembered)
        for sample_pass in passes(contents.backlog):
            yield self.frames(sample_pass)
        if contents.report is not None:
            yield self.frames(contents.report, contents.progress)
        yield _header(owner)


class Replay:
    """Plays records again, in the order in which they were written."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._contents = Contents()
        self._forgotten: set[int] = set()

    def read(self, scan: Scan, owner: Owner) -> Survey:
        """Play the records of a file; further files go on where this one ended."""
        survey = _survey(scan, owner)
        if survey.found in {Found.FOREIGN, Found.NEWER}:
            return survey
        lost_bytes = survey.lost_bytes
        for piece in scan():
            if isinstance(piece, Frame) and piece.kind == _Kind.RECORDS:
                try:
                    records = decode_records(piece.payload, survey.names)
                except UnreadableError:
                    lost_bytes += len(piece.payload)
                else:
                    for record in records:
                        self.play(record)
        if lost_bytes == survey.lost_bytes:
            return survey
        return Survey(Found.DAMAGED, survey.version, survey.end, lost_bytes, survey.names)

    def play(self, record: Record) -> None:
        """Do what a record says."""
        match record:
            case SamplePass():
                if record.time_ms in self._forgotten:
                    self._flush()
                self._contents.backlog.add(record)
            case Forgotten(times_ms):
                self._forget(times_ms)
            case Remembered():
                self._remember(record)
            case Report() | Progress() | Turn():
                self._advance(record)

    def contents(self) -> Contents:
        """Give what is live after all that was played."""
        self._flush()
        return self._contents

    def _advance(self, record: Report | Progress | Turn) -> None:
        contents = self._contents
        match record:
            case Report():
                contents.report, contents.progress = record, Progress()
            case Progress():
                contents.progress = contents.progress.then(record)
                self._forget(record.taken_ms)
            case Turn.RESTARTED:
                contents.progress = contents.progress.restarted()
            case Turn.CONCLUDED:
                contents.report, contents.progress = None, Progress()

    def _remember(self, remembered: Remembered) -> None:
        """Keep the newest; a backlog never crosses destinations, so a new one empties it."""
        before = self._contents.remembered.origin
        if before is not None and remembered.origin not in {None, before}:
            self._forgotten.clear()
            self._contents = Contents()
        self._contents.remembered = remembered

    def _forget(self, times_ms: tuple[int, ...]) -> None:
        self._forgotten.update(times_ms)
        if len(self._forgotten) >= _FORGOTTEN_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        self._contents.backlog.discard(self._forgotten)
        self._forgotten.clear()


def passes(backlog: Backlog) -> Iterator[SamplePass]:
    """Give the passes that wait, oldest first, one at a time."""
    times_ms = backlog.times_ms
    columns = (backlog.readings(series, times_ms) for series in backlog.series())
    for time_ms, readings in groupby(merge(*columns, key=itemgetter(0)), key=itemgetter(0)):
        yield SamplePass(time_ms, tuple(reading for _, reading in readings))


def live_bytes(contents: Contents) -> int:
    """Estimate how long a file with nothing dead in it would be."""
    backlog, report = contents.backlog, contents.report
    requests = () if report is None else report.requests
    return (
        _FIXED_BYTES
        + _PASS_BYTES * len(backlog.times_ms)
        + _READING_BYTES * backlog.samples
        + _TIME_BYTES * sum(len(request.times_ms) for request in requests)
    )


def _header(owner: Owner) -> bytes:
    out = Packer()
    out.number(FORMAT_VERSION)
    out.text(owner.uid)
    out.text(owner.cluster_id)
    out.blob(owner.machine)
    return frame(_Kind.HEADER, bytes(out.data))


def _decode_header(payload: bytes) -> tuple[int, Owner | None]:
    """Read a header's version, and its owner unless the version is a newer one."""
    source = Unpacker(payload)
    version = source.number()
    if version > FORMAT_VERSION:
        return version, None
    return version, Owner(source.text(), source.text(), source.blob())


def _survey(scan: Scan, owner: Owner) -> Survey:
    """Look through a file for everything but its records."""
    headers: set[tuple[int, Owner | None]] = set()
    names: dict[int, Series] = {}
    end = lost_bytes = torn_bytes = 0
    for piece in scan():
        if isinstance(piece, Gap):
            torn_bytes = piece.size_bytes
            lost_bytes += piece.size_bytes
            continue
        end, torn_bytes = piece.end, 0
        try:
            if piece.kind == _Kind.HEADER:
                headers.add(_decode_header(piece.payload))
            elif piece.kind == _Kind.NAMES:
                names.update(decode_names(piece.payload))
        except UnreadableError:
            lost_bytes += len(piece.payload)
    found = _found(headers, owner, lost_bytes, torn_bytes)
    version = max((version for version, _ in headers), default=0)
    return Survey(found, version, end, lost_bytes, names)


def _found(
    headers: set[tuple[int, Owner | None]], owner: Owner, lost_bytes: int, torn_bytes: int
) -> Found:
    if any(version > FORMAT_VERSION for version, _ in headers):
        return Found.NEWER
    if any(other != owner for _, other in headers):
        return Found.FOREIGN
    if not headers or lost_bytes > torn_bytes:
        return Found.DAMAGED
    return Found.TORN if torn_bytes else Found.INTACT
