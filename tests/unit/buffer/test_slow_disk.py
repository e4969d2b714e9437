"""A disk that answers late, or never: memory goes on, the order of what was asked stays."""

import asyncio
import shutil
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from microshift_telemetry.background import at_once
from microshift_telemetry.buffer import journal_queue, worker
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.buffer.store import Store
from tests.unit.buffer.journals import OWNER, REMEMBERED, UID, loaded
from tests.unit.buffer.processes import LATER, SEED, Process, hours_in, made

T = TypeVar("T")

SILENCE = "no answer within 0.05 s"


class SlowDisk:
    """Does what it is asked for when the test says so."""

    def __init__(self) -> None:
        self.asked: deque[Callable[[], None]] = deque()
        self.is_slow = False

    def __call__(self, job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
        if self.is_slow:
            self.asked.append(lambda: at_once(job, done))
        else:
            at_once(job, done)

    def answer(self) -> int:
        """Answer whatever is asked, one after the other; tell how many questions that were."""
        count = 0
        while self.asked:
            self.asked.popleft()()
            count += 1
        return count


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "ANSWER_SECONDS", 0.05)


@pytest.fixture
def disk() -> SlowDisk:
    return SlowDisk()


@pytest.fixture
def directory(tmp_path: Path, disk: SlowDisk) -> StateDirectory:
    return StateDirectory(tmp_path / "state", disk)


def hold_the_loop_up(seconds: float) -> None:
    time.sleep(seconds)


async def a_store(directory: StateDirectory) -> Store:
    store = Store("cluster", UID, directory, SEED)
    assert await store.open(OWNER, LATER)
    store.record(REMEMBERED, *made(0))
    return store


def on_the_disk(directory: StateDirectory) -> Ledger:
    """Read a copy, as another process would."""
    copy = directory.path.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(directory.path, copy)
    return loaded(copy)[0]


async def test_what_a_slow_disk_is_asked_for_meanwhile_goes_out_in_one_write(
    directory: StateDirectory, disk: SlowDisk
) -> None:
    store = await a_store(directory)
    disk.is_slow = True

    for hour in range(1, 6):
        store.record(*made(hour))

    assert hours_in(store.ledger) == [0, 1, 2, 3, 4, 5]
    assert hours_in(on_the_disk(directory)) == [0]
    assert disk.answer() == 2
    assert on_the_disk(directory) == store.ledger


async def test_a_disk_that_hangs_is_waited_for_once_and_told_of_until_it_answers(
    directory: StateDirectory, disk: SlowDisk
) -> None:
    store = await a_store(directory)
    disk.is_slow = True

    for hour in range(1, 4):
        store.record(*made(hour))
        await store.saved()

    assert len(disk.asked) == 1
    assert store.note == f"samples are kept in memory only: {directory.path}: {SILENCE}"
    disk.answer()
    assert store.note == ""
    assert on_the_disk(directory) == store.ledger


async def test_what_was_recorded_before_counts_as_saved_also_where_another_has_recorded_since(
    directory: StateDirectory, disk: SlowDisk
) -> None:
    store = await a_store(directory)
    disk.is_slow = True
    store.record(*made(1))

    async def pass_and_report() -> None:
        await store.saved()
        store.record(*made(2))

    waits = [asyncio.create_task(each) for each in (pass_and_report(), store.saved())]
    await asyncio.sleep(0)
    disk.answer()
    await asyncio.gather(*waits)

    assert len(disk.asked) == 1
    assert store.note == ""
    assert hours_in(on_the_disk(directory)) == [0, 1]


async def test_a_disk_that_answers_at_the_last_moment_is_waited_for_the_next_time_too(
    directory: StateDirectory, disk: SlowDisk, caplog: pytest.LogCaptureFixture
) -> None:
    store = await a_store(directory)
    disk.is_slow = True
    for hour, late_seconds in ((1, 0.1), (2, 0.0)):
        store.record(*made(hour))
        wait = asyncio.create_task(store.saved())
        await asyncio.sleep(0)
        hold_the_loop_up(late_seconds)
        await asyncio.sleep(0)
        disk.answer()
        await wait

    assert caplog.messages == []


