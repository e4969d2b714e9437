"""When `aggregation: Auto` changes to averages, and when it comes back."""

import pytest

from microshift_telemetry.buffer.records import Learned
from microshift_telemetry.report.aggregation import after_report, is_averaged, is_lesson
from tests.unit.factories import HOUR, NOON

DAY = 24 * HOUR


def after(reports: str) -> Learned:
    """Learn from daily reports: `r` refused recent samples, `t` took them, `-` taught nothing."""
    learned = Learned()
    for day, report in enumerate(reports):
        if report != "-":
            learned = after_report(learned, NOON + day * DAY, refused_recent=report == "r")
    return learned


@pytest.mark.parametrize(
    ("reports", "averaged"),
    [
        ("", False),
        ("r", False),
        ("rr", True),
        ("r-r", True),
        ("rtr", False),
        ("rrt", False),
    ],
    ids=["at first", "once", "twice", "with a gap", "not in a row", "taken again"],
)
def test_auto_averages_after_two_refusals_in_a_row(reports: str, *, averaged: bool) -> None:
    assert is_averaged("Auto", after(reports), NOON + len(reports) * DAY) is averaged


def test_the_full_form_is_tried_again_once_a_week() -> None:
    learned = after("rr")
    since = NOON + DAY

    assert is_averaged("Auto", learned, since + 7 * DAY - HOUR)
    assert not is_averaged("Auto", learned, since + 7 * DAY)
    refused_again = after_report(learned, since + 7 * DAY, refused_recent=True)
    assert is_averaged("Auto", refused_again, since + 8 * DAY)


def test_a_spec_that_says_which_form_has_it_whatever_was_learned() -> None:
    assert is_averaged("Average", Learned(), NOON)
    assert not is_averaged("None", after("rr"), NOON + 2 * DAY)


@pytest.mark.parametrize(
    ("hours", "is_one"), [(0, False), (11, False), (12, True), (24, True), (-12, True)]
)
def test_a_report_teaches_half_an_interval_after_the_last_lesson(
    hours: int, *, is_one: bool
) -> None:
    learned = after("r")

    assert is_lesson(Learned(), NOON, DAY)
    assert is_lesson(learned, NOON + hours * HOUR, DAY) is is_one
