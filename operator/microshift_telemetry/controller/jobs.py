"""What runs for one TelemetryConfig: waits that news end early, jobs that an edit cuts short."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

TICK_SECONDS = 30.0
"""A tick waits at most so long for its job to become due; it is the heartbeat of the process."""

BREATH_SECONDS = 1.0
"""kopf's pause between two ticks; a job that falls due in it is waited for, not met late."""

T = TypeVar("T")


class Jobs:
    """Its waits and its jobs; after `stop` there are neither."""

    def __init__(self) -> None:
        """Run nothing yet."""
        self.is_stopped = False
        self._running: dict[str, set[asyncio.Task[object]]] = {}
        self._waiting: set[asyncio.Event] = set()

    async def run(self, name: str, job: Coroutine[Any, Any, T]) -> T | None:
        """Run a job to its end and give what it gives; None where it is cut short.

        Its errors come through. Several may run under one name, which are cut short together.
        """
        task = asyncio.create_task(job)
        running = self._running.setdefault(name, set())
        running.add(task)
        try:
            await asyncio.wait({task})
        finally:
            running.discard(task)
            task.cancel()
        return None if task.cancelled() else task.result()

    def cut(self, name: str) -> None:
        """Cut a job short; a POST under way is closed."""
        for task in self._running.get(name, ()):
            task.cancel()

    async def pause(self, seconds: float) -> None:
        """Wait, but not at all once there is something new."""
        if self.is_stopped:
            return
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await news.wait()
        except TimeoutError:
            return
        finally:
            self._waiting.discard(news)

    def wake(self) -> None:
        """End every wait: there is something new."""
        for news in self._waiting:
            news.set()

    def stop(self) -> None:
        """Cut everything short, for good."""
        self.is_stopped = True
        for name in tuple(self._running):
            self.cut(name)
        self.wake()


def at_most_a_tick(seconds: float | None) -> float:
    """Bound a wait; one that ends in kopf's pause between two ticks is waited for to its end."""
    if seconds is None or seconds > TICK_SECONDS + 2 * BREATH_SECONDS:
        return TICK_SECONDS
    return seconds
