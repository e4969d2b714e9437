"""A day of the whole controller in fake time, against receivers that don't all take old samples.

The controller, the journal on the disk and the encoder are the real ones; the API server and the
receiver are those of the unit tests.
"""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import looptime

from microshift_telemetry.clock import milliseconds
from microshift_telemetry.sending.answer import Answer
from tests.support.fakes import MORNING, FakeReceiver, Post
from tests.support.go_toolchain import REPOSITORY
from tests.support.life import A_DAY, ENDPOINT, Life

SCRATCH = REPOSITORY / "build"
"""Of /tmp nobody knows whether it is a disk."""
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


def live(days: int, receiver: FakeReceiver, **spec: Any) -> Days:
    """Live some days, counted from half a day after the start.

    `spec` is what an admin has set beside the endpoint; without, all are defaults.

    Raises:
        NotADiskError: what is written below `SCRATCH` stays in memory.
    """
    SCRATCH.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-day-", dir=SCRATCH) as scratch, _Disk() as disk:
        loop = looptime.new_event_loop(start=0, noop_cycles=1)
        try:
            return loop.run_until_complete(
                _live(days, receiver, spec, Path(scratch) / "state", disk)
            )
        finally:
            loop.close()


async def _live(
    days: int, receiver: FakeReceiver, spec: Mapping[str, Any], state: Path, disk: "_Disk"
) -> Days:
    async with Life({"endpoint": ENDPOINT, **spec}, state_path=state) as life:
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
    if sum(syncs) and not sum(written):
        raise NotADiskError(f"{sum(syncs)} fsyncs below {SCRATCH} wrote nothing to any disk")
    return Days(posts, applies, syncs, written)


class NotADiskError(Exception):
    """Bytes that go to the disk can't be counted here."""


class _Disk:
    """What this process does to the disk; every fsync of the operator goes by one name."""

    def __init__(self) -> None:
        """Count the calls of fsync while the context lasts."""
        self._syncs = 0
        self._fsync = os.fsync

    def __enter__(self) -> Self:
        os.fsync = self._count  # type: ignore[assignment]
        return self

    def __exit__(self, *_: object) -> None:
        os.fsync = self._fsync

    def read(self) -> tuple[int, int]:
        """Give (calls of fsync, bytes that went to the block device)."""
        lines = (line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
        return self._syncs, int(dict(lines)["write_bytes"])

    def _count(self, file: int) -> None:
        self._syncs += 1
        self._fsync(file)
