from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.demo.comparison import (
    SERIES,
    Expected,
    Labels,
    Problem,
    Row,
    Tolerance,
    compare,
    is_proven,
)

CLUSTER_ID = "5a1e6c1c-6f0c-4e0e-8f0a-2d3d1b8b5c11"
ALL = [
    Expected(f"metric_{number}", (("resource", "pods"),), 10.0, "a list")
    for number in range(SERIES - 1)
] + [Expected("cpu", (), 40.0, "/proc/stat", Tolerance(5.0, "± 5 %"))]


def _as_stored(expected: Expected, cluster_id: str = CLUSTER_ID) -> Labels:
    return tuple(sorted([("__name__", expected.metric), ("_id", cluster_id), *expected.labels]))


def _stored(*several: Expected) -> dict[Labels, float]:
    return {_as_stored(each): each.value for each in several}


def _problems(rows: Sequence[Row]) -> list[tuple[str, Problem]]:
    return [(row.metric, row.problem) for row in rows if row.problem is not None]


def test_all_series_with_their_values_are_proof() -> None:
    rows = compare(_stored(*ALL), ALL, CLUSTER_ID)

    assert is_proven(rows)
    assert [row.verdict for row in rows] == ["equal"] * (SERIES - 1) + ["± 5 %"]


@pytest.mark.parametrize("value", [9.0, 11.0, 10.001, 0.0])
def test_a_count_that_is_off_by_anything_is_no_proof(value: float) -> None:
    found = {**_stored(*ALL), _as_stored(ALL[3]): value}

    rows = compare(found, ALL, CLUSTER_ID)

    assert not is_proven(rows)
    assert _problems(rows) == [("metric_3", Problem.OFF)]


@pytest.mark.parametrize(("value", "agrees"), [(35.0, True), (45.0, True), (45.1, False)])
def test_a_measured_value_may_be_off_by_its_tolerance(value: float, *, agrees: bool) -> None:
    found = {**_stored(*ALL), _as_stored(ALL[-1]): value}

    assert is_proven(compare(found, ALL, CLUSTER_ID)) is agrees


def test_a_series_that_is_not_there_is_missing() -> None:
    rows = compare(_stored(*ALL[1:]), ALL, CLUSTER_ID)

    assert not is_proven(rows)
    assert _problems(rows) == [("metric_0", Problem.MISSING)]
    assert str(rows[0]) == 'metric_0{resource="pods"} is missing'


def test_another_label_makes_one_series_missing_and_one_unexpected() -> None:
    other = replace(ALL[0], labels=(("resource", "images"),))

    rows = compare(_stored(other, *ALL[1:]), ALL, CLUSTER_ID)

    assert _problems(rows) == [("metric_0", Problem.MISSING), ("metric_0", Problem.UNEXPECTED)]


def test_a_series_of_another_cluster_is_unexpected() -> None:
    stranger = {_as_stored(ALL[0], cluster_id="another"): ALL[0].value}

    rows = compare(_stored(*ALL) | stranger, ALL, CLUSTER_ID)

    assert not is_proven(rows)
    assert _problems(rows) == [("metric_0", Problem.UNEXPECTED)]
    assert str(rows[-1]) == 'metric_0{_id="another",resource="pods"} should not be there'


def test_fewer_series_than_promised_are_no_proof_even_if_each_agrees() -> None:
    assert not is_proven(compare(_stored(*ALL[1:]), ALL[1:], CLUSTER_ID))


def test_a_row_that_is_off_says_what_it_should_be_and_by_what() -> None:
    row = compare({_as_stored(ALL[-1]): 61.235}, [ALL[-1]], CLUSTER_ID)[0]

    assert str(row) == "cpu is 61.23, but should be 40 by /proc/stat"
