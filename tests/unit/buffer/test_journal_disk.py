"""The journal on disks that are full, read-only, gone or switched off."""

import errno
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from microshift_telemetry.buffer import journal_file as module
from microshift_telemetry.buffer.journal import Image
from microshift_telemetry.buffer.journal_file import JournalFile
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import PassMade
from microshift_telemetry.buffer.state_directory import JournalError
from tests.support.small_disk import a_disk
from tests.unit.buffer.journals import OWNER, UID, keep, loaded, opened, waiting
from tests.unit.factories import HOUR, MINUTE, NOON, a_full_pass, a_sample_pass

REPOSITORY = Path(__file__).parents[3]
A_DAY = [a_sample_pass(NOON + hour * HOUR) for hour in range(24)]


@contextmanager
def file_size_limit(size_bytes: int) -> Iterator[None]:
    """Let writes beyond a size fail with EFBIG, for whoever runs the tests."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "disk"
    with a_disk(path, "64k"):
        yield path


def test_killed_at_any_moment_it_has_lost_at_most_the_pass_being_written(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.unit.buffer.append_for_ever", str(tmp_path)]
    chance = random.Random(9)  # noqa: S311  # repeats
    for _ in range(6):
        with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            told = [int(writer.stdout.readline())]
            time.sleep(chance.uniform(0, 0.15))
            writer.kill()
            told += [int(line) for line in writer.stdout.read().split()]

        ledger, said = loaded(tmp_path)
        found = waiting(ledger)

        assert said is None
        assert told[-1] + 1 <= len(found) <= told[-1] + 2
        for number, sample_pass in enumerate(found):
            whole = a_full_pass(NOON + number * MINUTE)
            assert sample_pass.time_ms == whole.time_ms
            assert set(sample_pass.dynamic) == set(whole.dynamic)


def test_what_a_failed_append_has_missed_goes_along_with_the_next(tmp_path: Path) -> None:
    path = tmp_path / f"{UID}.journal"
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        keep(journal, live, *A_DAY[:5])
        size, file = path.stat().st_size, path.stat().st_ino
        for sample_pass in A_DAY[5:9]:
            with file_size_limit(size + 10), pytest.raises(JournalError) as error:
                keep(journal, live, sample_pass)
            assert str(error.value) == f"{path}: {os.strerror(errno.EFBIG)}"

        keep(journal, live, A_DAY[9])

    assert loaded(tmp_path) == (live, None)
    assert path.stat().st_ino == file


def test_after_a_failed_append_the_file_is_still_good(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        keep(journal, live, *A_DAY[:5])
        size = (tmp_path / f"{UID}.journal").stat().st_size
        with file_size_limit(size + 10), pytest.raises(JournalError):
            keep(journal, live, A_DAY[5])

    found, said = loaded(tmp_path)

    assert (waiting(found), said) == (A_DAY[:5], None)


def test_whoever_has_missed_much_catches_up_with_a_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_MISSED_BYTES", 200)
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        keep(journal, live, *A_DAY[:3])
        for sample_pass in A_DAY[3:12]:
            with file_size_limit(10), pytest.raises(JournalError):
                keep(journal, live, sample_pass)
        assert loaded_beside(tmp_path) == A_DAY[:3]

        keep(journal, live, A_DAY[12])

    assert loaded(tmp_path) == (live, None)
    assert not list(tmp_path.glob("*.new"))


def loaded_beside(path: Path) -> object:
    """Read a copy, as the next process would after a power cut."""
    copy = path.with_name(path.name + "-copy")
    shutil.copytree(path, copy)
    return waiting(loaded(copy)[0])


def keep_what_fits(journal: JournalFile, live: Ledger, passes: int) -> list[str]:
    """Keep passes one by one; tell what was said each time that it was not possible."""
    said = []
    for number in range(1, passes + 1):
        try:
            keep(journal, live, a_full_pass(NOON - number * MINUTE))
        except JournalError as error:
            said.append(str(error))
    return said


def test_a_full_disk_keeps_what_it_has_and_takes_the_rest_when_there_is_room(
    small_disk: Path,
) -> None:
    state = small_disk / "state"
    ballast = small_disk / "ballast"
    with opened(state) as journal:
        live = journal.load().ledger
        keep(journal, live, *A_DAY[:3])
        free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
        ballast.write_bytes(bytes(free))
        said = keep_what_fits(journal, live, 200)
        assert len(said) > 150
        assert set(said) == {f"{state / UID}.journal: No space left on device"}

        ballast.unlink()
        keep(journal, live, A_DAY[3])

    assert loaded(state) == (live, None)


def test_a_backlog_that_outgrows_its_disk_leaves_a_good_file(small_disk: Path) -> None:
    with opened(small_disk) as journal:
        live = journal.load().ledger
        said = keep_what_fits(journal, live, 1000)

    found, said_then = loaded(small_disk)

    assert 0 < len(said) < 1000
    assert (len(waiting(found)), said_then) == (1000 - len(said), None)


def test_a_read_only_disk_is_read_and_said_to_be_one(small_disk: Path) -> None:
    with opened(small_disk) as journal:
        live = journal.load().ledger
        keep(journal, live, *A_DAY[:3])
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    with opened(small_disk) as journal:
        found = journal.load().ledger
        with pytest.raises(JournalError, match="Read-only file system"):
            keep(journal, found, A_DAY[3])
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        keep(journal, found, A_DAY[4])

    assert waiting(loaded(small_disk)[0]) == A_DAY[:5]


def test_a_directory_that_is_a_file_is_an_error_until_it_is_a_directory(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.touch()
    with opened(path) as journal:
        with pytest.raises(JournalError, match=f"^{path}: "):
            journal.load()

        path.unlink()
        live = journal.load().ledger
        keep(journal, live, A_DAY[0])

    assert loaded(path) == (live, None)


@pytest.mark.parametrize("gone", ["directory", "file", "half of the file"])
def test_what_somebody_took_away_is_written_again(gone: str, tmp_path: Path) -> None:
    path = tmp_path / "state"
    file = path / f"{UID}.journal"
    with opened(path) as journal:
        live = journal.load().ledger
        keep(journal, live, *A_DAY[:5])
        if gone == "directory":
            shutil.rmtree(path)
        elif gone == "file":
            file.unlink()
        else:
            os.truncate(file, file.stat().st_size // 2)

        keep(journal, live, A_DAY[5])

    assert loaded(path) == (live, None)


def test_a_file_that_could_not_be_written_anew_is_written_anew_by_the_next_append(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        keep(journal, live, *A_DAY[:3])
        live.apply(PassMade(A_DAY[3]))
        with file_size_limit(10), pytest.raises(JournalError):
            journal.rewrite(Image.of(OWNER, live))
        assert loaded_beside(tmp_path) == A_DAY[:3]

        keep(journal, live, A_DAY[4])

    assert loaded(tmp_path) == (live, None)


def test_a_journal_that_cannot_be_read_is_an_error_not_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / f"{UID}.journal").mkdir()

    with opened(tmp_path) as journal, pytest.raises(JournalError, match="Is a directory"):
        journal.load()
