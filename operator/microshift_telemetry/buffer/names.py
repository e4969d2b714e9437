"""What records tell by a number: series and forms, each named once in a file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from microshift_telemetry.buffer.form import Form, Shape
from microshift_telemetry.buffer.packing import Packer, Unpacker, UnreadableError
from microshift_telemetry.sample.sample import Reading, SamplePass, Series, labels_from

T = TypeVar("T", Series, Form)


@dataclass(slots=True)
class Named:
    """What the numbers of a file stand for."""

    series: dict[int, Series] = field(default_factory=dict)
    forms: dict[int, Form] = field(default_factory=dict)


class Numbers(Generic[T]):
    """Numbers for values, given in the order in which they are first met."""

    def __init__(self, known: Mapping[int, T]) -> None:
        """Go on after the numbers that a file has already."""
        self._numbers: dict[T, int] = {value: number for number, value in known.items()}
        self._next = max(known, default=-1) + 1
        self._fresh: dict[int, T] = {}

    def number(self, value: T) -> int:
        """Give a value's number."""
        if value not in self._numbers:
            self._numbers[value] = self._next
            self._fresh[self._next] = value
            self._next += 1
        return self._numbers[value]

    def pop_fresh(self) -> dict[int, T]:
        """Give the numbers that are new since the last call."""
        fresh, self._fresh = self._fresh, {}
        return fresh


class Names:
    """The numbers of one file."""

    def __init__(self, known: Named | None = None) -> None:
        """Go on in a file that names these."""
        known = known or Named()
        self.series = Numbers(known.series)
        self.forms = Numbers(known.forms)


class RecordPacker(Packer):
    """Writes what has a number as that."""

    def __init__(self, names: Names) -> None:
        """Start empty."""
        super().__init__()
        self._names = names

    def reading(self, reading: Reading) -> None:
        """Write a reading; whether it has a total is the last bit of its series' number."""
        self.number(self._names.series.number(reading.series) << 1 | (reading.total is not None))
        self.real(reading.value)
        if reading.total is not None:
            self.real(reading.total)

    def sample_pass(self, sample_pass: SamplePass) -> None:
        """Write a pass without its static readings."""
        self.number(sample_pass.time_ms)
        self.each(sample_pass.dynamic, self.reading)

    def form(self, form: Form) -> None:
        """Write a form."""
        self.number(self._names.forms.number(form))


class RecordUnpacker(Unpacker):
    """Reads back what a `RecordPacker` wrote; each read may raise UnreadableError."""

    def __init__(self, payload: bytes, named: Named) -> None:
        """Start at the first byte."""
        super().__init__(payload)
        self._named = named

    def reading(self) -> Reading:
        """Read a reading."""
        number = self.number()
        series = self._named.series.get(number >> 1)
        if series is None:
            raise UnreadableError("a series without its name")
        value, total = self.real(), self.real() if number & 1 else None
        try:
            return Reading(series, value, total)
        except ValueError as error:
            raise UnreadableError(str(error)) from error

    def sample_pass(self) -> SamplePass:
        """Read a pass."""
        return SamplePass(self.time(), self.each(self.reading))

    def form(self) -> Form:
        """Read a form."""
        form = self._named.forms.get(self.number())
        if form is None:
            raise UnreadableError("a form without its name")
        return form


def encode_series(names: Mapping[int, Series]) -> bytes:
    """Write down which number stands for which series."""
    out = Packer()

    def label(pair: tuple[str, str]) -> None:
        out.text(pair[0])
        out.text(pair[1])

    for number, series in names.items():
        out.number(number)
        out.text(series.metric)
        out.each(series.labels, label)
    return bytes(out.data)


def decode_series(payload: bytes) -> dict[int, Series]:
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


def encode_forms(names: Mapping[int, Form]) -> bytes:
    """Write down which number stands for which form."""
    out = Packer()
    for number, form in names.items():
        out.number(number)
        out.text(_text_from_shape(form.shape))
        out.number(form.is_averaged)
    return bytes(out.data)


def decode_forms(payload: bytes) -> dict[int, Form]:
    """Read which number stands for which form.

    Raises:
        UnreadableError: the payload is none of ours.
    """
    source, names = Unpacker(payload), {}
    while not source.is_at_end:
        number = source.number()
        names[number] = Form(shape_from_text(source.text()), bool(source.number()))
    return names


def shape_from_text(text: str) -> Shape:
    """Read a shape.

    Raises:
        UnreadableError: it is none.
    """
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
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableError("an invalid report shape") from error


def _text_from_shape(shape: Shape) -> str:
    """Write a shape as JSON: it is short, written once a file, and will grow fields."""
    fields = {
        "cluster_id": shape.cluster_id,
        "usage_unit": shape.usage_unit,
        "external_labels": shape.external_labels,
        "excluded": sorted(shape.excluded),
        "anonymized": sorted(shape.anonymized),
    }
    return json.dumps(fields, separators=(",", ":"))
