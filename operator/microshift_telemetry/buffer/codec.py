"""Each kind of record ⇄ its bytes in a frame; a series is named once and then told by a number."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, auto

from microshift_telemetry.buffer.frozen import Progress, Report, Shape, WriteRequest
from microshift_telemetry.buffer.packing import Packer, Unpacker, UnreadableError
from microshift_telemetry.buffer.remembered import Remembered
from microshift_telemetry.sample.sample import Reading, SamplePass, Series, labels_from
from microshift_telemetry.sources.host import CpuTimes
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.spec.endpoint import Origin


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Passes that have left the backlog: confirmed outside of a report, refused or expired."""

    times_ms: tuple[int, ...]


class Turn(Enum):
    """What becomes of the frozen report as a whole."""

    RESTARTED = auto()
    """What was refused provisionally is tried again."""
    CONCLUDED = auto()
    """It was sent to its end, or given up."""


Record = SamplePass | Forgotten | Report | Progress | Turn | Remembered
"""Of a pass the dynamic readings are kept; the static ones only as a part of a report."""


class _Tag(IntEnum):
    PASS = 1
    FORGOTTEN = 2
    REPORT = 3
    PROGRESS = 4
    RESTARTED = 5
    CONCLUDED = 6
    REMEMBERED = 7


class Names:
    """Numbers for series, given in the order in which they are first met."""

    def __init__(self, known: Mapping[int, Series] | None = None) -> None:
        """Go on after the numbers that a file has already."""
        self._numbers = {series: number for number, series in (known or {}).items()}
        self._next = max(known or {}, default=-1) + 1
        self._fresh: dict[int, Series] = {}

    def number(self, series: Series) -> int:
        """Give a series' number."""
        if series not in self._numbers:
            self._numbers[series] = self._next
            self._fresh[self._next] = series
            self._next += 1
        return self._numbers[series]

    def pop_fresh(self) -> dict[int, Series]:
        """Give the numbers that are new since the last call."""
        fresh, self._fresh = self._fresh, {}
        return fresh


def encode_names(names: Mapping[int, Series]) -> bytes:
    """Write down which number stands for which series."""
    out = _NamePacker()
    for number, series in names.items():
        out.number(number)
        out.text(series.metric)
        out.each(series.labels, out.label)
    return bytes(out.data)


def decode_names(payload: bytes) -> dict[int, Series]:
    """Read which number stands for which series.

    Raises:
        UnreadableError: the payload is none of ours.
    """
    source, names = Unpacker(payload), {}
    while not source.is_at_end:
        number, metric = source.number(), source.text()
        labels = source.each(lambda: (source.text(), source.text()))
        try:
            names[number] = Series(metric, labels_from(dict(labels)))
        except ValueError as error:
            raise UnreadableError(str(error)) from error
    return names


def encode_records(records: Sequence[Record], names: Names) -> bytes:
    """Write records one after the other."""
    out = _RecordPacker(names)
    for record in records:
        out.record(record)
    return bytes(out.data)


def decode_records(payload: bytes, names: Mapping[int, Series]) -> list[Record]:
    """Read the records of a frame, all or none.

    Raises:
        UnreadableError: one of them is none of ours, or has a series whose name was lost.
    """
    return list(_RecordUnpacker(payload, names).records())


class _NamePacker(Packer):
    def label(self, label: tuple[str, str]) -> None:
        self.text(label[0])
        self.text(label[1])


