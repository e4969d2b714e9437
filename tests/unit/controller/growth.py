"""A fresh process that tells what a thousand reports in fake time leave in it.

Run as `python -m tests.unit.controller.growth DIRECTORY`; it writes how many reports it made, and
by how many memory blocks and resident pages they have grown the process.
"""

import asyncio
import gc
import sys
from pathlib import Path

import looptime

from tests.support.life import A_MINUTE, ENDPOINT, Life

MINUTELY = {"endpoint": ENDPOINT, "samplingInterval": "1m", "sendingInterval": "1m"}
HALF_HOURS_TO_WARM_UP = 6
"""Until the allocator has its arenas, a mebibyte each: Python 3.13 takes one after an hour."""


async def grow(directory: Path) -> tuple[int, int, int]:
    """Count reports, and the blocks and pages that they leave."""
    async with Life(MINUTELY, state_path=directory) as life:
        for _ in range(HALF_HOURS_TO_WARM_UP):
            await _reports_of_half_an_hour(life)
        blocks, pages = sys.getallocatedblocks(), _resident_pages()
        reports = 0
        while reports < 1000:
            reports += await _reports_of_half_an_hour(life)
        return reports, sys.getallocatedblocks() - blocks, _resident_pages() - pages


async def _reports_of_half_an_hour(life: Life) -> int:
    """Count the reports, and forget what the fakes remember of them."""
    await asyncio.sleep(30 * A_MINUTE)
    reports = len(life.reports)
    life.receiver.posts.clear()
    life.receiver.connects.clear()
    life.receiver.destinations.clear()
    life.kube.applies.clear()
    gc.collect()
    return reports


def _resident_pages() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])


def main() -> None:
    loop = looptime.new_event_loop(noop_cycles=1)
    try:
        grown = loop.run_until_complete(grow(Path(sys.argv[1])))
        sys.stdout.write(" ".join(map(str, grown)))
    finally:
        loop.close()


if __name__ == "__main__":
    main()
