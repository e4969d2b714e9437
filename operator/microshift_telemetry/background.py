"""Work that a dead disk may hold up for ever: carried out beside the event loop, or in it.

A thread that hangs in the kernel can't be ended. Nobody waits for it, neither the loop nor the end
of the process; who starts it says how many there may be.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Protocol, TypeVar

from microshift_telemetry.errors import TelemetryError

T = TypeVar("T")


class NoThreadError(TelemetryError):
    """The device gives the process no more threads."""


class SilenceError(TelemetryError):
    """Nothing was answered in time; the text starts with who was asked."""


class Run(Protocol):
    """Carries out a job, and tells in the event loop what it gave or raised."""

    def __call__(self, job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
        """Begin; `done` may be called before this returns."""


def in_thread(job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
    """Carry out a job in a thread of its own, which ends with it.

    Such threads cost nothing while there is nothing to do, 0.1 ms each when there is.
    """
    loop = asyncio.get_running_loop()

    def carry_out() -> None:
        outcome = _outcome(job)
        with suppress(RuntimeError):  # the loop is closed: the process ends
            loop.call_soon_threadsafe(done, outcome)

    try:
        Thread(target=carry_out, daemon=True).start()
    except RuntimeError as error:
        done(NoThreadError(str(error)))


def at_once(job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
    """Carry out a job here and now: for files that are known to answer."""
    done(_outcome(job))


class Questions:
    """Asks for what lies in places that may never answer: one after the other, in one thread.

    A question that was given up keeps its thread for as long as it hangs. Nothing more is asked of
    its place meanwhile, so there are never more such threads than places.
    """

    def __init__(self, run: Run) -> None:
        """Ask nothing yet."""
        self._run = run
        self._turn = asyncio.Lock()
        self._open: set[str] = set()

    async def ask(self, place: str, job: Callable[[], T], seconds: float) -> T:
        """Give what a job gives, or raise what it raises.

        Raises:
            SilenceError: the place does not answer in time, or was asked before and still has not.
        """
        async with self._turn:
            if place in self._open:
                raise SilenceError(f"{place}: still no answer")
            self._open.add(place)
            answer: asyncio.Future[T | Exception] = asyncio.get_running_loop().create_future()

            def done(outcome: T | Exception) -> None:
                self._open.discard(place)
                if not answer.done():
                    answer.set_result(outcome)

            self._run(job, done)
            try:
                async with asyncio.timeout(seconds):
                    outcome = await answer
            except TimeoutError:
                raise SilenceError(f"{place}: no answer within {seconds:g} s") from None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def _outcome(job: Callable[[], T]) -> T | Exception:
    try:
        return job()
    except Exception as error:  # noqa: BLE001  # whatever it is, who waits raises it again
        return error
