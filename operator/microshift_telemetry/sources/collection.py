"""One pass: every source that is due, side by side, each with a failure of its own."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.sample.metrics import Kind
from microshift_telemetry.sample.sample import Reading, SamplePass
from microshift_telemetry.sources.outcome import NoData, Readings
from microshift_telemetry.sources.shared_reads import SharedReads
from microshift_telemetry.sources.source import Source

SOURCE_TIMEOUT_SECONDS = 45.0
"""Longer than one request to the API server may take, whose own error says more."""

logger = logging.getLogger(__name__)


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


@dataclass(frozen=True, slots=True)
class _Failure:
    text: str


async def collect_pass(
    sources: Iterable[Source],
    shared: SharedReads,
    time_ms: int,
    *,
    with_static: bool,
    timeout_seconds: float = SOURCE_TIMEOUT_SECONDS,
) -> PassOutcome:
    """Read the sources that are due; whatever happens to one of them costs only its own series.

    `with_static` is for a pass that a report is made of.
    """
    due = tuple(each for each in sources if with_static or each.kind is Kind.DYNAMIC)
    try:
        outcomes = await asyncio.gather(*(_outcome(each, shared, timeout_seconds) for each in due))
    finally:
        await shared.abandon()
    results = tuple(zip(due, outcomes, strict=True))
    return PassOutcome(
        sample_pass=SamplePass(
            time_ms,
            dynamic=_readings(results, Kind.DYNAMIC),
            static=_readings(results, Kind.STATIC),
        ),
        failures={each.name: it.text for each, it in results if isinstance(it, _Failure)},
        notes={each.name: it.note for each, it in results if isinstance(it, Readings) and it.note},
        read=tuple(each.name for each in due),
    )


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
        logger.exception("source failed with an internal error: source=%s", source.name)
        return _Failure(f"internal error: {type(error).__name__}; the operator's log says more")


def _readings(
    results: Iterable[tuple[Source, Readings | NoData | _Failure]], kind: Kind
) -> tuple[Reading, ...]:
    return tuple(
        reading
        for source, outcome in results
        if source.kind is kind and isinstance(outcome, Readings)
        for reading in outcome.readings
    )