class _RecordPacker(Packer):
    def __init__(self, names: Names) -> None:
        super().__init__()
        self._names = names

    def record(self, record: Record) -> None:
        match record:
            case SamplePass(time_ms, dynamic):
                self.number(_Tag.PASS)
                self.number(time_ms)
                self.each(dynamic, self._reading)
            case Forgotten(times_ms):
                self.number(_Tag.FORGOTTEN)
                self.times(times_ms)
            case Report(shape, requests, newest_ms):
                self.number(_Tag.REPORT)
                self.text(_text_from_shape(shape))
                self.each(requests, self._request)
                self.optional(newest_ms, self.number)
            case Progress(taken_ms, refused_ms, refused_alone_ms):
                self.number(_Tag.PROGRESS)
                self.times(taken_ms)
                self.times(refused_ms)
                self.optional(refused_alone_ms, self.number)
            case Turn():
                self.number(_Tag[record.name])
            case Remembered():
                self.number(_Tag.REMEMBERED)
                self._remembered(record)

    def _reading(self, reading: Reading) -> None:
        self.number(self._names.number(reading.series) << 1 | (reading.total is not None))
        self.real(reading.value)
        if reading.total is not None:
            self.real(reading.total)

    def _request(self, request: WriteRequest) -> None:
        self.times(request.times_ms)
        self.each(request.static, self._reading)
        self.number(request.is_averaged)

    def _remembered(self, remembered: Remembered) -> None:
        self.optional(remembered.cpu, self._cpu)
        self.optional(remembered.last_report_ms, self.number)
        self.optional(remembered.answered_start, self._start)
        self.number(remembered.dropped_samples)
        self.optional(remembered.origin, self._origin)
        self.number(remembered.refusals)
        self.optional(remembered.averaging_since_ms, self.number)

    def _cpu(self, cpu: CpuTimes) -> None:
        self.real(cpu.busy_seconds)
        self.real(cpu.total_seconds)
        self.number(cpu.cores)
        self.text(cpu.boot_id)

    def _start(self, start: MicroshiftStart) -> None:
        self.text(start.boot_id)
        self.real(start.seconds_after_boot)

    def _origin(self, origin: Origin) -> None:
        self.text(origin.scheme)
        self.text(origin.host)
        self.number(origin.port)


class _RecordUnpacker(Unpacker):
    def __init__(self, payload: bytes, names: Mapping[int, Series]) -> None:
        super().__init__(payload)
        self._names = names

    def records(self) -> Iterator[Record]:
        while not self.is_at_end:
            yield self._record()

    def _record(self) -> Record:
        match self.number():
            case _Tag.PASS:
                return SamplePass(self.time(), self.each(self._reading))
            case _Tag.FORGOTTEN:
                return Forgotten(self.times())
            case _Tag.REPORT:
                shape = _shape_from_text(self.text())
                return Report(shape, self.each(self._request), self.optional(self.time))
            case _Tag.PROGRESS:
                return Progress(self.times(), self.times(), self.optional(self.time))
            case _Tag.RESTARTED:
                return Turn.RESTARTED
            case _Tag.CONCLUDED:
                return Turn.CONCLUDED
            case _Tag.REMEMBERED:
                return self._remembered()
            case unknown:
                raise UnreadableError(f"a record of an unknown kind, {unknown}")

    def _reading(self) -> Reading:
        number = self.number()
        series = self._names.get(number >> 1)
        if series is None:
            raise UnreadableError("a series whose name was lost")
        value, total = self.real(), self.real() if number & 1 else None
        try:
            return Reading(series, value, total)
        except ValueError as error:
            raise UnreadableError(str(error)) from error

    def _request(self) -> WriteRequest:
        return WriteRequest(self.times(), self.each(self._reading), bool(self.number()))

    def _remembered(self) -> Remembered:
        return Remembered(
            cpu=self.optional(self._cpu),
            last_report_ms=self.optional(self.time),
            answered_start=self.optional(self._start),
            dropped_samples=self.number(),
            origin=self.optional(self._origin),
            refusals=self.number(),
            averaging_since_ms=self.optional(self.time),
        )

    def _cpu(self) -> CpuTimes:
        return CpuTimes(self.real(), self.real(), self.number(), self.text())

    def _start(self) -> MicroshiftStart:
        return MicroshiftStart(self.text(), self.real())

    def _origin(self) -> Origin:
        return Origin(self.text(), self.text(), self.number())


def _text_from_shape(shape: Shape) -> str:
    """Write a report's shape as JSON: it is short, written once a report, and will grow fields."""
    fields = {
        "cluster_id": shape.cluster_id,
        "usage_unit": shape.usage_unit,
        "external_labels": shape.external_labels,
        "excluded": sorted(shape.excluded),
        "anonymized": sorted(shape.anonymized),
    }
    return json.dumps(fields, separators=(",", ":"))


def _shape_from_text(text: str) -> Shape:
    try:
        fields = json.loads(text)
        return Shape(
            cluster_id=str(fields["cluster_id"]),
            usage_unit=str(fields["usage_unit"]),
            external_labels=tuple(
                (str(name), str(value)) for name, value in fields["external_labels"]
            ),
            excluded=frozenset(map(str, fields["excluded"])),
            anonymized=frozenset(map(str, fields.get("anonymized", ()))),
        )
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise UnreadableError("the shape of a report that is none") from error
