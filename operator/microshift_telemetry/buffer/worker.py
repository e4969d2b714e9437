"""What is done with the state directory: one job after the other, in the order of their asking."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from microshift_telemetry.background import Run, SilenceError
from microshift_telemetry.errors import TelemetryError

ANSWER_SECONDS = 5.0
"""A disk that takes longer than this for what was asked of it counts as one that is not there."""

T = TypeVar("T")


class JobError(TelemetryError):
    """A bug has ended a job; the text starts with what it was done with."""


class Worker:
    """A queue of jobs; one that hangs holds up those behind it, and nobody else."""

    def __init__(self, place: str, run: Run) -> None:
        """Carry jobs out by `run`; `place` is what they are done with, as an admin knows it."""
        self._place = place
        self._run = run
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_busy = False
        self._is_silent = False
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._bug: Exception | None = None

    def submit(self, job: Callable[[], T], done: Callable[[T | TelemetryError], None]) -> None:
        """Carry a job out after all that were submitted before; `done` hears what came of it.

        Of a bug it hears as of any failure; the bug itself is raised in the tick that waits.
        """
        self._append(job, partial(self._without_bug, done))

    async def ask(self, job: Callable[[], T]) -> T:
        """Carry a job out as `submit` does; give what it gives, or raise what it raises.

        Raises:
            SilenceError: it is not done in time; not even begun where another one hangs.
        """
        if self._is_silent:
            raise SilenceError(self.silence)
        is_over, outcomes = asyncio.Event(), list[T | Exception]()

        def end(outcome: T | Exception) -> None:
            outcomes.append(outcome)
            is_over.set()

        self._append(job, end)
        if not await self._has_come(is_over, ANSWER_SECONDS):
            raise SilenceError(self.silence)
        [outcome] = outcomes
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def is_idle(self, seconds: float | None = None) -> bool:
        """Wait until everything that was submitted is done; at once False where one job hangs.

        Who is woken by that moment is told so, whatever others have submitted since.

        Args:
            seconds: to wait, at most; None: `ANSWER_SECONDS`.

        Raises:
            Exception: a bug that has ended a job, or was met by who heard of its end.
        """
        is_idle = await self._has_come(
            self._is_idle, ANSWER_SECONDS if seconds is None else seconds
        )
        if self._bug is not None:
            bug, self._bug = self._bug, None
            raise bug
        return is_idle

    @property
    def silence(self) -> str:
        """What to say where it is not idle."""
        return f"{self._place}: no answer within {ANSWER_SECONDS:g} s"

    async def _has_come(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for an event that the end of a job sets; at once False where one hangs."""
        if not event.is_set() and not self._is_silent:
            try:
                async with asyncio.timeout(seconds):
                    return await event.wait()
            except TimeoutError:
                self._is_silent = not event.is_set()
        return event.is_set()

    def _append(self, job: Callable[[], T], end: Callable[[T | Exception], None]) -> None:
        self._waiting.append(partial(self._run, job, partial(self._end, end)))
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting and not self._is_busy:
            self._is_busy = True
            self._is_idle.clear()
            self._waiting.popleft()()

    def _end(self, end: Callable[[Any], None], outcome: object) -> None:
        self._is_busy = self._is_silent = False
        try:
            end(outcome)
        except Exception as bug:  # noqa: BLE001  # raised again in the tick that waits
            self._bug = bug
        self._go_on()
        if not self._is_busy:
            self._is_idle.set()

    def _without_bug(self, done: Callable[[Any], None], outcome: object) -> None:
        if isinstance(outcome, Exception) and not isinstance(outcome, TelemetryError):
            self._bug = outcome
            outcome = JobError(f"{self._place}: internal error ({type(outcome).__name__})")
        done(outcome)
