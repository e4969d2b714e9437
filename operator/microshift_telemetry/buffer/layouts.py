"""How a value is laid out in bytes, said once for writing and for reading it."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from microshift_telemetry.buffer.form import Form
from microshift_telemetry.buffer.names import RecordPacker, RecordUnpacker
from microshift_telemetry.buffer.packing import UnreadableError
from microshift_telemetry.sample.sample import Reading, SamplePass
from microshift_telemetry.sources.host import CpuTimes
from microshift_telemetry.sources.launch import Launch, Result
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.spec.endpoint import Origin

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
D = TypeVar("D", bound="DataclassInstance")
E = TypeVar("E", bound=IntEnum)


@dataclass(frozen=True, slots=True)
class Layout(Generic[T]):
    """Writes values of one type, and reads them back."""

    write: Callable[[RecordPacker, T], None]
    read: Callable[[RecordUnpacker], T]
    """May raise UnreadableError."""


def optional(part: Layout[T]) -> Layout[T | None]:
    """Lay out a value that may be missing."""
    return Layout(
        lambda out, value: out.optional(value, lambda each: part.write(out, each)),
        lambda source: source.optional(lambda: part.read(source)),
    )


def each(part: Layout[T]) -> Layout[tuple[T, ...]]:
    """Lay out any number of values."""
    return Layout(
        lambda out, values: out.each(values, lambda value: part.write(out, value)),
        lambda source: source.each(lambda: part.read(source)),
    )


def one_of(kind: type[E]) -> Layout[E]:
    """Lay out a member of an enumeration."""

    def read(source: RecordUnpacker) -> E:
        number = source.number()
        try:
            return kind(number)
        except ValueError as error:
            raise UnreadableError(str(error)) from error

    return Layout(lambda out, member: out.number(member), read)


def struct(kind: type[D], *parts: Layout[Any]) -> Layout[D]:
    """Lay out a dataclass, field by field in their order."""
    names = [field.name for field in fields(kind)]

    def write(out: RecordPacker, value: D) -> None:
        for name, part in zip(names, parts, strict=True):
            part.write(out, getattr(value, name))

    return Layout(write, lambda source: kind(*[part.read(source) for part in parts]))


NUMBER: Layout[int] = Layout(lambda out, value: out.number(value), lambda source: source.number())
FLAG: Layout[bool] = Layout(
    lambda out, value: out.number(value), lambda source: bool(source.number())
)
REAL: Layout[float] = Layout(lambda out, value: out.real(value), lambda source: source.real())
TEXT: Layout[str] = Layout(lambda out, value: out.text(value), lambda source: source.text())
TIME: Layout[int] = Layout(lambda out, value: out.number(value), lambda source: source.time())
TIMES: Layout[tuple[int, ...]] = Layout(
    lambda out, value: out.times(value), lambda source: source.times()
)
READING: Layout[Reading] = Layout(
    lambda out, value: out.reading(value), lambda source: source.reading()
)
FORM: Layout[Form] = Layout(lambda out, value: out.form(value), lambda source: source.form())
CPU = struct(CpuTimes, REAL, REAL, NUMBER, TEXT)
START = struct(MicroshiftStart, TEXT, REAL)
_SECONDS = optional(NUMBER)
LAUNCH = struct(
    Launch,
    *(START, FLAG, TEXT, TEXT),
    *(_SECONDS, _SECONDS, _SECONDS),
    *(optional(one_of(Result)), NUMBER, FLAG),
)
ORIGIN = struct(Origin, TEXT, TEXT, NUMBER)
PASS: Layout[SamplePass] = Layout(
    lambda out, value: out.sample_pass(value), lambda source: source.sample_pass()
)
"""Without its static readings."""
