"""The clocks of a device in a process of its own, held against this process' real one."""

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.clocks.device_clock import Clocks, DeviceClock, read_at
from tests.support.clocks.probe import Probe

pytestmark = pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler is installed")

YEAR_ONE = datetime(1970, 1, 1, tzinfo=UTC)
AN_HOUR, A_MINUTE = timedelta(hours=1), timedelta(minutes=1)
FAST = 600
"""A minute takes a tenth of a second."""
LATE_SECONDS = 600.0
"""A second of the machine, which may be busy; a minute of it would be ten hours."""
DEAF_SECONDS = 60.0
"""Of the machine: what a minute takes where no leap is heard of."""
A_MICROSECOND = 1e-6
"""A double tells no less of the time since 1970."""

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


@pytest.fixture
def clock(tmp_path: Path) -> DeviceClock:
    """At the machine's own speed."""
    return DeviceClock(tmp_path)


@pytest.fixture
def probe(clock: DeviceClock) -> Iterator[Probe]:
    with Probe(clock) as probe:
        yield probe


def test_a_device_that_is_right_has_the_machines_time(clock: DeviceClock, probe: Probe) -> None:
    before, told, after = clock.now, probe.ask("clocks()"), clock.now
    [wall, boot, _] = told

    for earliest, each, latest in zip(_seconds(before), told, _seconds(after), strict=True):
        assert earliest - A_MICROSECOND <= each <= latest + A_MICROSECOND
    assert wall == pytest.approx(datetime.now(UTC).timestamp(), abs=2)  # noqa: TID251  # the truth
    assert (before.boot, after.boot) == (before.monotonic, after.monotonic)
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
    earliest, before, began = time.monotonic(), probe.ask("clocks()"), time.monotonic()
    time.sleep(0.5)
    ended, after, latest = time.monotonic(), probe.ask("clocks()"), time.monotonic()

    for moved in _moved(before, after):
        assert 60 * (ended - began) <= moved <= 60 * (latest - earliest)


def test_a_change_of_speed_lets_no_clock_run_backwards(clock: DeviceClock, probe: Probe) -> None:
    probe.begin("steps(300_000)")
    while not probe.has_answered():
        clock.speed = 1 if clock.speed > 1 else 1000

    assert probe.answer() >= 0


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_what_waits_takes_the_devices_time(clock: DeviceClock, probe: Probe, wait: str) -> None:
    clock.speed = FAST

    assert 60 <= probe.ask(f"took(lambda: {wait})") < 60 + LATE_SECONDS


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_a_leap_ends_what_waits(clock: DeviceClock, probe: Probe, wait: str) -> None:
    began = time.monotonic()
    probe.begin(f"took(lambda: {wait})")
    while not probe.has_answered(0.1):
        clock.leap(A_MINUTE)

    assert probe.answer() >= 60
    assert time.monotonic() - began < DEAF_SECONDS / 2


def test_neither_a_step_nor_a_suspension_ends_what_waits(clock: DeviceClock, probe: Probe) -> None:
    probe.begin("[clocks(), took(lambda: asyncio.run(asyncio.sleep(1))), clocks()]")
    while not probe.has_answered(0.1):
        clock.step(AN_HOUR)
        clock.suspend(AN_HOUR)
    [before, took, after] = probe.answer()
    [wall, boot, _] = _moved(before, after)

    assert 1 <= took < 10
    assert min(boot, wall - boot) > 3599  # both have happened meanwhile


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


def test_a_boot_may_be_at_another_time(clock: DeviceClock) -> None:
    at = clock.true_time() - timedelta(days=2)
    clock.boot(at=at)
    with Probe(clock) as probe:
        [wall, boot, monotonic] = probe.ask("clocks()")

    assert wall == pytest.approx(at.timestamp(), abs=5)
    assert (boot, monotonic) == pytest.approx((20, 20), abs=5)


def test_each_boot_has_its_id(clock: DeviceClock) -> None:
    ids = set()
    for _ in range(2):
        clock.boot()
        with Probe(clock) as probe:
            ids.add(probe.ask("open('/proc/sys/kernel/random/boot_id').read()"))

    assert len(ids) == 2
    assert Path("/proc/sys/kernel/random/boot_id").read_text() not in ids


def _seconds(clocks: Clocks) -> list[float]:
    return [ns / 1e9 for ns in (clocks.wall, clocks.boot, clocks.monotonic)]


def _moved(before: list[float], after: list[float]) -> list[float]:
    return [later - earlier for earlier, later in zip(before, after, strict=True)]
