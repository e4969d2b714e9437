"""An opt-out that the disk does not carry out: nothing of before is sent, whatever comes after."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from microshift_telemetry.sending.answer import Answer
from tests.support.life import AN_HOUR, ENDPOINT, Life
from tests.support.small_disk import a_disk
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

DAILY = {"endpoint": ENDPOINT, "sendingInterval": "24h", "samplingInterval": "1h"}
DISABLED = {**DAILY, "status": "Disabled"}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "disk"
    with a_disk(path, "1m"):
        yield path


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


@pytest.mark.parametrize("then", ["ro", "rw"])
async def test_what_a_read_only_disk_has_kept_is_not_sent_after_a_restart(
    disk: Path, then: str
) -> None:
    async with Life(DAILY, state_path=disk) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(5 * AN_HOUR)
        waiting = set(life.backlog.times_ms)
        remount(disk, "ro")
        life.edit(DISABLED)
        await asyncio.sleep(60)
        life.edit(DAILY)
        await asyncio.sleep(60)
        await life.end()
        remount(disk, then)
        life.receiver.answer = Answer(204)
        life.begin()
        await asyncio.sleep(25 * AN_HOUR)

        sent = {time_ms for post in life.receiver.confirmed for time_ms in post.times_ms}
        assert waiting
        assert sent
        assert not sent & waiting


async def test_what_waits_after_an_opt_out_outlives_restarts_as_ever(tmp_path: Path) -> None:
    async with Life(DAILY, state_path=tmp_path) as life:
        life.receiver.answer = Answer(503)
        life.edit(DISABLED)
        await asyncio.sleep(60)
        known = dict(life.status)
        life.edit({**DAILY, "samplingInterval": "10m"})
        await asyncio.sleep(3 * AN_HOUR)
        waiting = life.backlog.times_ms
        for status in (life.status, known, {}):
            await life.end()
            life.forget_status(status)
            life.begin()
            await asyncio.sleep(1)
            assert life.backlog.times_ms[: len(waiting)] == waiting

        assert len(waiting) > 12
        assert known["lastOptOutGeneration"] == 2
