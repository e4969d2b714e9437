"""Waits that news end early, jobs that an edit cuts short."""

import asyncio

import pytest

from microshift_telemetry.controller.jobs import Jobs
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME


def _time() -> float:
    return asyncio.get_running_loop().time()


async def test_a_pause_ends_when_its_time_is_over() -> None:
    await Jobs().pause(30)

    assert _time() == 30


async def test_news_end_every_pause_of_the_moment_and_none_that_comes_later() -> None:
    jobs = Jobs()
    pauses = [asyncio.create_task(jobs.pause(30)) for _ in range(2)]
    await asyncio.sleep(1)
    jobs.wake()
    await asyncio.gather(*pauses)
    early = _time()
    await jobs.pause(30)

    assert (early, _time()) == (1, 31)


async def test_jobs_of_one_name_end_each_in_its_time_and_are_cut_short_together() -> None:
    jobs = Jobs()
    short, *long = (asyncio.create_task(jobs.run("beside", asyncio.sleep(n, n))) for n in (1, 9, 9))
    assert await short == 1
    jobs.cut("beside")

    assert await asyncio.gather(*long) == [None, None]
    assert _time() == 1


async def test_a_job_that_is_cut_short_ends_quietly_and_its_name_is_free_again() -> None:
    jobs = Jobs()
    running = asyncio.create_task(jobs.run("report", asyncio.sleep(60)))
    await asyncio.sleep(1)
    jobs.cut("report")
    jobs.cut("pass")
    await running
    await jobs.run("report", asyncio.sleep(2))

    assert _time() == 3


async def test_the_error_of_a_job_comes_through() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Jobs().run("report", fail())


async def test_a_tick_that_is_cancelled_takes_its_job_with_it() -> None:
    ended: list[float] = []

    async def job() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(_time())

    running = asyncio.create_task(Jobs().run("report", job()))
    await asyncio.sleep(1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await asyncio.sleep(0)

    assert ended == [1]


async def test_after_a_stop_there_is_nothing_to_wait_for() -> None:
    jobs = Jobs()
    running = asyncio.create_task(jobs.run("report", asyncio.sleep(60)))
    pause = asyncio.create_task(jobs.pause(30))
    await asyncio.sleep(1)
    jobs.stop()
    await asyncio.gather(running, pause)
    await jobs.pause(30)

    assert _time() == 1
