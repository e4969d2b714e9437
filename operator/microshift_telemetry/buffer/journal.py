"""The journal: records ⇄ frames, whose they are, and what is left when some are damaged.

A file is a header, then frames of records, then perhaps a torn tail. What is appended together is
one frame, so it is there whole or not at all. Everything else hangs on the header and on the names
of series and forms; each of these stands twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum, auto

from microshift_telemetry.buffer.codec import decode_records, encode_records
from microshift_telemetry.buffer.first_version import FirstRecord, FirstRemembered, translated
from microshift_telemetry.buffer.frames import Frame, Gap, frame
from microshift_telemetry.buffer.ledger import Ledger, snapshot
from microshift_telemetry.buffer.names import (
    Named,
    Names,
    decode_forms,
    decode_series,
    encode_forms,
    encode_series,
)
from microshift_telemetry.buffer.owner import Owner, pack_owner, unpack_owner
from microshift_telemetry.buffer.packing import Packer, Unpacker, UnreadableError
from microshift_telemetry.buffer.records import Record

FORMAT_VERSION = 2
"""Every version begins a file with a header frame whose payload begins with this number."""

_FIXED_BYTES, _PASS_BYTES, _READING_BYTES, _TIME_BYTES = 4096, 24, 10, 4
"""About what live records take, to tell how much of a file is dead."""

Scan = Callable[[], Iterator[Frame | Gap]]
"""Reads a file from its beginning, each time it is called."""


class _Kind(IntEnum):
    HEADER = 1
    SERIES = 2
    RECORDS = 3
    FORMS = 4


class Found(Enum):
    """What a file turned out to be."""

    INTACT = auto()
    TORN = auto()
    """Ends within a frame: what was being written when the power went; or is empty."""
    DAMAGED = auto()
    """Has unreadable places; what else there is was read."""
    FOREIGN = auto()
    """Of another object, cluster or machine, or of before an opt-out: nothing of it was read."""
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
    named: Named = field(default_factory=Named)


class Writer:
    """Turns records into the bytes of one file; knows what was named in it already."""

    def __init__(self, named: Named | None = None) -> None:
        """Go on in a file that has these names."""
        self._names = Names(named)

    def frames(self, *records: Record) -> bytes:
        """Write records that belong together, with the names that they are the first to use."""
        batch = frame(_Kind.RECORDS, encode_records(records, self._names))
        names = b""
        if series := self._names.series.pop_fresh():
            names += frame(_Kind.SERIES, encode_series(series))
        if forms := self._names.forms.pop_fresh():
            names += frame(_Kind.FORMS, encode_forms(forms))
        return names + batch + names

    def whole_file(self, owner: Owner, ledger: Ledger) -> Iterator[bytes]:
        """Write a file that says no more than what is live, piece by piece."""
        yield _header(owner)
        for record in snapshot(ledger):
            yield self.frames(record)
        yield _header(owner)


@dataclass(frozen=True, slots=True)
class Image:
    """A whole file in memory, and what goes on in it: it is written while the ledger changes."""

    data: bytearray
    writer: Writer

    @classmethod
    def of(cls, owner: Owner, ledger: Ledger) -> "Image":
        """Lay out a file that says no more than what is live."""
        writer, data = Writer(), bytearray()
        for piece in writer.whole_file(owner, ledger):
            data += piece
        return cls(data, writer)


class Replay:
    """Plays records again, in the order in which they were written."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.ledger = Ledger()

    def read(self, scan: Scan, survey: Survey) -> Survey:
        """Play the records of a surveyed file; further files go on where this one ended."""
        if survey.found in {Found.FOREIGN, Found.NEWER}:
            return survey
        lost_bytes = survey.lost_bytes
        for piece in scan():
            if isinstance(piece, Frame) and piece.kind == _Kind.RECORDS:
                try:
                    records = decode_records(piece.payload, survey.named)
                except UnreadableError:
                    lost_bytes += len(piece.payload)
                else:
                    for record in records:
                        self.play(record)
        if lost_bytes == survey.lost_bytes:
            return survey
        return replace(survey, found=Found.DAMAGED, lost_bytes=lost_bytes)

    def play(self, record: FirstRecord) -> None:
        """Do what a record says."""
        if isinstance(record, FirstRemembered):
            record = translated(record, self.ledger.remembered)
        self.ledger.apply(record)


def live_bytes(ledger: Ledger) -> int:
    """Estimate how long a file with nothing dead in it would be."""
    backlog = ledger.backlog
    return (
        _FIXED_BYTES
        + _PASS_BYTES * len(backlog.times_ms)
        + _READING_BYTES * backlog.samples
        + _TIME_BYTES * backlog.marks
    )


def _header(owner: Owner) -> bytes:
    out = Packer()
    out.number(FORMAT_VERSION)
    pack_owner(out, owner)
    return frame(_Kind.HEADER, bytes(out.data))


def _decode_header(payload: bytes) -> tuple[int, Owner | None]:
    """Read a header's version, and its owner unless the version is a newer one."""
    source = Unpacker(payload)
    version = source.number()
    return version, None if version > FORMAT_VERSION else unpack_owner(source)


def survey_of(scan: Scan, owner: Owner) -> Survey:
    """Look through a file for everything but its records."""
    headers: set[tuple[int, Owner | None]] = set()
    named = Named()
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
            elif piece.kind == _Kind.SERIES:
                named.series.update(decode_series(piece.payload))
            elif piece.kind == _Kind.FORMS:
                named.forms.update(decode_forms(piece.payload))
        except UnreadableError:
            lost_bytes += len(piece.payload)
    is_empty = not end and not lost_bytes
    found = Found.TORN if is_empty else _found(headers, owner, lost_bytes, torn_bytes)
    version = max((version for version, _ in headers), default=0)
    return Survey(found, version, end, lost_bytes, named)


def _found(
    headers: set[tuple[int, Owner | None]], owner: Owner, lost_bytes: int, torn_bytes: int
) -> Found:
    if any(version > FORMAT_VERSION for version, _ in headers):
        return Found.NEWER
    if any(other is None or not owner.may_use(other) for _, other in headers):
        return Found.FOREIGN
    if not headers or lost_bytes > torn_bytes:
        return Found.DAMAGED
    return Found.TORN if torn_bytes else Found.INTACT
