"""The journal's file when another version, cluster or machine has written it."""

from dataclasses import replace
from pathlib import Path

import pytest

from microshift_telemetry.buffer import journal as journal_module
from microshift_telemetry.buffer import journal_file as module
from microshift_telemetry.buffer.frames import Frame
from microshift_telemetry.buffer.journal import Writer
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.records import Forgotten
from tests.unit.buffer.journals import (
    ELSEWHERE,
    OWNER,
    REMEMBERED,
    UID,
    keep,
    loaded,
    opened,
    pieces,
    record,
    waiting,
)
from tests.unit.factories import HOUR, NOON, a_sample_pass

A_DAY = [a_sample_pass(NOON + hour * HOUR) for hour in range(24)]


def names(path: Path) -> set[str]:
    return {found.name for found in path.iterdir()} - {"lock"}


def as_version(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "FORMAT_VERSION", version)
    monkeypatch.setattr(module, "FORMAT_VERSION", version)


def test_a_file_of_a_newer_version_waits_for_that_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        as_version(3, newer)
        with opened(tmp_path) as journal:
            live = journal.load().ledger
            keep(journal, live, *A_DAY[:12])

    with opened(tmp_path) as journal:
        first = journal.load()
        keep(journal, first.ledger, *A_DAY[12:18])
    assert first.said is not None
    assert f"{UID}.v3" in first.said
    assert names(tmp_path) == {f"{UID}.journal", f"{UID}.v3"}
    assert loaded(tmp_path) == (first.ledger, None)

    as_version(3, monkeypatch)
    with opened(tmp_path) as journal:
        again = journal.load()
        keep(journal, again.ledger, *A_DAY[18:])
    assert waiting(again.ledger) == A_DAY
    assert names(tmp_path) == {f"{UID}.journal"}
    assert loaded(tmp_path) == (again.ledger, None)


def test_what_waited_for_its_version_is_not_taken_back_for_another_destination(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        as_version(3, newer)
        with opened(tmp_path) as journal:
            live = journal.load().ledger
            record(journal, live, REMEMBERED)
            keep(journal, live, *A_DAY[:12])
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        record(journal, live, replace(REMEMBERED, origin=ELSEWHERE))
        keep(journal, live, *A_DAY[12:])

    as_version(3, monkeypatch)

    assert loaded(tmp_path)[0] == live


def test_a_file_of_an_older_version_is_read_and_written_as_the_newer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as journal:
        keep(journal, journal.load().ledger, *A_DAY[:12])

    with monkeypatch.context() as newer:
        as_version(3, newer)
        with opened(tmp_path) as journal:
            found = journal.load().ledger
            keep(journal, found, *A_DAY[12:])

    assert waiting(found) == A_DAY
    said = loaded(tmp_path)[1]
    assert said is not None
    assert "newer version" in said


def test_a_file_of_another_cluster_is_told_and_replaced(tmp_path: Path) -> None:
    other = Owner.of(UID, "another cluster", "a machine id")
    with opened(tmp_path, other) as journal:
        keep(journal, journal.load().ledger, *A_DAY)

    with opened(tmp_path) as journal:
        found = journal.load()
        keep(journal, found.ledger, a_sample_pass(NOON))

    assert found.said is not None
    assert "another object, cluster or machine, or predates an opt-out" in found.said
    assert waiting(found.ledger) == [a_sample_pass(NOON)]
    assert b"another cluster" not in (tmp_path / f"{UID}.journal").read_bytes()
    assert names(tmp_path) == {f"{UID}.journal"}


def test_version_0_1_0_finds_a_newer_version_in_the_first_byte_behind_the_head() -> None:
    """It reads the number at the beginning of a header frame before anything else."""
    data = b"".join(Writer().whole_file(OWNER, Ledger()))

    headers = [piece for piece in pieces(data) if isinstance(piece, Frame) and piece.kind == 1]
    assert data.startswith(b"\x1e\xc5mj\x01")
    assert [header.payload[0] for header in headers] == [2, 2]


def test_what_was_taken_back_and_could_not_be_removed_comes_back_no_more(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        keep(journal, live, *A_DAY[:3])
    journal_path = tmp_path / f"{UID}.journal"
    aside = journal_path.rename(journal_path.with_suffix(".v2")).read_bytes()
    with opened(tmp_path) as journal:
        live = journal.load().ledger
        assert waiting(live) == A_DAY[:3]
        record(journal, live, Forgotten((NOON,)))
    journal_path.with_suffix(".v2").write_bytes(aside)

    found, said = loaded(tmp_path)

    assert (found, said) == (live, None)
