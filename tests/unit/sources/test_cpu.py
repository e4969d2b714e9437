import multiprocessing
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sources.cpu import CpuUsage, mean_cpu_cores
from microshift_telemetry.sources.host import CpuTimes, Host
from microshift_telemetry.sources.outcome import SourceError
from tests.unit.sources.surroundings import shared_reads

BEFORE = CpuTimes(busy_seconds=100.0, total_seconds=1000.0, cores=2, boot_id="first")


@pytest.mark.parametrize(
    ("before", "after", "cores"),
    [
        pytest.param(BEFORE, replace(BEFORE, busy_seconds=130, total_seconds=1120), 0.5, id="mean"),
        pytest.param(BEFORE, replace(BEFORE, total_seconds=1120), 0.0, id="truly-idle"),
        pytest.param(None, BEFORE, 0.2, id="no-earlier-reading"),
        pytest.param(replace(BEFORE, boot_id="other"), BEFORE, 0.2, id="another-boot"),
        pytest.param(replace(BEFORE, busy_seconds=101), BEFORE, 0.2, id="busy-went-backwards"),
        pytest.param(replace(BEFORE, total_seconds=1001), BEFORE, 0.2, id="total-went-backwards"),
        pytest.param(
            BEFORE,
            replace(BEFORE, busy_seconds=110, total_seconds=1009),
            2.0,
            id="iowait-shrank-never-above-the-cores",
        ),
    ],
)
def test_the_mean_covers_the_time_since_the_pass_before_or_since_boot(
    before: CpuTimes | None, after: CpuTimes, cores: float
) -> None:
    assert mean_cpu_cores(before, after) == pytest.approx(cores)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(BEFORE, BEFORE, id="same-instant"),
        pytest.param(None, CpuTimes(0.0, 0.0, 2, "first"), id="instant-of-boot"),
    ],
)
def test_no_time_passed_is_an_error_and_not_a_zero(
    before: CpuTimes | None, after: CpuTimes
) -> None:
    with pytest.raises(SourceError, match=r"^/proc/stat: "):
        mean_cpu_cores(before, after)


@st.composite
def cpu_times(draw: st.DrawFn) -> CpuTimes:
    busy, waiting = draw(st.floats(0, 1e9)), draw(st.floats(0, 1e9))
    cores, boot_id = draw(st.integers(1, 512)), draw(st.sampled_from(["first", "second"]))
    return CpuTimes(busy, busy + waiting, cores, boot_id)


@given(cpu_times(), cpu_times())
def test_the_mean_is_never_outside_of_the_cores(before: CpuTimes, after: CpuTimes) -> None:
    try:
        mean = mean_cpu_cores(before, after)
    except SourceError:
        return
    assert 0 <= mean <= after.cores


def proc_stat_seconds() -> tuple[float, float]:
    """Read busy and total seconds with no help of psutil (proc_stat(5))."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    user, nice, system, idle, iowait, irq, softirq, steal = fields
    ticks = os.sysconf("SC_CLK_TCK")
    return (
        (user + nice + system + irq + softirq) / ticks,
        (user + nice + system + irq + softirq + idle + iowait + steal) / ticks,
    )


async def test_the_first_live_value_is_the_mean_since_boot(kube: KubeClient) -> None:
    readings = await CpuUsage().collect(shared_reads(kube, Host(Path("/"))))
    busy, total = proc_stat_seconds()

    reading = readings.readings[0]
    assert reading.total == os.sysconf("SC_NPROCESSORS_ONLN")
    assert reading.value == pytest.approx(reading.total * busy / total, abs=0.01)
    assert reading.value > 0


async def test_the_second_live_value_is_the_mean_of_the_interval(kube: KubeClient) -> None:
    source, host = CpuUsage(), Host(Path("/"))
    await source.collect(shared_reads(kube, host))
    busy_before, total_before = proc_stat_seconds()

    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        sum(range(1000))

    readings = await source.collect(shared_reads(kube, host))
    busy, total = proc_stat_seconds()
    mean = multiprocessing.cpu_count() * (busy - busy_before) / (total - total_before)
    assert readings.readings[0].value == pytest.approx(mean, abs=0.1)
    assert readings.readings[0].value > 0.1


async def test_two_objects_keep_their_own_counters(kube: KubeClient) -> None:
    host = Host(Path("/"))
    first, second = CpuUsage(), CpuUsage()
    await first.collect(shared_reads(kube, host))

    of_second = await second.collect(shared_reads(kube, host))

    busy, total = proc_stat_seconds()
    assert of_second.readings[0].value == pytest.approx(
        multiprocessing.cpu_count() * busy / total, abs=0.01
    )
