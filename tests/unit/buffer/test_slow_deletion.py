"""An opt-out before a disk that answers late: nothing of before is kept, nor comes back."""

import asyncio
from dataclasses import replace

import pytest

from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.buffer.store import Store
from tests.unit.buffer.journals import OWNER, UID, loaded
from tests.unit.buffer.processes import LATER, SEED, Process, hours_in, made
from tests.unit.buffer.slow_disk import SILENCE, SlowDisk, a_store, on_the_disk


async def test_a_deletion_is_not_overtaken_by_what_was_being_written(
    directory: StateDirectory, disk: SlowDisk
) -> None:
    store = await a_store(directory)
    disk.is_slow = True
    store.record(*made(1))
    store.record(*made(2))

    store.delete()
    await store.saved()

    silence = f"the samples on the disk are not deleted yet: {directory.path}: {SILENCE}"
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


async def test_what_is_deleted_while_its_turn_is_waited_for_is_not_opened_with_the_owner_of_before(
    directory: StateDirectory, disk: SlowDisk
) -> None:
    disk.is_slow = True
    directory.worker.submit(directory.hold, lambda _: None)
    store, opted_out = Store("cluster", UID, directory, SEED), replace(OWNER, opt_out=2)
    opening = asyncio.create_task(store.open(OWNER, LATER))
    await asyncio.sleep(0)

    store.delete()
    disk.answer()

    assert not await opening
    disk.is_slow = False
    assert not store.is_open
    assert [path.name for path in directory.path.iterdir()] == ["lock"]
    assert await store.open(opted_out, LATER)
    store.record(*made(1))
    directory.release()
    assert hours_in(loaded(directory.path, opted_out)[0]) == [1]


async def test_a_bug_in_a_removal_is_said_and_the_removal_tried_again(
    directory: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await a_store(directory)
    with monkeypatch.context() as broken:
        broken.setattr(StateDirectory, "remove_all", lambda *_: 1 / 0)
        store.delete()
    said = store.note
    with pytest.raises(ZeroDivisionError):
        await store.saved()

    await store.delete_what_is_left()

    assert said.endswith(f"{directory.path}: internal error (ZeroDivisionError)")
    assert store.note == ""
    assert [path.name for path in directory.path.iterdir()] == ["lock"]
