from pathlib import Path

import pytest

from microshift_telemetry.sources.host import MAX_FILE_BYTES, Host, HostError, HostFileMissingError
from tests.unit.sources.surroundings import a_host


def test_a_file_is_read_below_the_root() -> None:
    assert b"cloud.openshift.com" in a_host().read_bytes("etc/crio/openshift-pull-secret")


def test_proc_is_read_at_its_own_place() -> None:
    assert "ostree=" in a_host("rhel-ostree").read_proc("cmdline")


def test_the_boot_id_comes_without_its_line_end() -> None:
    assert a_host().cpu_times().boot_id == "0b1e5f0a-0000-4000-8000-000000000000"


def test_a_missing_file_is_named_as_the_device_knows_it() -> None:
    with pytest.raises(HostFileMissingError, match=r"^/etc/none: no such file$"):
        a_host().read_text("etc/none")


def test_a_directory_in_a_files_place_is_an_error() -> None:
    with pytest.raises(HostError, match=r"^/etc/crio: not a regular file$"):
        a_host().read_bytes("etc/crio")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * (MAX_FILE_BYTES + 1))

    with pytest.raises(HostError, match=r"^/large: larger than"):
        Host(tmp_path).read_bytes("large")


def test_bytes_that_are_no_text_do_not_break_a_read(tmp_path: Path) -> None:
    (tmp_path / "os-release").write_bytes(b"ID=\xffrhel\n")

    assert Host(tmp_path).read_text("os-release") == "ID=\ufffdrhel\n"


def test_a_file_is_read_in_chunks_that_join_to_the_whole(tmp_path: Path) -> None:
    whole = bytes(range(256)) * 1000
    (tmp_path / "file").write_bytes(whole)

    chunks = list(Host(tmp_path).read_chunks("file"))

    assert len(chunks) > 1
    assert b"".join(chunks) == whole


def test_a_machine_without_a_boot_id_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"^/proc/sys/kernel/random/boot_id: no such file$"):
        Host(tmp_path, proc=tmp_path).cpu_times()
