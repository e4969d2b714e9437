"""The ledger: everything of one TelemetryConfig that must survive the process.

It changes in one way only: a record is applied to it. The live process and the replay of a journal
use the same code, so memory and disk cannot say different things.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.records import (
    Answered,
    Delivered,
    Epoch,
    Fate,
    Forgotten,
    Launched,
    Learned,
    Loss,
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
    Trusted,
)
from microshift_telemetry.sources.launch import Launch
from microshift_telemetry.spec.endpoint import Origin

News = ReportDue | Delivered | ReportClosed | Learned | Moved | Remembered | Epoch | Trusted
"""What a ledger keeps beside its passes."""


class Ledger:
    """What waits, what is known of earlier offers of it, and the little beside it."""

    def __init__(self, remembered: Remembered | None = None) -> None:
        """Begin without passes."""
        self._remembered = remembered or Remembered()
        self._backlog = Backlog()
        self._extra_ms: int | None = None
        self._offered: Offered | None = None
        self._launch: Launch | None = None

    @property
    def backlog(self) -> Backlog:
        """The passes that wait; to be read only."""
        return self._backlog

    @property
    def remembered(self) -> Remembered:
        """Everything beside the passes."""
        return self._remembered

    @property
    def extra_ms(self) -> int | None:
        """The pass off the grid; None when none waits."""
        return self._extra_ms

    @property
    def offered(self) -> Offered | None:
        """The request that went out last, until it is answered; None when none is open."""
        return self._offered

    @property
    def launch(self) -> Launch | None:
        """The last start of MicroShift that was watched; None when none is."""
        return self._launch

    def __eq__(self, other: object) -> bool:
        """Compare everything that lasts."""
        if not isinstance(other, Ledger):
            return NotImplemented
        return vars(self) == vars(other)

    def apply(self, record: Record) -> None:
        """Do what a record says."""
        match record:
            case PassMade():
                self._add(record)
            case Offered():
                self._settle(Answered(Fate.UNANSWERED))
                self._offered = record
            case Answered():
                self._settle(record)
            case Lost():
                self._lose(record)
            case Forgotten(times_ms):
                self._discard(times_ms)
            case Marked(times_ms, form, is_maybe_stored):
                self._backlog.mark(times_ms, form, is_maybe_stored=is_maybe_stored)
            case Redated():
                self._redate(record)
            case _:
                self._learn(record)

    def _add(self, made: PassMade) -> None:
        """Add a pass; one off the grid that no receiver has makes room for it."""
        if self._extra_ms is not None:
            self._discard((self._extra_ms,))
        time_ms = made.sample_pass.time_ms
        if self._backlog.add(made.sample_pass, made.stamp) and made.is_extra:
            self._extra_ms = time_ms
        if made.cpu is not None:
            self._remembered = replace(self._remembered, cpu=made.cpu)

    def _learn(self, record: News | Launched) -> None:
        """Remember what is no pass, with what it means for those that wait."""
        if isinstance(record, Launched):
            self._launch = record.launch
            return
        before = self._remembered.epoch
        match record:
            case Moved() | Remembered():
                self._leave(record.origin)
            case Epoch(boot_id) if before is None or before.boot_id != boot_id:
                self._backlog.end_boot()
            case Trusted() if before is not None:
                self._backlog.trust(before.boot_ms)
            case _:
                pass
        self._remembered = _with_news(self._remembered, record)

    def _redate(self, record: Redated) -> None:
        """Give passes their true times."""
        to_ms = dict(zip(record.times_ms, record.to_ms, strict=False))
        if self._extra_ms is not None:
            self._extra_ms = to_ms.get(self._extra_ms, self._extra_ms)
        self._backlog.redate(to_ms)

    def _settle(self, answered: Answered) -> None:
        """Note what became of the request that was offered last, if one is open."""
        offered, self._offered = self._offered, None
        if offered is None:
            return
        times_ms, form = offered.times_ms, offered.form
        if answered.fate is Fate.TAKEN:
            self._discard(times_ms)
        elif answered.fate is not Fate.UNTAKEN:
            if form.is_averaged:
                times_ms = times_ms[-1:]  # the one instant that it has samples of
            young = (
                0 if answered.fate is Fate.UNANSWERED else bisect_left(times_ms, answered.young_ms)
            )
            self._backlog.mark(times_ms[:young], form, is_maybe_stored=False)
            self._backlog.mark(times_ms[young:], form, is_maybe_stored=True)

    def _lose(self, lost: Lost) -> None:
        """Give passes up; what may be stored is counted apart, one off the grid not at all."""
        known = self._remembered
        if self._extra_ms in lost.times_ms:
            self._discard((self._extra_ms,))
        waiting = self._backlog.among(lost.times_ms)
        maybe_ms = tuple(each for each in waiting if self._backlog.is_maybe_stored(each))
        maybe_stored = self._discard(maybe_ms)
        times_ms = self._backlog.among(waiting)
        dropped = self._discard(times_ms)
        self._remembered = replace(
            known,
            dropped_samples=known.dropped_samples + dropped,
            maybe_stored_samples=known.maybe_stored_samples + maybe_stored,
            loss=Loss(lost.at_ms, dropped, times_ms[0], times_ms[-1], lost.reason)
            if dropped
            else known.loss,
        )

    def _leave(self, for_origin: Origin | None) -> None:
        """Keep nothing that was collected for another origin."""
        if for_origin and self._remembered.origin not in {None, for_origin}:
            self._offered = None
            self._discard(self._backlog.times_ms)
            self._remembered = replace(self._remembered, is_report_open=False)

    def _discard(self, times_ms: Iterable[int]) -> int:
        """Forget passes; tell how many samples they had."""
        times_ms = tuple(times_ms)
        if self._extra_ms in times_ms:
            self._extra_ms = None
        return self._backlog.discard(times_ms)


def _with_news(known: Remembered, record: News) -> Remembered:
    match record:
        case ReportDue(at_ms, start):
            return replace(
                known,
                report_due_ms=at_ms,
                is_report_open=True,
                answered_start=start or known.answered_start,
            )
        case Delivered(at_ms, destination):
            return replace(known, last_report_ms=at_ms, delivered_to=destination)
        case ReportClosed():
            return replace(known, is_report_open=False, maybe_stored_samples=0)
        case Learned():
            return replace(known, learned=record)
        case Epoch() | Trusted():
            return _with_clock(known, record)
        case Moved(origin, destination):
            is_same = known.destination in {"", destination}
            delivered_to = known.delivered_to if is_same else ""
            return replace(known, origin=origin, destination=destination, delivered_to=delivered_to)
        case Remembered():
            return record


def _with_clock(known: Remembered, record: Epoch | Trusted) -> Remembered:
    if isinstance(record, Epoch):
        return replace(known, epoch=record)
    trusted = known.epoch and replace(known.epoch, is_trusted=True)
    return replace(known, epoch=trusted, keeps_time=record.keeps_time)


def snapshot(ledger: Ledger) -> Iterator[Record]:
    """Give records that make an empty ledger equal to this one, one at a time."""
    backlog, extra_ms = ledger.backlog, ledger.extra_ms
    yield ledger.remembered
    if ledger.launch is not None:
        yield Launched(ledger.launch)
    for sample_pass in backlog.passes():
        if sample_pass.time_ms != extra_ms:
            yield PassMade(sample_pass, stamp=backlog.stamp_of(sample_pass.time_ms))
    if extra_ms is not None:
        for sample_pass in backlog.passes((extra_ms,)):
            yield PassMade(sample_pass, is_extra=True, stamp=backlog.stamp_of(extra_ms))
    yield from backlog.marked()
    if ledger.offered is not None:
        yield ledger.offered
