"""Waits for what another process or thread will do, never longer than a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

POLL_SECONDS = 0.05


def wait_for(what: str, check: Callable[[], Answer | None], seconds: float) -> Answer:
    """Ask again and again until the answer is neither `None` nor false.

    Raises:
        TimeoutError: it is still that after the given time; the text says what was waited for.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s; the last answer is {answer!r}")
        time.sleep(POLL_SECONDS)