async def test_the_silence_of_a_disk_is_over_also_for_who_had_nothing_to_write(
    directory: StateDirectory, disk: SlowDisk
) -> None:
    store, idle = await a_store(directory), Store("idle", "uid-2", directory, SEED)
    disk.is_slow = True
    store.record(*made(1))
    await idle.saved()
    said = idle.note
    disk.answer()

    await idle.saved()

    assert said.endswith(SILENCE)
    assert idle.note == ""


async def test_a_week_of_records_that_wait_takes_no_more_memory_than_a_day(
    directory: StateDirectory, disk: SlowDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_queue, "MAX_WAITING", 8)
    store = await a_store(directory)
    disk.is_slow = True

    for hour in range(1, 30):
        store.record(*made(hour))

    assert disk.answer() == 2
    assert on_the_disk(directory) == store.ledger
    assert hours_in(store.ledger) == list(range(30))


async def test_a_deletion_is_not_overtaken_by_what_was_being_written(
    directory: StateDirectory, disk: SlowDisk
) -> None:
    store = await a_store(directory)
    disk.is_slow = True
    store.record(*made(1))
    store.record(*made(2))

    store.delete()
    await store.saved()

    silence = f"what was kept on the disk is not deleted yet: {directory.path}: {SILENCE}"
    assert store.note == silence
    assert hours_in(store.ledger) == []
    assert not await store.open(OWNER, LATER)
    disk.answer()
    assert store.note == ""
    assert [path.name for path in directory.path.iterdir()] == ["lock"]


async def test_nothing_is_written_after_a_deletion_also_where_the_file_had_gone_before(
    directory: StateDirectory, disk: SlowDisk
) -> None:
    store = await a_store(directory)
    directory.file(UID, "journal").unlink()
    disk.is_slow = True
    store.record(*made(1))

    store.delete()
    disk.answer()

    assert [path.name for path in directory.path.iterdir()] == ["lock"]


async def test_what_is_recorded_after_an_opt_in_follows_the_deletion(
    directory: StateDirectory, disk: SlowDisk
) -> None:
    store = await a_store(directory)
    disk.is_slow = True
    store.record(*made(1))
    store.delete()
    store.record(*made(2))
    disk.is_slow = False
    disk.answer()

    assert await store.open(OWNER, LATER)

    store.record(*made(3))
    assert hours_in(on_the_disk(directory)) == [2, 3]


async def test_what_an_earlier_process_has_left_is_taken_up_whenever_the_disk_answers(
    directory: StateDirectory, disk: SlowDisk
) -> None:
    first = Process(directory.path)
    first.store.record(*made(0, 1))
    first.end()
    disk.is_slow = True
    store = Store("cluster", UID, directory, SEED)

    for hour in (2, 3):
        assert not await store.open(OWNER, LATER)
        store.record(*made(hour))
    disk.answer()
    assert await store.open(OWNER, LATER)

    assert hours_in(store.ledger) == [0, 1, 2, 3]
    disk.answer()
    assert on_the_disk(directory) == store.ledger


async def test_what_is_read_too_late_for_an_opt_out_is_nobodys(
    directory: StateDirectory, disk: SlowDisk
) -> None:
    first = Process(directory.path)
    first.store.record(*made(0, 1))
    first.end()
    disk.is_slow = True
    store = Store("cluster", UID, directory, SEED)
    assert not await store.open(OWNER, LATER)

    store.delete()
    disk.answer()
    disk.is_slow = False

    assert await store.open(OWNER, LATER)
    assert hours_in(store.ledger) == []


async def test_a_bug_in_a_write_comes_to_the_tick_that_waits_and_stops_nothing_that_follows(
    directory: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await a_store(directory)
    with monkeypatch.context() as broken:
        broken.setattr(StateDirectory, "hold", lambda _: 1 / 0)
        store.record(*made(1))
    with pytest.raises(ZeroDivisionError):
        await store.saved()

    store.record(*made(2))

    assert on_the_disk(directory) == store.ledger
