"""A disk that answers when a test says so, and a store on it."""

import shutil
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from microshift_telemetry.background import at_once
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.buffer.store import Store
from tests.unit.buffer.journals import OWNER, REMEMBERED, UID, loaded
from tests.unit.buffer.processes import LATER, SEED, made

T = TypeVar("T")

ANSWER_SECONDS = 0.05
"""How long is waited for it."""
SILENCE = "no answer within 0.05 s"


class SlowDisk:
    """Does what it is asked for when the test says so."""

    def __init__(self) -> None:
        self.asked: deque[Callable[[], None]] = deque()
        self.is_slow = False

    def __call__(self, job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
        if self.is_slow:
            self.asked.append(lambda: at_once(job, done))
        else:
            at_once(job, done)

    def answer(self) -> int:
        """Answer whatever is asked, one after the other; tell how many questions that were."""
        count = 0
        while self.asked:
            self.asked.popleft()()
            count += 1
        return count


async def a_store(directory: StateDirectory) -> Store:
    store = Store("cluster", UID, directory, SEED)
    assert await store.open(OWNER, LATER)
    store.record(REMEMBERED, *made(0))
    return store


def on_the_disk(directory: StateDirectory) -> Ledger:
    """Read a copy, as another process would."""
    copy = directory.path.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(directory.path, copy)
    return loaded(copy)[0]
