"""What is asked about an object beside its reports: one question of a kind at a time."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from microshift_telemetry.controller.jobs import Jobs
from microshift_telemetry.controller.telemetry import Telemetry
from microshift_telemetry.errors import TelemetryError

T = TypeVar("T")


class BusyError(TelemetryError):
    """Another question of the kind is being answered."""


class CutError(TelemetryError):
    """The object was edited or deleted meanwhile, or the operator ends."""


class Asides:
    """Answers questions of one kind; an edit of the object cuts the answer short."""

    def __init__(self, kind: str, seconds: float) -> None:
        """Answer none yet.

        Args:
            kind: of the questions, as an admin knows it.
            seconds: that an answer takes at most.
        """
        self._kind = kind
        self._seconds = seconds
        self._is_busy = False
        self._asked: Telemetry | None = None
        self._jobs = Jobs()
        """About names without an object."""

    async def run(
        self, name: str, asked: Telemetry | None, job: Callable[[], Coroutine[Any, Any, T]]
    ) -> T:
        """Answer a question about an object; None: there is none of this name.

        Raises:
            BusyError: another one is being answered.
            CutError: the object was edited or deleted meanwhile, or the operator ends.
        """
        if self._is_busy:
            raise BusyError(f"another {self._kind} is running; retry in {self._seconds:g} s")
        self._is_busy, self._asked = True, asked
        try:
            if asked is None:
                answer = await self._jobs.run(self._kind, job())
            else:
                answer = await asked.beside_reports(job())
        finally:
            self._is_busy, self._asked = False, None
        if answer is None:
            raise CutError(f"{name}: interrupted by an edit or by the operator's shutdown; retry")
        return answer

    def stop(self) -> None:
        """Cut short what is under way; the process ends."""
        self._jobs.stop()
        if self._asked is not None:
            self._asked.cut_what_is_beside()
