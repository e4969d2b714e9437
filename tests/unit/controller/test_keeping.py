"""What outlives the process in its journal, in fake time: outages, restarts, other owners."""

import asyncio
import errno
import os
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from microshift_telemetry.clock import moment
from microshift_telemetry.sending.answer import Answer
from tests.support.fakes import FakeClock
from tests.support.life import AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

HOURLY = {"endpoint": ENDPOINT, "sendingInterval": "1h", "samplingInterval": "10m"}
SINCE_THE_LAST_REPORT = 6 * 12
"""Passes of an hour, with the dynamic series that the fakes give."""
DAILY = {"endpoint": ENDPOINT, "sendingInterval": "24h", "samplingInterval": "1h"}


async def test_a_day_of_outage_with_restarts_arrives_whole_and_once(tmp_path: Path) -> None:
    async with Life(HOURLY, state_path=tmp_path) as life:
        life.receiver.answer = Answer(503)
        for _ in range(6):
            await asyncio.sleep(4 * AN_HOUR)
            await life.restart()
        life.receiver.answer = Answer(204)
        await asyncio.sleep(2 * AN_HOUR)

        gaps = [after - before for before, after in pairwise(life.pass_times)]
        assert len(life.pass_times) >= 26 * 6 - 1
        assert max(gaps) < timedelta(minutes=12)
        assert life.status["pendingSamples"] <= SINCE_THE_LAST_REPORT
        assert life.status["droppedSamples"] == 0
        sent = [
            (series.labels, sample[0])
            for post in life.receiver.confirmed
            for series in post.series
            for sample in series.samples
        ]
        assert len(set(sent)) == len(sent)


