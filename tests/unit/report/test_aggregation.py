"""When `aggregation: Auto` changes to averages, and when it comes back."""

from datetime import UTC, datetime, timedelta

import pytest

from microshift_telemetry.report.aggregation import Learned, is_averaged

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def after(reports: str) -> Learned:
    """Learn from daily reports: `r` refused old samples, `t` took them, `-` had none."""
    learned = Learned()
    for day, report in enumerate(reports):
        learned = learned.after_report(
            NOON + day * DAY, had_old=report != "-", refused_old=report == "r"
        )
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

    assert is_averaged("Auto", learned, since + timedelta(days=6, hours=23))
    assert not is_averaged("Auto", learned, since + timedelta(days=7))
    refused_again = learned.after_report(since + 7 * DAY, had_old=True, refused_old=True)
    assert is_averaged("Auto", refused_again, since + 8 * DAY)


def test_a_spec_that_says_which_form_has_it_whatever_was_learned() -> None:
    assert is_averaged("Average", Learned(), NOON)
    assert not is_averaged("None", after("rr"), NOON + 2 * DAY)
