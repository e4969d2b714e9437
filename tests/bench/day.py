"""A day of the whole controller in fake time, against receivers that don't all take old samples.

The controller, the journal on the disk and the encoder are the real ones; the API server and the
receiver are those of the unit tests.
"""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import looptime

from microshift_telemetry.controller.schedule import milliseconds
from microshift_telemetry.remote_write.answer import Answer
from tests.support.fakes import MORNING, FakeReceiver, Post
from tests.unit.controller.life import A_DAY, Life

HOUR_MS = 3_600_000
FRESH = Answer(204)
WARM_UP = A_DAY / 2
"""The start report lies before it; the device of the fakes reports in the evening."""


class OldSamplesRefused(FakeReceiver):
    """A receiver of a fleet: others have told it of the present, an hour behind it is too late."""

    def __init__(self, refusal: Answer) -> None:
        super().__init__()
        self._refusal = refusal
        self.judge = self._judge

    def _judge(self, post: Post) -> Answer:
        now = MORNING + timedelta(seconds=post.at)
        return self._refusal if min(post.times_ms) < milliseconds(now) - HOUR_MS else FRESH


@dataclass(frozen=True, slots=True)
class Days:
    """What some days have cost, each a list of one number a day."""

    requests: list[int]
    status_writes: list[int]
    fsyncs: list[int]
    disk_bytes: list[int]


def live(days: int, receiver: FakeReceiver) -> Days:
    """Live some days at the defaults, counted from half a day after the start."""
    with tempfile.TemporaryDirectory(prefix="bench-day-") as scratch, _counted_syncs() as disk:
        loop = looptime.new_event_loop(start=0, noop_cycles=1)
        try:
            return loop.run_until_complete(_live(days, receiver, Path(scratch) / "state", disk))
        finally:
            loop.close()


async def _live(days: int, receiver: FakeReceiver, state: Path, disk: "_Disk") -> Days:
    async with Life(state_path=state) as life:
        life.receiver = receiver
        await life.restart()
        await asyncio.sleep(WARM_UP)
        counts = []
        for _ in range(days + 1):
            counts.append((len(receiver.posts), len(life.kube.applies), *disk.read()))
            await asyncio.sleep(A_DAY)
    posts, applies, syncs, written = (
        [after - before for before, after in pairwise(column)]
        for column in zip(*counts, strict=True)
    )
    return Days(posts, applies, syncs, written)


class _Disk:
    """What this process has done to the disk."""

    def __init__(self) -> None:
        self._syncs = 0
        self._fsync = os.fsync

    def read(self) -> tuple[int, int]:
        """Give (calls of fsync, bytes that went to the block device)."""
        lines = (line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
        return self._syncs, int(dict(lines)["write_bytes"])

    def sync(self, file: int) -> None:
        self._syncs += 1
        self._fsync(file)


@contextmanager
def _counted_syncs() -> Iterator[_Disk]:
    """Count while the block lasts; every fsync of the operator goes by this name."""
    disk = _Disk()
    real = os.fsync
    os.fsync = disk.sync  # type: ignore[assignment]
    try:
        yield disk
    finally:
        os.fsync = real
