"""What static sources last read well: a report carries it, whatever the newest pass could read."""

from collections.abc import Iterable, Mapping

from microshift_telemetry.sample.metrics import Kind, is_excluded
from microshift_telemetry.sample.sample import Reading
from microshift_telemetry.sources.collection import PassOutcome
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.sources.outcome import SourceRead
from microshift_telemetry.sources.source import Source


class Inventory:
    """The static readings of one start of MicroShift, which may change any of them.

    And how each source, static or not, was read last.
    """

    def __init__(self, sources: Iterable[Source]) -> None:
        """Know of none yet."""
        self._every_source = tuple(sources)
        self._sources = tuple(each for each in self._every_source if each.kind is Kind.STATIC)
        self._reads: dict[str, SourceRead] = {}
        self._readings: dict[str, tuple[Reading, ...]] = {}
        self._notes: dict[str, str] = {}
        self._unread = {each.name for each in self._sources}
        self._start: MicroshiftStart | None = None

    @property
    def unread(self) -> frozenset[str]:
        """The sources to be read by the next pass, be it for a report or not."""
        return frozenset(self._unread)

    def take(self, outcome: PassOutcome, start: MicroshiftStart | None) -> None:
        """Take what a pass has read; what a source has failed to read stays as it was.

        `start` is that of MicroShift by then; None while it is not known. After another one
        nothing stays: an update is one.
        """
        if self._start is not None and start is not None and not start.is_same_as(self._start):
            self._readings.clear()
            self._notes.clear()
        self._start = start or self._start
        self._reads.update(outcome.reads)
        for source in self._sources:
            if source.name in outcome.failures:
                self._unread.add(source.name)
            elif source.name in outcome.read:
                self._unread.discard(source.name)
                self._notes[source.name] = outcome.notes.get(source.name, "")
                metrics = {series.metric for series in source.series}
                self._readings[source.name] = tuple(
                    each for each in outcome.sample_pass.static if each.series.metric in metrics
                )

    def readings(self, excluded: frozenset[str]) -> tuple[Reading, ...]:
        """Give all that is known and wanted, in the order of the sources."""
        return tuple(
            reading
            for source in self._sources
            for reading in self._readings.get(source.name, ())
            if not is_excluded(reading.series, excluded)
        )

    def notes(self, excluded: frozenset[str]) -> Mapping[str, str]:
        """Give what an admin should know of them, by source."""
        return {
            source.name: self._notes[source.name]
            for source in self._sources
            if self._notes.get(source.name) and _is_wanted(source, excluded)
        }

    def reads(self, excluded: frozenset[str]) -> Mapping[str, SourceRead]:
        """Tell how each source that is wanted was read last, in their order."""
        return {
            source.name: self._reads[source.name]
            for source in self._every_source
            if source.name in self._reads and _is_wanted(source, excluded)
        }


def _is_wanted(source: Source, excluded: frozenset[str]) -> bool:
    return not all(is_excluded(series, excluded) for series in source.series)
