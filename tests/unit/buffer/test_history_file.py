"""The file of a history: what is kept of it, whatever happens to the file or the disk."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.buffer.history_file import (
    LEAST_FREE_BYTES,
    MAX_FILE_BYTES,
    HistoryFile,
    KeptRequest,
    KeptResponse,
)
from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.state_directory import JournalError, StateDirectory
from tests.unit.buffer.journals import OWNER, UID

URL = "https://receiver.example/write"


def sent_at(time_ms: int, *, size: int = 50, is_first: bool = True) -> KeptRequest:
    return KeptRequest(time_ms, URL, bytes([time_ms % 251]) * size, is_first)


def opened(path: Path, owner: Owner = OWNER) -> HistoryFile:
    """Look at what is there as the next process does."""
    return HistoryFile(StateDirectory(path), owner)


def kept(path: Path, owner: Owner = OWNER) -> list[KeptRequest]:
    directory = StateDirectory(path)
    try:
        return HistoryFile(directory, owner).read()
    finally:
        directory.release()


@pytest.fixture
def file(tmp_path: Path) -> HistoryFile:
    return opened(tmp_path)


def file_bytes(path: Path) -> bytes:
    return (path / f"{UID}.history").read_bytes()


def test_what_was_sent_and_how_it_was_answered_is_read_back(file: HistoryFile) -> None:
    whole = [sent_at(1_000, size=60_000), sent_at(2_000, is_first=False), sent_at(3_000)]
    answers = [KeptResponse(1_500, 204), None, KeptResponse(3_001, 503)]
    for sent, answer in zip(whole, answers, strict=True):
        file.keep(sent, 7)
        if answer is not None:
            file.note(sent.time_ms, answer)

    assert file.read() == [
        replace(sent, response=answer) for sent, answer in zip(whole, answers, strict=True)
    ]


def test_nothing_was_kept_where_there_is_no_file(file: HistoryFile, tmp_path: Path) -> None:
    file.note(1_000, KeptResponse(1_500, 204))

    assert file.read() == []
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=40),
    st.integers(1, 5),
)
def test_the_last_reports_are_kept_across_processes(
    tmp_path_factory: pytest.TempPathFactory, life: list[tuple[bool, bool, bool]], limit: int
) -> None:
    path = tmp_path_factory.mktemp("state")
    directory = StateDirectory(path)
    file, model = HistoryFile(directory, OWNER), list[KeptRequest]()
    for at, (is_first, is_answered, is_restarted) in enumerate(life):
        sent = sent_at(at * 1_000, is_first=is_first or not model)
        file.keep(sent, limit)
        answered = KeptResponse(at * 1_000 + 1, 204) if is_answered else None
        if answered is not None:
            file.note(sent.time_ms, answered)
        model.append(replace(sent, response=answered))
        if is_restarted:
            file = HistoryFile(directory, OWNER)

    found = file.read()
    directory.release()

    reports = sum(each.is_first for each in found)
    assert found == model[len(model) - len(found) :]
    assert min(limit, sum(each.is_first for each in model)) <= reports <= 2 * limit


def test_it_never_takes_more_than_its_room(file: HistoryFile, tmp_path: Path) -> None:
    for at in range(100):
        file.keep(sent_at(at, size=50_000, is_first=at % 10 == 0), 100)

        assert len(file_bytes(tmp_path)) <= MAX_FILE_BYTES

    times = [each.time_ms for each in file.read()]
    assert times == list(range(times[0], 100))
    assert len(times) >= 5


@pytest.mark.parametrize("damage", ["cut off", "overwritten"])
@given(data=st.data())
def test_what_is_whole_is_read_and_the_next_is_added(
    tmp_path_factory: pytest.TempPathFactory, damage: str, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("state")
    directory = StateDirectory(path)
    whole = [sent_at(at * 1_000) for at in range(4)]
    file, ends = HistoryFile(directory, OWNER), list[int]()
    for sent in whole:
        file.keep(sent, 7)
        ends.append(len(file_bytes(path)))
    was, where = file_bytes(path), path / f"{UID}.history"
    at = data.draw(st.integers(0, len(was) - 1))
    where.write_bytes(was[:at] + (b"\xff" + was[at + 1 :] if damage == "overwritten" else b""))

    file = HistoryFile(directory, OWNER)
    found, later = file.read(), sent_at(9_000)
    file.keep(later, 7)
    after = file.read()
    directory.release()

    assert all(each in whole for each in found)
    if damage == "cut off" and found:
        assert found == [sent for sent, end in zip(whole, ends, strict=True) if end <= at]
    assert after == [*found, later]


def test_an_answer_goes_to_its_own_request_alone(file: HistoryFile) -> None:
    file.keep(sent_at(1_000), 7)
    file.note(2_000, KeptResponse(2_500, 204))

    assert [each.response for each in file.read()] == [None]


@pytest.mark.parametrize(
    "owner",
    [
        Owner.of("another", OWNER.cluster_id, "a machine id"),
        Owner.of(UID, "another cluster", "a machine id"),
        Owner.of(UID, OWNER.cluster_id, "another machine"),
        replace(OWNER, opt_out=OWNER.opt_out + 1),
    ],
    ids=["object", "cluster", "machine", "opt-out"],
)
def test_what_is_anothers_is_never_shown_and_replaced(
    file: HistoryFile, tmp_path: Path, owner: Owner
) -> None:
    file.keep(sent_at(1_000), 7)
    path = tmp_path / f"{UID}.history"
    path.rename(tmp_path / f"{owner.uid}.history")

    later = HistoryFile(file._directory, owner)
    assert later.read() == []
    later.keep(sent_at(2_000), 7)

    assert later.read() == [sent_at(2_000)]
    assert file_bytes(tmp_path).count(URL.encode()) == 1 if owner.uid == UID else True


def test_a_file_that_is_taken_away_begins_anew(file: HistoryFile, tmp_path: Path) -> None:
    file.keep(sent_at(1_000), 7)
    (tmp_path / f"{UID}.history").unlink()

    file.keep(sent_at(2_000), 7)

    assert file.read() == [sent_at(2_000)]


def test_a_disk_with_little_room_gets_the_histories_back(
    file: HistoryFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.keep(sent_at(1_000), 7)
    free = [LEAST_FREE_BYTES - 1]
    monkeypatch.setattr("microshift_telemetry.buffer.history_file.free_bytes", lambda _: free[0])

    with pytest.raises(JournalError, match=r"less than 16 MiB of the disk are free$"):
        file.keep(sent_at(2_000), 7)
    file.note(2_000, KeptResponse(2_500, 204))
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]

    free[0] = LEAST_FREE_BYTES
    file.keep(sent_at(3_000), 7)
    assert file.read() == [sent_at(3_000)]


def test_a_file_that_could_not_be_written_anew_leaves_nothing_behind(
    file: HistoryFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(2):
        file.keep(sent_at(at), 1)

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", refuse)
        with pytest.raises(JournalError, match="No space left"):
            file.keep(sent_at(2), 1)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["lock", f"{UID}.history"])
    assert [each.time_ms for each in file.read()] == [0, 1]


def test_a_write_that_fails_costs_its_own_request_alone(
    file: HistoryFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.keep(sent_at(1_000), 7)
    real, calls = os.pwrite, list[int]()

    def half(file: int, data: bytes, at: int) -> int:
        calls.append(at)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(file, data[: len(data) // 2], at)

    with monkeypatch.context() as broken:
        broken.setattr(os, "pwrite", half)
        with pytest.raises(JournalError, match="No space left"):
            file.keep(sent_at(2_000), 7)
    file.keep(sent_at(3_000), 7)

    assert file.read() == [sent_at(1_000), sent_at(3_000)]
