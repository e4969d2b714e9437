"""The clocks of a device in a process of its own, held against this process' real one."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from tests.support.clocks.device_clock import DeviceClock, read_at

pytestmark = pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler is installed")

YEAR_ONE = datetime(1970, 1, 1, tzinfo=UTC)
AN_HOUR, A_MINUTE = timedelta(hours=1), timedelta(minutes=1)
FAST = 600
"""A minute takes a tenth of a second."""
LATE_SECONDS = 600.0
"""A second of the machine, which may be busy; a minute of it would be ten hours."""

PROBE = """
import asyncio, ctypes, json, queue, select, socket, sys, threading, time
import aiohttp, psutil

def clocks():
    return [time.time(), time.clock_gettime(time.CLOCK_BOOTTIME), time.monotonic()]

def wall():
    timeval = (ctypes.c_long * 2)()
    libc.gettimeofday(timeval, None)
    return [time.time(), libc.time(None), timeval[0] + timeval[1] / 1e6]

def monotonic():
    raw, coarse = time.CLOCK_MONOTONIC_RAW, 6
    return [time.monotonic(), time.clock_gettime(raw), time.clock_gettime(coarse)]

def is_synchronized():
    told = (ctypes.c_int * 128)()
    said = libc.adjtimex(told)
    return said != 5 and not told[10] & 0x40

def took(wait):
    began = time.monotonic()
    wait()
    return time.monotonic() - began

def steps(reads):
    told = [time.monotonic() for _ in range(reads)]
    return min(after - before for before, after in zip(told, told[1:]))

def take_turns():
    done = []
    thread = threading.Thread(target=spin, args=[done])
    thread.start()
    done.append(True)
    thread.join()

def spin(done):
    while not done:
        pass

def memory():
    found = psutil.virtual_memory()
    return found.total - found.available

def get():
    try:
        queue.Queue().get(timeout=60)
    except queue.Empty:
        pass

def poll():
    mine, other = socket.socketpair()
    mine.settimeout(60)
    try:
        mine.recv(1)
    except TimeoutError:
        pass

async def ask():
    server = await asyncio.start_server(lambda *_: asyncio.sleep(1000), "127.0.0.1", 0)
    url = "http://%s:%d" % server.sockets[0].getsockname()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        try:
            await session.get(url)
        except TimeoutError:
            pass
    server.close()

async def late():
    try:
        async with asyncio.timeout(60):
            await asyncio.Event().wait()
    except TimeoutError:
        pass

libc = ctypes.CDLL(None)
libc.time.restype = ctypes.c_long
for line in sys.stdin:
    print(json.dumps(eval(line)), flush=True)
