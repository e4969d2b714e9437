"""A disk that answers late, or never: memory goes on, the order of what was asked stays."""

import asyncio
import time
from dataclasses import replace

import pytest

from microshift_telemetry.buffer import journal_queue
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.buffer.store import Store
from tests.unit.buffer.journals import OWNER, UID
from tests.unit.buffer.processes import LATER, SEED, Process, hours_in, made
from tests.unit.buffer.slow_disk import SILENCE, SlowDisk, a_store, on_the_disk


def hold_the_loop_up(seconds: float) -> None:
    time.sleep(seconds)


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
    assert store.note == (f"samples are kept in memory only: {directory.path}: {SILENCE}")
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


async def test_of_a_disk_that_hangs_is_told_only_by_who_has_asked_it_for_something(
    directory: StateDirectory, disk: SlowDisk, caplog: pytest.LogCaptureFixture
) -> None:
    disabled = Store("disabled", "uid-2", directory, SEED)
    disabled.delete()
    store, idle = await a_store(directory), Store("idle", "uid-3", directory, SEED)
    assert await idle.open(replace(OWNER, uid="uid-3"), LATER)
    late = Store("late", "uid-4", directory, SEED)
    disk.is_slow = True
    store.record(*made(1))

    await disabled.delete_what_is_left()
    await idle.saved()
    assert not await late.open(replace(OWNER, uid="uid-4"), LATER)
    idle.record(*made(1))
    await idle.saved()

    silence = f"samples are kept in memory only: {directory.path}: {SILENCE}"
    told = [(vars(record)["fields"]["object"], record.message) for record in caplog.records]
    assert told == [("late", silence), ("idle", silence)]
    assert disabled.note == ""
    disk.answer()
    assert await late.open(replace(OWNER, uid="uid-4"), LATER)
    disk.answer()
    assert [store.note, idle.note, late.note] == ["", "", ""]


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
