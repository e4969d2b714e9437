"""What keeps a TelemetryConfig's reports from going out, beside the spec and the receiver."""

import logging
from collections.abc import Awaitable

from microshift_telemetry.controller.findings import duplicate_of, internal_error
from microshift_telemetry.logs import about
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import ReportingReason

logger = logging.getLogger(__name__)


class Hindrances:
    """An older object that writes the same series, and bugs of our own."""

    def __init__(self, name: str) -> None:
        """Know of none."""
        self._name = name
        self._twin: str | None = None
        self._bugs: dict[str, Finding[ReportingReason]] = {}

    @property
    def twin(self) -> str | None:
        """The older object's name; None when there is none."""
        return self._twin

    @property
    def finding(self) -> Finding[ReportingReason] | None:
        """What the condition Reporting says of it; None when nothing is in the way."""
        if self._bugs:
            return next(iter(self._bugs.values()))
        return None if self._twin is None else duplicate_of(self._twin)

    def note_twin(self, older: str | None) -> None:
        """Note the older object that writes the same series, or that there is none."""
        if older is not None and older != self._twin:
            finding = duplicate_of(older)
            logger.warning("%s", finding.message, extra=about(self._name, reason=finding.reason))
        self._twin = older

    async def watch(self, work: str, done: Awaitable[bool]) -> bool:
        """Await some work; a bug that ends it is told until the same work has been done.

        Ticks with nothing to do come to their end in between, and say nothing of it.
        """
        try:
            is_done = await done
        except Exception as error:  # whatever bug it is, it is told, and raised again
            self.note_bug(work, error)
            raise
        if is_done:
            self.note_well(work)
        return is_done

    def note_bug(self, work: str, error: Exception) -> None:
        """Note that a bug has ended some work, or a tick."""
        self._bugs[work] = internal_error(work, error)

    def note_well(self, work: str) -> None:
        """Note that some work, or a tick, came to its end."""
        self._bugs.pop(work, None)

    def forget_bugs(self) -> None:
        """Know of no bug any more: it was met by what an opt-out has ended."""
        self._bugs.clear()
