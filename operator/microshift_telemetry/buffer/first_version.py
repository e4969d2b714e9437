"""What version 0.1.0 of the operator has kept: its records, told in today's.

It froze each report and noted which of its passes a receiver has taken or refused; of a request
that went out and was not answered it noted nothing. So each pass of a frozen report that was not
taken counts as maybe stored, in the form of that report: in another form it could become a second
value for its instant, and to count it as dropped would say more than is known. When such a pass is
lost, `droppedSamples` leaves it out; passes that are made later are counted as ever.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from microshift_telemetry.buffer.form import Form
from microshift_telemetry.buffer.layouts import (
    CPU,
    FLAG,
    NUMBER,
    ORIGIN,
    READING,
    START,
    TIME,
    TIMES,
    each,
    optional,
    struct,
)
from microshift_telemetry.buffer.names import RecordUnpacker, shape_from_text
from microshift_telemetry.buffer.records import (
    Forgotten,
    Marked,
    PassMade,
    Record,
    Remembered,
    ReportClosed,
    ReportDue,
)
from microshift_telemetry.sample.sample import Reading
from microshift_telemetry.sources.host import CpuTimes
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.spec.endpoint import Origin


@dataclass(frozen=True, slots=True)
class FirstRemembered:
    """What it kept beside the passes; a ledger knows more."""

    cpu: CpuTimes | None = None
    last_report_ms: int | None = None
    answered_start: MicroshiftStart | None = None
    dropped_samples: int = 0
    origin: Origin | None = None
    refusals: int = 0
    averaging_since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    times_ms: tuple[int, ...]
    static: tuple[Reading, ...]
    is_averaged: bool


FirstRecord = Record | FirstRemembered
"""What one of its records says; `translated` tells the second as a ledger has it."""

_REQUESTS = each(struct(_Request, TIMES, each(READING), FLAG))
_NEWEST = optional(TIME)
_REMEMBERED = struct(
    FirstRemembered,
    optional(CPU),
    optional(TIME),
    optional(START),
    NUMBER,
    optional(ORIGIN),
    NUMBER,
    optional(TIME),
)


def translated(first: FirstRemembered, known: Remembered) -> Remembered:
    """Tell what it remembered, for a ledger that remembers `known`.

    What version 0.1.0 knew nothing of stays as a newer one has left it in a file that 0.1.0 had
    set aside. A report for another origin than before is not open any more.
    """
    is_same_delivery = first.last_report_ms in {None, known.last_report_ms}
    is_moved = known.origin is not None and first.origin not in {None, known.origin}
    return replace(
        known,
        cpu=first.cpu or known.cpu,
        origin=first.origin or known.origin,
        is_report_open=known.is_report_open and not is_moved,
        answered_start=first.answered_start,
        last_report_ms=first.last_report_ms or known.last_report_ms,
        delivered_to=known.delivered_to if is_same_delivery else "",
        learned=replace(
            known.learned, refusals=first.refusals, averaging_since_ms=first.averaging_since_ms
        ),
        dropped_samples=max(first.dropped_samples, known.dropped_samples),
    )


def _pass(source: RecordUnpacker) -> tuple[FirstRecord, ...]:
    return (PassMade(source.sample_pass()),)


def _report(source: RecordUnpacker) -> tuple[FirstRecord, ...]:
    shape = shape_from_text(source.text())
    requests, newest_ms = _REQUESTS.read(source), _NEWEST.read(source)
    marks = [_marked(request.times_ms, Form(shape, request.is_averaged)) for request in requests]
    due_ms = newest_ms or max((time_ms for mark in marks for time_ms in mark.times_ms), default=0)
    return (ReportDue(due_ms), *marks)


def _marked(times_ms: tuple[int, ...], form: Form) -> Marked:
    """Mark a request's passes; a mean stands at the newest of them alone."""
    return Marked(times_ms[-1:] if form.is_averaged else times_ms, form, is_maybe_stored=True)


def _progress(source: RecordUnpacker) -> tuple[FirstRecord, ...]:
    """Read which passes were taken; those that were refused stay, the report was not at its end."""
    taken_ms, _, _ = source.times(), source.times(), _NEWEST.read(source)
    return (Forgotten(taken_ms),)


def _restarted(_: RecordUnpacker) -> tuple[FirstRecord, ...]:
    return ()


def _concluded(_: RecordUnpacker) -> tuple[FirstRecord, ...]:
    return (ReportClosed(),)


def _remembered(source: RecordUnpacker) -> tuple[FirstRecord, ...]:
    return (_REMEMBERED.read(source),)


READERS: Mapping[int, Callable[[RecordUnpacker], tuple[FirstRecord, ...]]] = {
    1: _pass,
    3: _report,
    4: _progress,
    5: _restarted,
    6: _concluded,
    7: _remembered,
}
"""By the tag that a record begins with; each may raise UnreadableError."""
