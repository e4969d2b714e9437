"""`Retry-After` of every kind: seconds, dates, absurdities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.sending.answer import LONGEST_RETRY_AFTER_SECONDS, parse_retry_after

DATE = "Fri, 20 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, 0),
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("-5", 0),
        ("99999999999999", LONGEST_RETRY_AFTER_SECONDS),
        ("Fri, 20 Nov 2026 12:01:30 GMT", 90),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 20 Nov 2099 11:00:00 GMT", LONGEST_RETRY_AFTER_SECONDS),
        ("soon", 0),
        ("", 0),
        ("٣", 0),
    ],
)
def test_a_wait_is_told_in_seconds_within_bounds(text: str | None, seconds: float) -> None:
    assert parse_retry_after(text, DATE) == seconds


def test_a_date_without_the_receivers_own_clock_says_nothing() -> None:
    assert parse_retry_after("Fri, 20 Nov 2026 12:01:30 GMT", None) == 0


@given(st.text(), st.none() | st.text())
def test_any_header_gives_a_wait_within_bounds(text: str, date: str | None) -> None:
    assert 0 <= parse_retry_after(text, date) <= LONGEST_RETRY_AFTER_SECONDS
