import os
import re
import stat
import tracemalloc
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from microshift_telemetry.buffer import journal_file as module
from microshift_telemetry.buffer.journal import Image
from microshift_telemetry.buffer.journal_file import JournalFile
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.records import Answered, Fate, Forgotten, Offered, PassMade
from microshift_telemetry.buffer.state_directory import (
    JournalError,
    StateDirectory,
    StateDirectoryInUseError,
)
from tests.unit.buffer.journals import (
    FULL,
    OWNER,
    REMEMBERED,
    UID,
    keep,
    loaded,
    opened,
    record,
)
from tests.unit.factories import CLUSTER_ID, HOUR, MINUTE, NOON, a_full_pass, a_sample_pass

A_DAY = [a_sample_pass(NOON + hour * HOUR) for hour in range(24)]


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def names(path: Path) -> set[str]:
    return {found.name for found in path.iterdir()} - {"lock"}


def writes_so_far() -> int:
    """Count this process' write system calls, of every kind."""
    [count] = re.findall(r"syscw: (\d+)", Path("/proc/self/io").read_text())
    return int(count)


def test_what_was_appended_is_there_for_the_next_process(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        keep(journal, live, *A_DAY)
        record(journal, live, REMEMBERED, Offered((NOON,), FULL))

    assert loaded(tmp_path) == (live, None)


@pytest.mark.usefixtures("no_umask")
def test_directory_and_files_are_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "a" / "state"
    with opened(path) as journal:
        keep(journal, journal.load().ledger, *A_DAY)
        (path / f"{UID}.journal").write_bytes(b"noise")
        path.chmod(0o755)

    with opened(path) as journal:
        keep(journal, journal.load().ledger, *A_DAY)

    modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in path.iterdir()}
    assert modes == dict.fromkeys(("lock", f"{UID}.journal", f"{UID}.damaged"), 0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_directory_with_files_of_others_keeps_its_mode(tmp_path: Path) -> None:
    """Somebody may have set TELEMETRY_STATE_DIR to /tmp."""
    tmp_path.chmod(0o755)
    (tmp_path / "somebody's").touch()

    with opened(tmp_path) as journal:
        keep(journal, journal.load().ledger, *A_DAY)

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_pass_costs_one_write_and_one_fsync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def counted(file: int) -> None:
        synced.append(file)
        fsync(file)

    with opened(tmp_path) as journal:
        live = journal.load().ledger
        keep(journal, live, A_DAY[0])
        monkeypatch.setattr(os, "fsync", counted)
        before = writes_so_far()
        for sample_pass in A_DAY[1:]:
            record(journal, live, PassMade(sample_pass), Forgotten((NOON,)), REMEMBERED)

        assert writes_so_far() - before == 23
        assert len(synced) == 23


def test_a_file_that_is_more_dead_than_alive_is_written_anew(tmp_path: Path) -> None:
    sizes = []
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        for number in range(500):
            sample_pass = a_full_pass(NOON + number * MINUTE)
            done = live.backlog.times_ms
            record(journal, live, PassMade(sample_pass), Forgotten(done))
            sizes.append((tmp_path / f"{UID}.journal").stat().st_size)

    assert max(sizes) < 2 * module.SLACK_BYTES
    assert sum(after < before for before, after in pairwise(sizes)) == 1
    assert loaded(tmp_path) == (live, None)


def test_a_file_that_is_mostly_alive_is_left_to_grow(tmp_path: Path) -> None:
    path = tmp_path / f"{UID}.journal"
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        keep(journal, live, A_DAY[0])
        file = path.stat().st_ino
        keep(journal, live, *(a_full_pass(NOON + number * MINUTE) for number in range(1, 1000)))

    assert path.stat().st_size > 2 * module.SLACK_BYTES
    assert path.stat().st_ino == file


def test_an_offer_costs_as_many_bytes_as_its_passes(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        keep(journal, live, A_DAY[0])
        record(journal, live, Offered((NOON,), FULL), Answered(Fate.UNTAKEN))
        before = (tmp_path / f"{UID}.journal").stat().st_size
        for _ in range(100):
            record(journal, live, Offered((NOON,), FULL))
            record(journal, live, Answered(Fate.UNTAKEN))

    assert (tmp_path / f"{UID}.journal").stat().st_size - before < 100 * 50


def test_reading_a_long_journal_takes_little_more_memory_than_its_backlog(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        for number in range(2_000):
            live.apply(PassMade(a_full_pass(NOON + number * MINUTE, number / 7)))
        journal.rewrite(Image.of(OWNER, live))
    size = (tmp_path / f"{UID}.journal").stat().st_size
    tracemalloc.start()
    try:
        with opened(tmp_path) as journal:
            found = journal.load().ledger
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found.backlog.samples == live.backlog.samples
    assert peak - held < 192 << 10
    assert peak < 2 * size


def test_no_file_grows_beyond_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 20_000)
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        with pytest.raises(JournalError, match="exceed 20000 bytes"):
            keep(journal, live, *(a_full_pass(NOON + number * MINUTE) for number in range(1000)))

        live.apply(Forgotten(live.backlog.times_ms))
        keep(journal, live, a_sample_pass(NOON + 2000 * MINUTE))

    assert loaded(tmp_path)[0] == live


def test_deleting_leaves_nothing_of_the_object_and_everything_of_others(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        keep(journal, journal.load().ledger, *A_DAY)
    kept = {"another.journal", "another.v2", "notes.txt"}
    for name in (*kept, f"{UID}.damaged", f"{UID}.v2", f"{UID}.new"):
        (tmp_path / name).touch()

    StateDirectory(tmp_path).remove_all(UID)

    assert names(tmp_path) == kept


def test_what_deleted_objects_have_left_is_removed(tmp_path: Path) -> None:
    kept = {f"{UID}.journal", f"{UID}.v2", "notes.txt", "x.journal.bak"}
    for name in (*kept, "another.journal", "another.damaged", "another.v12", "a-third.new"):
        (tmp_path / name).touch()

    StateDirectory(tmp_path).remove_others([UID])

    assert names(tmp_path) == kept


@pytest.mark.parametrize("uid", ["../../etc/passwd", "", "a b", "x" * 300, "\ud800", "ü"])
def test_a_uid_that_is_no_name_stays_inside_the_directory(uid: str, tmp_path: Path) -> None:
    owner = Owner.of(uid, CLUSTER_ID, "")
    with opened(tmp_path / "state", owner) as journal:
        live = journal.load().ledger
        keep(journal, live, *A_DAY)

    assert loaded(tmp_path / "state", owner) == (live, None)
    assert names(tmp_path) == {"state"}
    StateDirectory(tmp_path / "state").remove_others([uid])
    assert len(names(tmp_path / "state")) == 1


def test_a_second_process_is_told_that_the_directory_is_in_use(tmp_path: Path) -> None:
    with opened(tmp_path) as first:
        first.load()

        with opened(tmp_path) as second, pytest.raises(StateDirectoryInUseError) as error:
            second.load()

    assert str(error.value).startswith(f"{tmp_path}: another process")
    assert loaded(tmp_path)[1] is None


def test_nothing_is_written_over_a_journal_that_was_not_read(tmp_path: Path) -> None:
    journal = JournalFile(StateDirectory(tmp_path), OWNER)

    image = Image.of(OWNER, Ledger())
    for write in (partial(journal.write, (), image), partial(journal.rewrite, image)):
        with pytest.raises(JournalError, match="not read yet"):
            write()
