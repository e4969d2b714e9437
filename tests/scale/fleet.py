"""A fleet whose reports are all due, some devices at a time."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.scale.device import Device

AT_ONCE = 24
"""So many devices report side by side."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What came of a fleet's reports."""

    seconds: float
    answers: Mapping[int, int]
    """How often each status code came, `NO_ANSWER` included."""
    bytes: int
    """Of the bodies that were taken."""
    dropped: int
    """Samples that devices gave up."""
    incomplete: int
    """Devices whose report did not come to its end."""

    @property
    def requests(self) -> int:
        return sum(self.answers.values())


def report_all(
    devices: Sequence[Device], url: str, events: Mapping[int, Callable[[], None]]
) -> Reported:
    """Let every device report.

    Args:
        devices: the fleet.
        url: of the receiver.
        events: what happens once so many devices are done; it may use the running loop.
    """
    began = time.monotonic()
    asyncio.run(_report_all(devices, url, events))
    delivered = [device.delivered for device in devices]
    return Reported(
        time.monotonic() - began,
        dict(sum((each.answers for each in delivered), Counter[int]())),
        sum(each.bytes for each in delivered),
        sum(each.dropped for each in delivered),
        sum(not each.is_complete for each in delivered),
    )


async def _report_all(
    devices: Sequence[Device], url: str, events: Mapping[int, Callable[[], None]]
) -> None:
    endpoint = parse_endpoint(url, "url")
    waiting, done = iter(devices), 0

    async def work() -> None:
        nonlocal done
        for device in waiting:
            await device.report(endpoint)
            done += 1
            if happens := events.get(done):
                happens()

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
