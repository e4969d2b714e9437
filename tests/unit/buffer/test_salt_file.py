import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.buffer.salt_file import decode_salt, encode_salt, read_salt, write_salt
from microshift_telemetry.buffer.state_directory import JournalError, StateDirectory
from tests.unit.buffer.journals import OWNER, UID, keep, opened
from tests.unit.factories import CLUSTER_ID, a_sample_pass

SALT = bytes(range(32))


@pytest.fixture
def directory(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path / "state")


def test_a_salt_is_there_for_the_next_process(directory: StateDirectory) -> None:
    before = read_salt(directory, CLUSTER_ID)
    write_salt(directory, CLUSTER_ID, SALT)
    directory.release()

    assert before is None
    assert read_salt(directory, CLUSTER_ID) == SALT


def test_the_salt_is_closed_to_others(directory: StateDirectory) -> None:
    write_salt(directory, CLUSTER_ID, SALT)

    assert stat.S_IMODE(directory.salt_file.stat().st_mode) == 0o600
    assert [path.name for path in sorted(directory.path.iterdir())] == ["lock", "salt"]


def test_a_salt_that_an_image_has_brought_from_another_cluster_is_none(
    directory: StateDirectory,
) -> None:
    write_salt(directory, "another cluster", SALT)

    assert read_salt(directory, CLUSTER_ID) is None


def test_the_salt_stays_when_an_object_and_those_before_it_go(directory: StateDirectory) -> None:
    write_salt(directory, CLUSTER_ID, SALT)
    directory.release()
    with opened(directory.path, OWNER) as journal:
        keep(journal, journal.load().ledger, a_sample_pass())

    directory.remove_all(UID)
    directory.remove_others([])

    assert read_salt(directory, CLUSTER_ID) == SALT


def test_a_directory_that_is_ours_but_for_the_salt_is_closed(directory: StateDirectory) -> None:
    write_salt(directory, CLUSTER_ID, SALT)
    directory.release()
    directory.path.chmod(0o755)

    read_salt(directory, CLUSTER_ID)

    assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700


def test_what_was_left_of_a_write_does_not_keep_the_next_one(directory: StateDirectory) -> None:
    directory.hold()
    directory.salt_file.with_suffix(".new").write_bytes(b"half of")

    write_salt(directory, CLUSTER_ID, SALT)

    assert read_salt(directory, CLUSTER_ID) == SALT


def test_a_place_that_cannot_be_read_is_named(directory: StateDirectory) -> None:
    directory.hold()
    directory.salt_file.mkdir()

    with pytest.raises(JournalError, match=r"/salt: Is a directory$"):
        read_salt(directory, CLUSTER_ID)


@given(st.text(), st.binary(min_size=1, max_size=64))
def test_what_is_written_is_read_back(cluster_id: str, salt: bytes) -> None:
    assert decode_salt(encode_salt(cluster_id, salt), cluster_id) == salt


@given(st.data())
def test_one_damaged_byte_costs_nothing(data: st.DataObject) -> None:
    written = bytearray(encode_salt(CLUSTER_ID, SALT))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= data.draw(st.integers(1, 255))

    assert decode_salt(bytes(written), CLUSTER_ID) == SALT


@given(st.integers(0, 200), st.binary(max_size=50))
def test_whatever_is_damaged_gives_the_salt_or_none(length: int, noise: bytes) -> None:
    written = encode_salt(CLUSTER_ID, SALT)[:length] + noise

    assert decode_salt(written, CLUSTER_ID) in {SALT, None}
