"""A device's day, lived through in fake time: passes, reports, status writes, and nothing else."""

import asyncio
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from microshift_telemetry.controller.schedule import Grids, grids
from tests.support.fakes import CLUSTER_ID
from tests.support.life import A_DAY, A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

A_SECOND = timedelta(seconds=1)
A_MEBIBYTE_OF_PAGES = 256


def _grids(sampling: timedelta, sending: timedelta) -> Grids:
    return grids(CLUSTER_ID, sampling, sending)


async def test_a_day_at_the_defaults_is_a_start_report_hourly_passes_and_one_report() -> None:
    async with Life() as life:
        await asyncio.sleep(A_DAY + 10 * A_MINUTE)

    on = _grids(timedelta(hours=1), timedelta(days=1))
    start_report, report = life.reports
    assert start_report <= 7 * A_MINUTE
    assert report <= A_DAY + A_SECOND.total_seconds()
    made = len(life.pass_times) + len(life.backlog.times_ms)
    assert 25 <= made <= 26
    for at in life.pass_times[2:]:
        assert at - on.passes.next_after(at - A_SECOND) < A_SECOND
    assert life.condition("Ready") == ("True", "ReportDelivered")


async def test_the_status_is_written_once_a_pass_and_once_a_report_and_never_between() -> None:
    spec = {"endpoint": ENDPOINT, "samplingInterval": "5m", "sendingInterval": "15m"}
    async with Life(spec) as life:
        await asyncio.sleep(AN_HOUR)
        writes, reports = len(life.kube.applies), len(life.reports)
        await asyncio.sleep(3 * AN_HOUR)

        assert len(life.reports) - reports == 12
        assert len(life.kube.applies) - writes <= 36 + 12
    moments = [at for at, _ in life.kube.applies[writes:]]
    on = _grids(timedelta(minutes=5), timedelta(minutes=15))
    for moment in moments:
        at = life.clock.now() - timedelta(seconds=asyncio.get_running_loop().time() - moment)
        assert at - on.passes.next_after(at - A_SECOND) < A_SECOND


async def test_every_sample_arrives_once_and_the_newest_pass_in_a_request_of_its_own() -> None:
    spec = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}
    async with Life(spec) as life:
        await asyncio.sleep(12 * AN_HOUR)

    sent = [sample for post in life.receiver.posts for sample in post.samples]
    assert len(sent) == len(set(sent))
    gaps = [later - earlier for earlier, later in pairwise(life.pass_times[2:])]
    assert len(gaps) >= 65
    assert all(abs(gap - timedelta(minutes=10)) < A_SECOND for gap in gaps)
    assert [len(post.times_ms) for post in life.receiver.posts if post.has_static] == [1] * 13


async def test_intervals_that_do_not_divide_report_on_a_grid_of_their_own() -> None:
    spec = {"endpoint": ENDPOINT, "samplingInterval": "7m", "sendingInterval": "45m"}
    async with Life(spec) as life:
        await asyncio.sleep(9 * AN_HOUR)

    on = _grids(timedelta(minutes=7), timedelta(minutes=45))
    passes = life.pass_times[2:]
    assert len(life.reports) == 13
    for at in passes:
        due = min(grid.next_after(at - A_SECOND) for grid in (on.passes, on.reports))
        assert at - due < A_SECOND
    longest = timedelta(minutes=7) + A_SECOND
    assert all(later - earlier <= longest for earlier, later in pairwise(passes))


def test_a_thousand_samples_and_reports_do_not_grow_the_process(tmp_path: Path) -> None:
    """All together leave less than a mebibyte, and none of them more than an object or two.

    In a process of its own, whose memory no other test has had.
    """
    command = [sys.executable, "-m", "tests.unit.controller.growth", str(tmp_path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    reports, blocks, pages = map(int, said.split())

    assert reports >= 1000
    assert blocks < 2 * reports
    assert pages <= A_MEBIBYTE_OF_PAGES