async def test_a_restart_in_the_middle_of_a_day_costs_no_sample_and_sends_no_report(
    tmp_path: Path,
) -> None:
    async with Life(DAILY, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        reports = len(life.reports)
        for _ in range(5):
            await asyncio.sleep(2 * AN_HOUR + 60)
            await life.restart()
        assert len(life.reports) == reports
        await asyncio.sleep(24 * AN_HOUR)

        gaps = [after - before for before, after in pairwise(life.pass_times)]
        assert len(life.reports) - reports in {1, 2}
        assert max(gaps) < timedelta(minutes=61)


async def test_cpu_is_the_mean_since_the_last_pass_also_across_a_restart(tmp_path: Path) -> None:
    async with Life(HOURLY, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        before = life.remembered.cpu
        await life.restart()
        await asyncio.sleep(1)

        assert before is not None
        assert life.remembered.cpu == before


async def test_samples_of_another_destination_are_dropped_and_counted_after_a_restart_too(
    tmp_path: Path,
) -> None:
    async with Life(DAILY, state_path=tmp_path) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(5 * AN_HOUR)
        waiting = life.backlog.samples
        await life.end()
        life.edit({**DAILY, "endpoint": "http://elsewhere.example/"})
        life.receiver.answer = Answer(204)
        life.begin()
        await asyncio.sleep(AN_HOUR / 2)

        assert waiting > 0
        assert life.status["droppedSamples"] == waiting
        assert all(len(post.times_ms) == 1 for post in life.receiver.confirmed)


async def test_nothing_of_another_cluster_is_sent(tmp_path: Path) -> None:
    async with Life(DAILY, state_path=tmp_path) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(5 * AN_HOUR)
        tried = {time_ms for post in life.receiver.posts for time_ms in post.times_ms}
        await life.end()
        life.kube.objects["/api/v1/namespaces/kube-system"] = {"metadata": {"uid": "another"}}
        life.receiver.answer = Answer(204)
        life.begin()
        await asyncio.sleep(25 * AN_HOUR)

        sent = {time_ms for post in life.receiver.confirmed for time_ms in post.times_ms}
        assert sent
        assert not sent & tried


async def test_a_disk_that_fails_is_said_and_caught_up_with(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.touch()
    async with Life(HOURLY, state_path=state) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(2 * AN_HOUR)
        conditions = life.status["conditions"]
        [sampling] = [each for each in conditions if each["type"] == "Sampling"]
        assert sampling["status"] == "True"
        assert f"samples are kept in memory only: {state}" in sampling["message"]
        state.unlink()
        await asyncio.sleep(AN_HOUR / 2)
        waiting = life.backlog.samples
        await life.restart()
        await asyncio.sleep(1)

        assert waiting > 0
        assert life.backlog.samples == waiting


async def test_a_newer_clock_does_not_make_old_samples_young(tmp_path: Path) -> None:
    """After a long time off, samples beyond `buffer.maxAge` are dropped and counted."""
    clock = FakeClock()
    async with Life(HOURLY, clock=clock, state_path=tmp_path) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(3 * AN_HOUR)
        waiting = life.backlog.samples
        await life.end()
        clock.step(timedelta(days=30))
        clock.reboot()
        life.receiver.answer = Answer(204)
        life.begin()
        await asyncio.sleep(AN_HOUR)

        assert life.status["droppedSamples"] == waiting
        assert life.status["pendingSamples"] <= SINCE_THE_LAST_REPORT


async def test_an_opt_out_deletes_as_soon_as_the_disk_lets_it_and_nothing_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Life(DAILY, state_path=tmp_path) as life:
        await asyncio.sleep(5 * AN_HOUR)
        waiting = life.backlog.times_ms
        with monkeypatch.context() as broken:
            broken.setattr(Path, "unlink", _read_only)
            life.edit({**DAILY, "status": "Disabled"})
            await asyncio.sleep(120)
            said = life.status["conditions"][1]["message"]
            life.edit(DAILY)
            await asyncio.sleep(120)
        left = any(name.endswith(".journal") for name in os.listdir(tmp_path))
        await asyncio.sleep(AN_HOUR)

        assert waiting
        assert "not deleted yet" in said
        assert left
        assert not set(waiting) & set(life.backlog.times_ms)
        assert not {moment(time_ms) for time_ms in waiting[1:]} & set(life.pass_times)
        assert life.condition("Sampling") == ("True", "SamplesCollected")


def _read_only(path: Path, *, missing_ok: bool = False) -> None:
    del missing_ok
    raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))


async def test_a_delivery_that_no_status_tells_of_is_not_made_twice(tmp_path: Path) -> None:
    async with Life(DAILY, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        known = dict(life.status)
        await asyncio.sleep(25 * AN_HOUR)
        reports = len(life.reports)
        await life.end()
        life.forget_status(known)
        life.begin()
        await asyncio.sleep(AN_HOUR / 2)

        assert reports >= 2
        assert len(life.reports) == reports


async def test_a_disk_that_comes_back_brings_what_waited_on_it(tmp_path: Path) -> None:
    state, kept = tmp_path / "state", tmp_path / "kept"
    async with Life(HOURLY, state_path=state) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(3.5 * AN_HOUR)
        await life.end()
        state.rename(kept)
        state.touch()
        life.begin()
        await asyncio.sleep(2.2 * AN_HOUR)
        state.unlink()
        kept.rename(state)
        await asyncio.sleep(60)
        life.receiver.answer = Answer(204)
        await asyncio.sleep(2 * AN_HOUR)

        assert len(life.pass_times) >= 6 * 5
        sent = [sample for post in life.receiver.confirmed for sample in post.samples]
        assert len(sent) == len(set(sent))


async def test_a_deletion_while_the_node_is_asked_leaves_no_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Life(HOURLY, state_path=tmp_path, status={"droppedSamples": 7}) as life:

        async def deleted_meanwhile() -> str:
            life.telemetry.stop(is_deleted=True)
            return "machine"

        monkeypatch.setattr(life.cluster, "machine_id", deleted_meanwhile)
        await asyncio.sleep(1)

        assert os.listdir(tmp_path) == ["lock"]


@pytest.mark.parametrize("is_new_process", [False, True], ids=["one process", "two processes"])
async def test_a_max_age_that_is_away_for_seconds_costs_no_sample(
    tmp_path: Path,
    is_new_process: bool,  # noqa: FBT001
) -> None:
    """As an image builder's object is at each start of MicroShift, or an admin's typo."""
    own = {**DAILY, "buffer": {"maxAge": "720h"}}
    async with Life(own, state_path=tmp_path) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(10 * 24 * AN_HOUR)
        waiting = life.backlog.times_ms
        life.edit(DAILY)
        if is_new_process:
            await life.restart()
        life.request("now")  # a pass
        await asyncio.sleep(20)
        life.edit(own)
        await asyncio.sleep(AN_HOUR)

        assert set(waiting) <= set(life.backlog.times_ms)
        assert life.remembered.dropped_samples == 0

        life.edit(DAILY)
        await asyncio.sleep(2 * AN_HOUR)

        assert len(life.backlog.times_ms) < len(waiting)
