"""One pass: every source that is due, side by side, each with a failure of its own."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.sample.metrics import Kind, is_excluded
from microshift_telemetry.sample.sample import Reading, SamplePass
from microshift_telemetry.sources.outcome import NoData, Readings, SourceRead
from microshift_telemetry.sources.shared_reads import SharedReads
from microshift_telemetry.sources.source import Source

SOURCE_TIMEOUT_SECONDS = 45.0
"""Longer than one request to the API server may take, whose own error says more."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a pass is to read."""

    with_static: bool
    """For a pass that a report is made of."""
    excluded: frozenset[str] = frozenset()
    """Metrics, and values of the label `resource`, that an admin does not want measured."""
    unread: frozenset[str] = frozenset()
    """Static sources that any pass is to read, since the last time they failed."""

    def has(self, source: Source) -> bool:
        """Tell whether a source is to be read."""
        is_due = source.kind is Kind.DYNAMIC or self.with_static or source.name in self.unread
        if not is_due:
            return False
        return not all(is_excluded(series, self.excluded) for series in source.series)


@dataclass(frozen=True, slots=True)
class PassOutcome:
    """What one pass has read, and what it could not."""

    sample_pass: SamplePass
    failures: Mapping[str, str]
    """By source: what an admin should know."""
    notes: Mapping[str, str]
    """By source that was read: what an admin should know of its values."""
    read: tuple[str, ...]
    """The sources that were due, failed ones included."""
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)
    """By source that was due: how long the pass waited for it."""

    @property
    def reads(self) -> Mapping[str, SourceRead]:
        """How each source that was due was read."""
        return {
            name: SourceRead(seconds, name not in self.failures)
            for name, seconds in self.seconds.items()
        }


@dataclass(frozen=True, slots=True)
class _Failure:
    text: str


async def collect_pass(
    sources: Iterable[Source],
    shared: SharedReads,
    time_ms: int,
    *,
    wanted: Wanted,
    timeout_seconds: float = SOURCE_TIMEOUT_SECONDS,
) -> PassOutcome:
    """Read the sources that are wanted; whatever happens to one costs only its own series."""
    due = tuple(each for each in sources if wanted.has(each))
    seconds: dict[str, float] = {}
    try:
        outcomes = await asyncio.gather(
            *(_timed(each, shared, timeout_seconds, seconds) for each in due)
        )
    finally:
        await shared.abandon()
    results = tuple(zip(due, outcomes, strict=True))
    return PassOutcome(
        sample_pass=SamplePass(
            time_ms,
            dynamic=_readings(results, Kind.DYNAMIC, wanted),
            static=_readings(results, Kind.STATIC, wanted),
        ),
        failures={each.name: it.text for each, it in results if isinstance(it, _Failure)},
        notes={each.name: it.note for each, it in results if isinstance(it, Readings) and it.note},
        read=tuple(each.name for each in due),
        seconds={each.name: seconds[each.name] for each in due},
    )


async def _timed(
    source: Source, shared: SharedReads, timeout_seconds: float, seconds: dict[str, float]
) -> Readings | NoData | _Failure:
    clock = asyncio.get_running_loop().time
    began = clock()
    outcome = await _outcome(source, shared, timeout_seconds)
    seconds[source.name] = round(clock() - began, 6)
    return outcome


async def _outcome(
    source: Source, shared: SharedReads, timeout_seconds: float
) -> Readings | NoData | _Failure:
    try:
        async with asyncio.timeout(timeout_seconds):
            return await source.collect(shared)
    except TelemetryError as error:
        return _Failure(str(error))
    except TimeoutError:
        return _Failure(f"not read within {timeout_seconds:g} s")
    except Exception as error:  # a bug of one source must not cost the others' series
        logger.exception("internal error in a source: source=%s", source.name)
        return _Failure(f"internal error: {type(error).__name__}; see the operator's log")


def _readings(
    results: Iterable[tuple[Source, Readings | NoData | _Failure]],
    kind: Kind,
    wanted: Wanted,
) -> tuple[Reading, ...]:
    return tuple(
        reading
        for source, outcome in results
        if source.kind is kind and isinstance(outcome, Readings)
        for reading in outcome.readings
        if not is_excluded(reading.series, wanted.excluded)
    )
