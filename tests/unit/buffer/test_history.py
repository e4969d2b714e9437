"""The history of one object: told reports apart, off, and on a disk that hangs or refuses."""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from microshift_telemetry.background import at_once
from microshift_telemetry.buffer.history import MAX_UNWRITTEN, History
from microshift_telemetry.buffer.history_file import KeptRequest, KeptResponse
from microshift_telemetry.buffer.state_directory import JournalError, StateDirectory
from tests.unit.buffer.journals import OWNER, UID

T = TypeVar("T")

URL = "https://receiver.example/write"


def a_history(path: Path) -> History:
    history = History("cluster", StateDirectory(path))
    history.open(OWNER)
    return history


async def times(history: History, limit: int = 7) -> list[list[int]]:
    return [[sent.time_ms for sent in report] for report in await history.read(limit)]


async def test_requests_are_told_apart_by_their_reports(tmp_path: Path) -> None:
    history, first, second = a_history(tmp_path), object(), object()
    for at, report in enumerate((first, first, second, first)):
        history.add(KeptRequest(at, URL, b"body"), report, 7)

    assert await times(history) == [[0, 1], [2], [3]]
    assert await times(history, 2) == [[2], [3]]
    assert await times(history, 0) == []


async def test_an_answer_is_kept_once(tmp_path: Path) -> None:
    history = a_history(tmp_path)
    history.answer(1, 200)
    history.add(KeptRequest(2, URL, b"body"), history, 7)
    history.answer(3, 401)
    history.answer(4, 204)

    assert [each.response for [each] in await history.read(7)] == [KeptResponse(3, 401)]


async def test_what_is_turned_off_is_removed(tmp_path: Path) -> None:
    history = a_history(tmp_path)
    history.add(KeptRequest(1, URL, b"body"), history, 7)

    history.add(KeptRequest(2, URL, b"body"), history, 0)
    history.answer(3, 204)

    assert os.listdir(tmp_path) == ["lock"]
    history.add(KeptRequest(4, URL, b"body"), history, 7)
    assert await times(history) == [[4]]


async def test_nothing_is_added_behind_a_deletion(tmp_path: Path) -> None:
    history = a_history(tmp_path)
    history.add(KeptRequest(1, URL, b"body"), history, 7)
    (tmp_path / f"{UID}.history").unlink()

    history.close()
    history.answer(2, 204)
    history.add(KeptRequest(3, URL, b"body"), history, 7)

    assert os.listdir(tmp_path) == ["lock"]
    assert await times(history) == []


async def test_a_refusing_disk_is_said_once_and_forgotten_when_it_takes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    history = a_history(tmp_path)

    def refuse(_: Path) -> int:
        raise JournalError("/state: Read-only file system")

    with monkeypatch.context() as broken:
        broken.setattr("microshift_telemetry.buffer.history_file.free_bytes", refuse)
        for at in range(3):
            history.add(KeptRequest(at, URL, b"body"), history, 7)
            assert history.note.endswith("/state: Read-only file system")
    history.add(KeptRequest(4, URL, b"body"), history, 7)

    assert history.note == ""
    assert len(caplog.messages) == 1


async def test_what_was_not_kept_is_said_until_something_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    history = a_history(tmp_path)
    monkeypatch.setattr("microshift_telemetry.buffer.history_file.free_bytes", lambda _: 0)
    for at in range(3):
        history.add(KeptRequest(at, URL, b"body"), history, 7)
        history.answer(at, 204)

        assert history.note.endswith("less than 16 MiB of the disk are free")
    assert len(caplog.messages) == 1


async def test_an_answer_never_goes_to_the_request_before(tmp_path: Path) -> None:
    held = list[Callable[[], None]]()
    is_held = False

    def run(job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
        if is_held:
            held.append(partial(at_once, job, done))
        else:
            at_once(job, done)

    history = History("cluster", StateDirectory(tmp_path, run))
    history.open(OWNER)
    is_held = True
    for at in range(MAX_UNWRITTEN + 1):
        history.add(KeptRequest(at, URL, b"body"), history, 7)
    history.answer(99, 204)
    is_held = False
    for begin in held:
        begin()

    [report] = await history.read(7)
    assert [sent.time_ms for sent in report] == list(range(MAX_UNWRITTEN))
    assert {sent.response for sent in report} == {None}


async def test_a_disk_that_hangs_holds_a_few_requests_and_no_more(tmp_path: Path) -> None:
    jobs = list[Callable[[], object]]()
    directory = StateDirectory(tmp_path, lambda job, _: jobs.append(job))
    history = History("cluster", directory)
    history.open(OWNER)

    for at in range(1_000):
        history.add(KeptRequest(at, URL, bytes(60_000)), history, 7)
        await asyncio.sleep(0)

    assert len(directory.worker._waiting) + len(jobs) == MAX_UNWRITTEN
    assert "no answer within" in history.note


async def test_without_a_directory_there_is_none() -> None:
    history = History("cluster", None)
    history.open(OWNER)
    history.add(KeptRequest(1, URL, b"body"), history, 7)

    assert await times(history) == []
