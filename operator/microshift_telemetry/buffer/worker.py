"""What is done with the state directory: one job after the other, in the order of their asking."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from microshift_telemetry.background import Run

ANSWER_SECONDS = 5.0
"""A disk that takes longer than this for what was asked of it counts as one that is not there."""

T = TypeVar("T")


class Worker:
    """A queue of jobs; one that hangs holds up those behind it, and nobody else."""

    def __init__(self, run: Run) -> None:
        """Carry jobs out by `run`."""
        self._run = run
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_busy = False
        self._is_silent = False
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._bug: Exception | None = None

    def submit(self, job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
        """Carry a job out after all that were submitted before; `done` hears what came of it."""
        self._waiting.append(partial(self._run, job, partial(self._end, done)))
        self._go_on()

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
        return f"no answer within {ANSWER_SECONDS:g} s"

    async def _has_come(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for an event that the end of a job sets; at once False where one hangs."""
        if not event.is_set() and not self._is_silent:
            try:
                async with asyncio.timeout(seconds):
                    return await event.wait()
            except TimeoutError:
                self._is_silent = not event.is_set()
        return event.is_set()

    def _go_on(self) -> None:
        if self._waiting and not self._is_busy:
            self._is_busy = True
            self._is_idle.clear()
            self._waiting.popleft()()

    def _end(self, done: Callable[[Any], None], outcome: object) -> None:
        self._is_busy = self._is_silent = False
        try:
            done(outcome)
        except Exception as bug:  # noqa: BLE001  # raised again in the tick that waits
            self._bug = bug
        self._go_on()
        if not self._is_busy:
            self._is_idle.set()
