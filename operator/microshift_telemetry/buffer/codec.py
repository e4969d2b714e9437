"""Each kind of record ⇄ its bytes in a frame: a tag, then its fields in their order.

A tag means one thing for ever. Those below 8 are of version 0.1.0, which shares one of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from microshift_telemetry.buffer.first_version import READERS, FirstRecord
from microshift_telemetry.buffer.layouts import (
    CPU,
    FLAG,
    FORM,
    LAUNCH,
    NUMBER,
    ORIGIN,
    PASS,
    START,
    TEXT,
    TIME,
    TIMES,
    Layout,
    one_of,
    optional,
    struct,
)
from microshift_telemetry.buffer.names import Named, Names, RecordPacker, RecordUnpacker
from microshift_telemetry.buffer.packing import UnreadableError
from microshift_telemetry.buffer.records import (
    Answered,
    Delivered,
    Epoch,
    Fate,
    Forgotten,
    Launched,
    Learned,
    Loss,
    LossReason,
    Lost,
    Marked,
    Moved,
    Offered,
    PassMade,
    Record,
    Redated,
    Remembered,
    ReportClosed,
    ReportDue,
    Stamp,
    Trusted,
)

_REASON = one_of(LossReason)
_LEARNED = struct(Learned, NUMBER, optional(TIME), optional(TIME))
_EPOCH = struct(Epoch, TEXT, NUMBER, TIME, FLAG, FLAG)
_STAMP = struct(Stamp, optional(NUMBER), FLAG)
_LOSS = struct(Loss, TIME, NUMBER, TIME, TIME, _REASON)
_REMEMBERED = struct(
    Remembered,
    optional(CPU),
    optional(ORIGIN),
    TEXT,
    optional(TIME),
    FLAG,
    optional(START),
    optional(TIME),
    TEXT,
    _LEARNED,
    NUMBER,
    NUMBER,
    optional(_LOSS),
    optional(_EPOCH),
    FLAG,
)
_LAYOUTS: Mapping[type[Record], tuple[int, Layout[Any]]] = {
    Forgotten: (2, struct(Forgotten, TIMES)),
    PassMade: (8, struct(PassMade, PASS, FLAG, optional(CPU), _STAMP)),
    Offered: (9, struct(Offered, TIMES, FORM)),
    Answered: (10, struct(Answered, one_of(Fate), TIME)),
    Lost: (11, struct(Lost, TIMES, _REASON, TIME)),
    Marked: (12, struct(Marked, TIMES, FORM, FLAG)),
    ReportDue: (13, struct(ReportDue, TIME, optional(START))),
    Delivered: (14, struct(Delivered, TIME, TEXT)),
    ReportClosed: (15, struct(ReportClosed)),
    Learned: (16, _LEARNED),
    Moved: (17, struct(Moved, ORIGIN, TEXT)),
    Remembered: (18, _REMEMBERED),
    Epoch: (19, _EPOCH),
    Trusted: (20, struct(Trusted, FLAG)),
    Redated: (21, struct(Redated, TIMES, TIMES)),
    Launched: (22, struct(Launched, optional(LAUNCH))),
}
_BY_TAG = dict(_LAYOUTS.values())


def encode_records(records: Sequence[Record], names: Names) -> bytes:
    """Write records one after the other."""
    out = RecordPacker(names)
    for record in records:
        tag, layout = _LAYOUTS[type(record)]
        out.number(tag)
        layout.write(out, record)
    return bytes(out.data)


def decode_records(payload: bytes, named: Named) -> list[FirstRecord]:
    """Read the records of a frame, all or none.

    Raises:
        UnreadableError: one of them is none of ours, or tells a number whose meaning was lost.
    """
    return list(_records(RecordUnpacker(payload, named)))


def _records(source: RecordUnpacker) -> Iterator[FirstRecord]:
    while not source.is_at_end:
        tag = source.number()
        if tag in _BY_TAG:
            yield _BY_TAG[tag].read(source)
        elif tag in READERS:
            yield from READERS[tag](source)
        else:
            raise UnreadableError(f"a record of unknown kind {tag}")
