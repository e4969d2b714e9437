"""What the fault run stands on: a list of images that counts its readers, and a faster clock."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from microshift_telemetry.clock import SystemClock
from microshift_telemetry.sources.host import Host
from microshift_telemetry.sources.images import IMAGES_FILE, count_elements
from tests.faults.images import NumberedImages
from tests.support.faster_clock import FasterClock, LeapingClock

A_MINUTE_OF_SLEEP = """
import asyncio, time
began, told = time.monotonic(), time.time()
asyncio.run(asyncio.sleep(60))
print(time.monotonic() - began, told)
"""

THE_TIME_WHEN_ASKED = """
import sys, time
for _ in sys.stdin:
    print(time.time(), time.monotonic(), flush=True)
"""


def _numbers(host_root: Path, how_many: int) -> list[int]:
    host = Host(host_root)
    return [count_elements(host.read_chunks(IMAGES_FILE)) for _ in range(how_many)]


def test_each_reader_finds_one_image_more_than_the_last(tmp_path: Path) -> None:
    (tmp_path / IMAGES_FILE).parent.mkdir(parents=True)
    with NumberedImages(tmp_path) as images:
        assert _numbers(tmp_path, 50) == list(range(1, 51))
        assert images.opened == 50


def test_a_process_sleeps_a_minute_in_a_second_and_goes_on_where_the_clock_is(
    tmp_path: Path,
) -> None:
    clock = FasterClock(60, tmp_path)
    before = clock.now()
    done = subprocess.run(
        [sys.executable, "-c", A_MINUTE_OF_SLEEP],
        env=clock.environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    slept_seconds, told = map(float, done.stdout.split())
    assert 60 <= slept_seconds < 90
    assert before - timedelta(seconds=1) < clock.now().fromtimestamp(told, before.tzinfo)
    assert clock.now().timestamp() > told + 55


def test_a_wall_clock_leaps_in_a_running_process_and_its_monotonic_clock_does_not(
    tmp_path: Path,
) -> None:
    now, a_minute = SystemClock().now(), timedelta(minutes=1)
    start = now - timedelta(days=2)
    clock = LeapingClock(tmp_path, start)
    with subprocess.Popen(
        [sys.executable, "-c", THE_TIME_WHEN_ASKED],
        env=clock.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        before, monotonic_before = _asked(process)
        clock.leap(now)
        after, monotonic_after = _asked(process)
        process.communicate()

    assert start.timestamp() <= before < (start + a_minute).timestamp()
    assert now.timestamp() - 1 < after < (now + a_minute).timestamp()
    assert 0 <= monotonic_after - monotonic_before < a_minute.total_seconds()


def _asked(process: "subprocess.Popen[str]") -> tuple[float, float]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("?\n")
    process.stdin.flush()
    wall, monotonic = map(float, process.stdout.readline().split())
    return wall, monotonic
