"""When a check is cut short."""

import asyncio
from dataclasses import replace

import pytest

from tests.support.life import ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME


class Beside:
    """A job beside the reports that says when it was last at work."""

    def __init__(self) -> None:
        self.worked_at = 0.0

    async def work(self) -> str:
        for _ in range(100):
            self.worked_at = asyncio.get_running_loop().time()
            await asyncio.sleep(0.02)
        return "done"


async def test_what_nobody_cuts_comes_to_its_end() -> None:
    async with Life({"endpoint": ENDPOINT}) as life:
        assert await life.telemetry.beside_reports(Beside().work()) == "done"


@pytest.mark.parametrize("how", ["edit", "deletion", "end"])
async def test_it_is_cut_in_the_moment_of_an_edit_a_deletion_or_the_end(how: str) -> None:
    async with Life({"endpoint": ENDPOINT}) as life:
        beside, telemetry = Beside(), life.telemetry
        running = asyncio.create_task(telemetry.beside_reports(beside.work()))
        await asyncio.sleep(0.27)
        cut_at = asyncio.get_running_loop().time()
        match how:
            case "edit":
                config = telemetry.config
                telemetry.observe(replace(config, generation=config.generation + 1))
            case "deletion":
                telemetry.stop(is_deleted=True)
            case _:
                telemetry.cut_what_is_beside()

        assert await running is None
        assert beside.worked_at <= cut_at