"""

WAITS = {
    "an event loop": "asyncio.run(asyncio.sleep(60))",
    "its timeout": "asyncio.run(late())",
    "aiohttp's": "asyncio.run(ask())",
    "a sleep": "time.sleep(60)",
    "a lock": "threading.Event().wait(60)",
    "a queue": "get()",
    "a socket": "poll()",
    "poll": "select.poll().poll(60_000)",
}


class Probe:
    """A process with a device's clocks that answers expressions."""

    def __init__(self, clock: DeviceClock) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROBE],
            env=clock.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, expression: str) -> Any:
        self.begin(expression)
        return self.answer()

    def begin(self, expression: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{expression}\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def __enter__(self) -> Self:
        assert self.ask("1") == 1
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


@pytest.fixture
def clock(tmp_path: Path) -> DeviceClock:
    """At the machine's own speed."""
    return DeviceClock(tmp_path)


@pytest.fixture
def probe(clock: DeviceClock) -> Iterator[Probe]:
    with Probe(clock) as probe:
        yield probe


def test_a_device_that_is_right_has_the_machines_time(probe: Probe) -> None:
    [wall, boot, monotonic] = probe.ask("clocks()")

    assert wall == pytest.approx(datetime.now(UTC).timestamp(), abs=2)  # noqa: TID251  # the truth
    assert boot == pytest.approx(monotonic, abs=0.1)
    assert 20 <= boot < 30
    assert probe.ask("is_synchronized()")


def test_what_tells_one_clock_tells_the_same(clock: DeviceClock, probe: Probe) -> None:
    clock.step(-AN_HOUR)
    clock.suspend(AN_HOUR)

    for question in ("wall()", "monotonic()"):
        told = probe.ask(question)
        assert max(told) - min(told) < 2


def test_a_step_moves_the_wall_clock_alone_and_takes_the_kernels_word_back(
    clock: DeviceClock, probe: Probe
) -> None:
    before = probe.ask("clocks()")
    clock.step(-AN_HOUR)
    after = probe.ask("clocks()")

    assert _moved(before, after) == pytest.approx([-3600, 0, 0], abs=2)
    assert not probe.ask("is_synchronized()")


def test_chronyd_makes_it_right_and_tells_the_kernel(clock: DeviceClock) -> None:
    clock.boot(YEAR_ONE)
    with Probe(clock) as probe:
        wrong, was_synchronized = probe.ask("time.time()"), probe.ask("is_synchronized()")
        clock.synchronize()
        right, is_synchronized = probe.ask("time.time()"), probe.ask("is_synchronized()")

    assert 0 <= wrong < 60
    assert right == pytest.approx(clock.true_time().timestamp(), abs=2)
    assert (was_synchronized, is_synchronized) == (False, True)


def test_a_suspended_device_has_boot_time_and_no_monotonic_time(
    clock: DeviceClock, probe: Probe
) -> None:
    before, truth = probe.ask("clocks()"), clock.true_time()
    clock.suspend(AN_HOUR)
    after = probe.ask("clocks()")

    assert _moved(before, after) == pytest.approx([3600, 3600, 0], abs=2)
    assert clock.true_time() - truth >= AN_HOUR
    assert probe.ask("is_synchronized()")


def test_a_speed_is_that_of_every_clock(clock: DeviceClock, probe: Probe) -> None:
    clock.speed = 60
    before, began = probe.ask("clocks()"), time.monotonic()
    time.sleep(0.5)
    after, seconds = probe.ask("clocks()"), time.monotonic() - began

    assert _moved(before, after) == pytest.approx([60 * seconds] * 3, abs=6)


def test_a_change_of_speed_lets_no_clock_run_backwards(clock: DeviceClock, probe: Probe) -> None:
    probe.begin("steps(300_000)")
    for _ in range(200):
        clock.speed = 1000
        clock.speed = 1

    assert probe.answer() >= 0


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_what_waits_takes_the_devices_time(clock: DeviceClock, probe: Probe, wait: str) -> None:
    clock.speed = FAST

    assert 60 <= probe.ask(f"took(lambda: {wait})") < 60 + LATE_SECONDS


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_a_leap_ends_what_waits(clock: DeviceClock, probe: Probe, wait: str) -> None:
    began = time.monotonic()
    probe.begin(f"took(lambda: {wait})")
    time.sleep(0.1)
    clock.leap(A_MINUTE)

    assert 60 <= probe.answer() < 70
    assert time.monotonic() - began < 10


def test_neither_a_step_nor_a_suspension_ends_what_waits(clock: DeviceClock, probe: Probe) -> None:
    probe.begin("took(lambda: asyncio.run(asyncio.sleep(1)))")
    time.sleep(0.1)
    clock.step(AN_HOUR)
    clock.suspend(AN_HOUR)

    assert 1 <= probe.answer() < 10


def test_threads_take_turns_also_after_more_time_than_the_machine_has_known(
    clock: DeviceClock, probe: Probe
) -> None:
    clock.leap(timedelta(days=10_000))

    assert probe.ask("took(take_turns)") < 10


def test_memory_in_use_tells_when_it_was_read(clock: DeviceClock, probe: Probe) -> None:
    clock.speed = FAST
    clock.step(AN_HOUR)
    before = clock.true_time()
    told = read_at(probe.ask("memory()"))

    assert before - timedelta(milliseconds=1) <= told <= clock.true_time()


def test_each_boot_has_its_id(clock: DeviceClock) -> None:
    ids = set()
    for _ in range(2):
        clock.boot()
        with Probe(clock) as probe:
            ids.add(probe.ask("open('/proc/sys/kernel/random/boot_id').read()"))

    assert len(ids) == 2
    assert Path("/proc/sys/kernel/random/boot_id").read_text() not in ids


def _moved(before: list[float], after: list[float]) -> list[float]:
    return [later - earlier for earlier, later in zip(before, after, strict=True)]
