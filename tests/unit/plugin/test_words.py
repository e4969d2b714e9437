"""Times, counts and sizes in words."""

from datetime import UTC, datetime, timedelta

import pytest

from microshift_telemetry_cli.words import (
    count,
    field,
    moment,
    paragraph,
    parse_time,
    relative,
    size,
    span,
)
from tests.unit.plugin.scenes import NOON


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (119.4, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (172_800, "2 d"),
        (41 * 86400, "41 d"),
    ],
)
def test_a_span_has_the_unit_that_fits(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("hours", "words"), [(-3, "3 h ago"), (21, "in 21 h"), (0, "0 s ago")], ids=str
)
def test_a_time_is_told_from_now(hours: int, words: str) -> None:
    assert relative(NOON + timedelta(hours=hours), NOON) == words


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-21T12:00:00Z", NOON),
        ("2026-11-21T13:00:00+01:00", NOON),
        ("2026-11-21T12:00:00", NOON),
        ("noon", None),
        ("9999999-01-01T00:00:00Z", None),
        (12, None),
        (None, None),
    ],
    ids=str,
)
def test_what_is_no_time_is_none(text: object, at: datetime | None) -> None:
    assert parse_time(text) == at


def test_a_moment_is_told_in_utc() -> None:
    assert moment(datetime(2026, 11, 21, 12, 0, 59, tzinfo=UTC)) == "2026-11-21 12:00 UTC"


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 samples"), (1, "1 sample"), (2345, "2,345 samples")],
    ids=str,
)
def test_a_count_has_its_plural(number: int, words: str) -> None:
    assert count(number, "sample") == words


def test_series_are_series() -> None:
    assert (count(1, "series"), count(17, "series")) == ("1 series", "17 series")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (5123, "5.1 kB"),
        (2_345_678, "2.3 MB"),
        (7_000_000_000, "7.0 GB"),
    ],
    ids=str,
)
def test_a_size_has_the_unit_that_fits(number: int, words: str) -> None:
    assert size(number) == words


def test_an_address_that_is_longer_than_a_line_stays_whole() -> None:
    address = f"https://receiver.example/{'x' * 80}"

    assert paragraph(f"sends to {address}", 2) == ["  sends to", f"  {address}"]


def test_a_text_goes_on_below_itself() -> None:
    assert field("why", "a " * 40) == [
        f"  why           {'a ' * 32}".rstrip(),
        f"{' ' * 16}{'a ' * 8}".rstrip(),
    ]


def test_what_a_terminal_would_obey_is_made_visible() -> None:
    """A message quotes a receiver, which may be anybody."""
    assert paragraph("401: \x1b[2Jall\x07 is well\r\n") == ["401: \ufffd[2Jall\ufffd is well"]
