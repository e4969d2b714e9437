"""What is wrong with an answer is told, and what is right is not."""

import pytest

from tests.fleet_demo.asking import Answer
from tests.fleet_demo.comparing import differences
from tests.receivers.store import Labels
from tests.unit.fleet_demo.factories import NOW

A: Labels = (("site", "a"),)
B: Labels = (("site", "b"),)


def test_equal_answers_have_no_difference() -> None:
    assert not list(differences({A: {NOW: 3.0}}, {NOW: {A: 3.0 + 1e-12}}))
    assert not list(differences({}, {NOW: {}}))


def test_not_a_number_equals_itself_alone() -> None:
    assert not list(differences({A: {NOW: float("nan")}}, {NOW: {A: float("nan")}}))
    assert list(differences({A: {NOW: float("nan")}}, {NOW: {A: 0.0}}))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param({}, 'site="a"} is missing; it should be 3', id="missing"),
        pytest.param({A: {NOW: 4.0}}, "is 4, but should be 3", id="another value"),
        pytest.param({A: {NOW: 3.0}, B: {NOW: 1.0}}, "is 1, but should not be there", id="more"),
        pytest.param({A: {NOW: 3.0, 5: 3.0}}, "for which nobody has asked", id="another moment"),
    ],
)
def test_a_difference_is_told(found: Answer, said: str) -> None:
    [told] = differences(found, {NOW: {A: 3.0}})

    assert said in told
