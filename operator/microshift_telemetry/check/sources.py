"""Every source, read for this check alone: its value or its error, and how long it took."""

from collections.abc import Callable, Sequence

from microshift_telemetry.check.line import Hop, Line, Verdict, has_failed
from microshift_telemetry.sample.metrics import Kind
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources import all_sources
from microshift_telemetry.sources.collection import Wanted, collect_pass
from microshift_telemetry.sources.cpu import CpuUsage
from microshift_telemetry.sources.outcome import NoData, Readings
from microshift_telemetry.sources.shared_reads import SharedReads
from microshift_telemetry.sources.source import Source

SOURCE_SECONDS = 8.0
_REMEDY = "see PartialFailure in docs/troubleshooting.md"


class _Timed:
    """A source, and what came of reading it once."""

    def __init__(self, source: Source, monotonic: Callable[[], float]) -> None:
        self._source = source
        self._monotonic = monotonic
        self.outcome: Readings | NoData | None = None
        self.millis = 0

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def kind(self) -> Kind:
        return self._source.kind

    @property
    def series(self) -> tuple[Series, ...]:
        return self._source.series

    async def collect(self, shared: SharedReads) -> Readings | NoData:
        began = self._monotonic()
        try:
            self.outcome = await self._source.collect(shared)
        finally:
            self.millis = round(1000 * (self._monotonic() - began))
        return self.outcome


async def source_lines(
    reads: SharedReads,
    excluded: frozenset[str],
    monotonic: Callable[[], float],
    seconds: float = SOURCE_SECONDS,
) -> list[Line]:
    """Read all sources as a report does; nothing of it is kept.

    One that fails costs its own series; where all of them fail, there is nothing to send.
    """
    timed = [_Timed(source, monotonic) for source in all_sources(CpuUsage())]
    wanted = Wanted(with_static=True, excluded=excluded)
    outcome = await collect_pass(timed, reads, 0, wanted=wanted, timeout_seconds=seconds)
    bad = Verdict.FAILED if len(outcome.failures) == len(outcome.read) else Verdict.WARNING
    lines = []
    for source in timed:
        if source.name in outcome.failures:
            line = _line(source, bad, outcome.failures[source.name], _REMEDY)
        elif source.name in outcome.read:
            line = _line(source, Verdict.OK, _shown(source.outcome))
        else:
            line = _line(source, Verdict.OK, "excluded by spec.metrics.exclude")
        lines.append(line)
    return lines if not has_failed(lines) else _failed(lines)


def _line(source: _Timed, verdict: Verdict, seen: str, remedy: str = "") -> Line:
    return Line(Hop.SOURCES, verdict, seen, remedy, part=source.name, millis=source.millis)


def _failed(lines: Sequence[Line]) -> list[Line]:
    """Say first that none could be read at all."""
    why = next(line.seen for line in lines if line.verdict is Verdict.FAILED)
    seen = f"no source could be read: {why}"
    return [Line(Hop.SOURCES, Verdict.FAILED, seen, _REMEDY), *lines]


def _value(reading: Reading) -> str:
    total = "" if reading.total is None else f" of {_number(reading.total)}"
    return f"{_number(reading.value)}{total}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() else f"{value:.4g}"


def _shown(outcome: Readings | NoData | None) -> str:
    match outcome:
        case Readings(readings, note):
            values = ", ".join(map(_value, readings))
            return f"{values}; {note}" if note else values
        case NoData(why):
            return f"nothing to read: {why}"
        case None:
            return ""
