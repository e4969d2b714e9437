import asyncio
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sources.host import BOOT_ID, Host
from microshift_telemetry.sources.microshift_start import (
    Boot,
    MicroshiftStart,
    SeenStart,
    parse_boot,
    seen_start,
)
from microshift_telemetry.sources.outcome import SourceError
from tests.unit.sources.canned_api import Answer, CannedApi
from tests.unit.sources.surroundings import HOSTS, METRICS, shared_reads

STAT = "cpu  12 3 4\ncpu0 12 3 4\nintr 7 0 0\nctxt 99\nbtime 1768910000\nprocesses 42\n"
BOOT = Boot("b007", 1_768_910_000)
STARTED = 1_768_910_512.91
START = MicroshiftStart("b007", 512.91)


def a_host(path: Path, stat: str = STAT) -> Host:
    """Lay out a device whose kernel tells its boot."""
    proc = path / "proc"
    shutil.copytree(HOSTS / "rhel-rpm" / "proc", proc)
    (proc / BOOT_ID).write_text("b007\n")
    (proc / "stat").write_text(stat)
    return Host(HOSTS / "rhel-rpm", proc)


def test_a_boot_is_read_from_the_kernel() -> None:
    assert parse_boot("b007\n", STAT) == BOOT


@pytest.mark.parametrize("stat", ["", "btime\n", "btime -1\n", "abtime 1\n", "btime 1e9\n"])
def test_a_kernel_that_tells_no_boot_time_is_an_error(stat: str) -> None:
    with pytest.raises(SourceError, match=r"^/proc/stat: no btime$"):
        parse_boot("b007\n", stat)


def test_the_kernel_of_this_machine_tells_its_boot() -> None:
    host = Host(Path("/"))

    boot = parse_boot(host.read_proc(BOOT_ID), host.read_proc("stat"))

    assert len(boot.boot_id) == 36
    assert boot.at_seconds > 0


@given(st.integers(0, 2**32), st.floats(0, 1e6), st.integers(-(2**31), 2**31))
def test_a_clock_that_is_set_makes_no_other_start(
    booted: int, uptime_seconds: float, step_seconds: int
) -> None:
    before, after = Boot("b007", booted), Boot("b007", booted + step_seconds)

    one = seen_start(booted + uptime_seconds, before, before)
    other = seen_start(booted + step_seconds + uptime_seconds, after, after)

    assert one is not None
    assert other is not None
    assert one.start.is_same_as(other.start)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        pytest.param(MicroshiftStart("b007", 513.91), True, id="a boot time cut otherwise"),
        pytest.param(MicroshiftStart("b007", 520.0), False, id="a restart of MicroShift"),
        pytest.param(MicroshiftStart("b008", 512.91), False, id="another boot, as long after it"),
    ],
)
def test_starts_are_told_apart(other: MicroshiftStart, *, is_same: bool) -> None:
    assert START.is_same_as(other) is is_same
    assert other.is_same_as(START) is is_same


@pytest.mark.parametrize(
    ("started", "before", "after"),
    [
        pytest.param(None, BOOT, BOOT, id="the API server does not say"),
        pytest.param(STARTED, None, BOOT, id="no boot before"),
        pytest.param(STARTED, BOOT, None, id="no boot after"),
        pytest.param(STARTED, BOOT, Boot("b007", 1_768_913_600), id="the clock was set meanwhile"),
    ],
)
def test_what_cannot_be_told_is_not_made_up(
    started: float | None, before: Boot | None, after: Boot | None
) -> None:
    assert seen_start(started, before, after) is None


async def test_a_pass_tells_the_start(kube: KubeClient, tmp_path: Path) -> None:
    seen = await shared_reads(kube, a_host(tmp_path)).microshift_start()

    assert seen is not None
    assert seen.start.is_same_as(START)
    assert seen == SeenStart(seen.start, STARTED)


async def test_start_and_counts_share_one_request(
    api: CannedApi, kube: KubeClient, tmp_path: Path
) -> None:
    shared = shared_reads(kube, a_host(tmp_path))

    await asyncio.gather(shared.microshift_start(), shared.api_server_metrics())

    assert len(api.asked("/metrics")) == 1


@pytest.mark.parametrize("stat", ["", "btime soon\n"], ids=["empty", "nonsense"])
async def test_a_kernel_that_says_nothing_costs_no_other_reading(
    kube: KubeClient, tmp_path: Path, stat: str
) -> None:
    shared = shared_reads(kube, a_host(tmp_path, stat))

    assert await shared.microshift_start() is None
    assert (await shared.api_server_metrics()).object_count == 17


async def test_a_clock_that_is_set_between_two_reads_of_the_boot_tells_no_start(
    api: CannedApi, kube: KubeClient, tmp_path: Path
) -> None:
    host = a_host(tmp_path)
    stats = iter([STAT, STAT.replace("1768910000", "1768999999")])

    class Stepping(Host):
        def read_proc(self, name: str) -> str:
            return next(stats) if name == "stat" else host.read_proc(name)

    api.lay_down({"/metrics": Answer(METRICS)})

    assert await shared_reads(kube, Stepping(HOSTS / "rhel-rpm")).microshift_start() is None
