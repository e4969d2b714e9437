"""Coroutines that only ever sleep, run in fake time without asyncio's loop."""

import asyncio
from collections.abc import Coroutine, Generator
from math import inf
from types import coroutine


class Thread:
    """One coroutine and when it goes on."""

    def __init__(self, body: Coroutine[float, None, None], at: float) -> None:
        self.body = body
        self.at = at
        self.is_cut = False


class Threads:
    """Some threads with one clock; the one that is due first runs until it sleeps again."""

    def __init__(self) -> None:
        self.now = 0.0
        self._threads: list[Thread] = []
        self.running: Thread | None = None
        self.is_halted = False
        """Nothing goes on: the power is out."""

    def begin(self, body: Coroutine[float, None, None]) -> None:
        self._threads.append(Thread(body, self.now))

    def run_until(self, at: float) -> None:
        """Let all go on up to a moment, which is now then, or until they are halted."""
        while not self.is_halted and (at_next := self.next_at) <= at:
            self.now = max(self.now, at_next)
            self.step()
        if not self.is_halted:
            self.now = max(self.now, at)

    def step(self) -> None:
        """Let the thread that is due first go on; one that ends is a bug."""
        thread = min(self._threads, key=lambda each: each.at)
        self.running, before = thread, self.now
        if thread.is_cut:
            thread.is_cut = False
            seconds = thread.body.throw(asyncio.CancelledError())
        else:
            seconds = thread.body.send(None)
        self.running = None
        # A wait that rounding has made too short to move the clock would go on for ever.
        thread.at = before if seconds <= 0 else max(before + seconds, before + 0.001)

    @property
    def next_at(self) -> float:
        """When the next thread goes on."""
        return min((each.at for each in self._threads), default=inf)

    def cut(self, thread: Thread) -> None:
        """Cancel what a thread waits for."""
        thread.at, thread.is_cut = self.now, True

    def end(self) -> None:
        """End all threads, wherever they wait."""
        for thread in self._threads:
            thread.body.close()
        self._threads = []


@coroutine
def sleep(seconds: float) -> Generator[float, None, None]:
    """Let the others run for so long."""
    yield seconds


class Jobs:
    """What the operator calls its waits and jobs, in these threads."""

    def __init__(self, threads: Threads) -> None:
        self.is_stopped = False
        self._threads = threads
        self._running: dict[str, Thread] = {}
        self._waiting: set[Thread] = set()

    async def run(self, name: str, job: Coroutine[float, None, None]) -> None:
        thread = self._threads.running
        assert thread is not None
        self._running[name] = thread
        try:
            await job
        except asyncio.CancelledError:
            return
        finally:
            del self._running[name]

    def cut(self, name: str) -> None:
        thread = self._running.get(name)
        if thread is not None and thread is not self._threads.running:
            self._threads.cut(thread)

    async def pause(self, seconds: float) -> None:
        if self.is_stopped:
            return
        thread = self._threads.running
        assert thread is not None
        self._waiting.add(thread)
        try:
            await sleep(seconds)
        finally:
            self._waiting.discard(thread)

    def wake(self) -> None:
        for thread in self._waiting:
            thread.at = self._threads.now

    def stop(self) -> None:
        self.is_stopped = True
