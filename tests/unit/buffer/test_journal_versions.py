"""The journal's file when another version, cluster or machine has written it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from microshift_telemetry.buffer import journal as journal_module
from microshift_telemetry.buffer import journal_file as module
from microshift_telemetry.buffer import records as records_module
from microshift_telemetry.buffer.frozen import Shape
from microshift_telemetry.buffer.journal import Owner
from microshift_telemetry.spec.endpoint import Origin
from tests.unit.buffer.journals import (
    REMEMBERED,
    REPORT,
    UID,
    keep,
    loaded,
    opened,
    plain,
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
        as_version(2, newer)
        with opened(tmp_path) as journal:
            live = journal.load().contents
            keep(journal, live, *A_DAY[:12])

    with opened(tmp_path) as journal:
        first = journal.load()
        keep(journal, first.contents, *A_DAY[12:18])
    assert first.said is not None
    assert f"{UID}.v2" in first.said
    assert names(tmp_path) == {f"{UID}.journal", f"{UID}.v2"}
    assert loaded(tmp_path) == (plain(first.contents), None)

    as_version(2, monkeypatch)
    with opened(tmp_path) as journal:
        again = journal.load()
        keep(journal, again.contents, *A_DAY[18:])
    assert plain(again.contents)[0] == A_DAY
    assert names(tmp_path) == {f"{UID}.journal"}
    assert loaded(tmp_path) == (plain(again.contents), None)


def test_what_waited_for_its_version_is_not_taken_back_for_another_destination(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        as_version(2, newer)
        with opened(tmp_path) as journal:
            live = journal.load().contents
            live.remembered = REMEMBERED
            keep(journal, live, *A_DAY[:12])
    with opened(tmp_path) as journal:
        live = journal.load().contents
        live.remembered = replace(REMEMBERED, origin=Origin("https", "elsewhere.example", 443))
        keep(journal, live, *A_DAY[12:])

    as_version(2, monkeypatch)

    assert loaded(tmp_path)[0] == plain(live)


def test_a_file_of_an_older_version_is_read_and_written_as_the_newer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as journal:
        keep(journal, journal.load().contents, *A_DAY[:12])

    with monkeypatch.context() as newer:
        as_version(2, newer)
        with opened(tmp_path) as journal:
            found = journal.load().contents
            keep(journal, found, *A_DAY[12:])

    assert plain(found)[0] == A_DAY
    said = loaded(tmp_path)[1]
    assert said is not None
    assert "newer version" in said


def test_a_file_of_another_cluster_is_told_and_replaced(tmp_path: Path) -> None:
    other = Owner.of(UID, "another cluster", "a machine id")
    with opened(tmp_path, other) as journal:
        keep(journal, journal.load().contents, *A_DAY)

    with opened(tmp_path) as journal:
        found = journal.load()
        keep(journal, found.contents, a_sample_pass(NOON))

    assert found.said is not None
    assert "another object, cluster or machine" in found.said
    assert plain(found.contents)[0] == [a_sample_pass(NOON)]
    assert b"another cluster" not in (tmp_path / f"{UID}.journal").read_bytes()
    assert names(tmp_path) == {f"{UID}.journal"}


def test_a_report_frozen_before_labels_could_be_anonymised_is_read(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        live = journal.load().contents
        live.report = replace(REPORT, shape=replace(REPORT.shape, anonymized=frozenset()))
        with pytest.MonkeyPatch.context() as older:
            older.setattr(records_module, "_text_from_shape", _shape_of_the_first_journals)
            journal.append(live, live.report)

    assert loaded(tmp_path) == (plain(live), None)


def _shape_of_the_first_journals(shape: Shape) -> str:
    return json.dumps(
        {
            "cluster_id": shape.cluster_id,
            "usage_unit": shape.usage_unit,
            "external_labels": shape.external_labels,
            "excluded": sorted(shape.excluded),
        }
    )
