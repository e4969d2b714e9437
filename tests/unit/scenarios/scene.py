"""One receiver and one device in front of it, for scenarios in which hours and days pass."""

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.models.model import Answer, Model
from tests.models.outage import Loss, Outage
from tests.search.passes import on_grid
from tests.search.plan import HOSTS, SECONDS
from tests.search.stage import Exchange, Stage, ms

A_MINUTE, AN_HOUR, A_DAY = 60.0, 3600.0, 86_400.0
HERE = HOSTS[0]
ENDPOINT = f"http://{HERE}/api/v1/write"
DAILY = {"endpoint": ENDPOINT, "aggregation": "None"}
"""A report a day of hourly passes, each told as it is."""
PER_PASS = 12
"""Dynamic series with the fakes."""


class Scene:
    """What a test does and sees."""

    def __init__(self, model: Model, spec: Mapping[str, Any], state: Path) -> None:
        self.outage = Outage(model)
        self.stage = Stage({HERE: self.outage}, spec, state)
        self.device = self.stage.device

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def stored_ms(self) -> set[int]:
        """The times of the passes that the receiver has."""
        return {time_ms for _, time_ms in self.outage.model.stored}

    @property
    def dropped(self) -> int:
        return int(self.device.status["droppedSamples"])

    def fault(self, fault: Loss | Answer | None) -> None:
        """Let every request from now on meet this; None is the end of it."""
        self.outage.fault = fault

    async def sleep_until_due(self, reports: int = 1) -> None:
        """Sleep until a second before a report of the grid; the ones before it go out."""
        for _ in range(reports - 1):
            await self.sleep_until_due()
            await asyncio.sleep(10 * A_MINUTE)
        told = self.device.status["nextReportTime"]
        await asyncio.sleep(seconds_until(told, self.now) - 1)

    def exchanges(self, since: float, until: float | None = None) -> list[Exchange]:
        end = self.now if until is None else until
        return [each for each in self.stage.exchanges if since <= each.at <= end]

    def first_fresh(self, since: float) -> float:
        """Tell how long after a moment the first fresh pass was taken."""
        taken = [each.at for each in self.exchanges(since) if each.is_fresh_taken]
        return taken[0] - since if taken else float("inf")

    def missing(self, since: float, until: float) -> list[int]:
        """Give the passes of the grid in a span that the receiver does not have."""
        interval = SECONDS[self.device.spec.get("samplingInterval", "1h")]
        made = sorted(on_grid(self.device.passes, interval) - self.stored_ms)
        return [time_ms for time_ms in made if ms(since) <= time_ms <= ms(until)]

    def ready(self) -> str:
        return self.device.condition("Ready")[0]

    def reason(self) -> str:
        return self.device.condition("Reporting")[1]


@asynccontextmanager
async def scene(
    model: Model, state: Path, spec: Mapping[str, Any] = DAILY
) -> AsyncGenerator[Scene, None]:
    """Play one, from the start of the operator on."""
    random.seed(1)  # the sender's waits
    played = Scene(model, spec, state)
    with played.stage.played():
        played.device.begin()
        try:
            yield played
        finally:
            await played.device.end()


def seconds_until(told: str, now: float) -> float:
    """Tell how long until a time of the status."""
    return (round(datetime.fromisoformat(told).timestamp() * 1000) - ms(now)) / 1000
