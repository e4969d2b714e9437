from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.spec.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        pytest.param("24h", timedelta(days=1), id="hours"),
        pytest.param("90m", timedelta(minutes=90), id="more-minutes-than-an-hour-has"),
        pytest.param("1h30m", timedelta(minutes=90), id="two-units"),
        pytest.param("1h2m3s4ms", timedelta(hours=1, minutes=2, seconds=3.004), id="all-units"),
        pytest.param("0.5h", timedelta(minutes=30), id="a-fraction"),
        pytest.param("1m500ms", timedelta(seconds=60.5), id="milliseconds-are-no-minutes"),
        pytest.param("007m", timedelta(minutes=7), id="leading-zeros"),
        pytest.param("0s", timedelta(0), id="nothing"),
    ],
)
def test_a_duration_is_read_as_go_reads_it(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        *("", "24", "h", "24 h", " 24h", "24h ", "24H", "1d", "-1h", "+1h", ".5h", "5.h", "1h30"),
        *("٢h", "1h\n", "1_0h", "1e3s", "inf", "1234567890h"),
    ],
)
def test_what_is_no_duration_is_refused_and_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration like 90m or 24h") as caught:
        parse_duration(text)

    assert str(caught.value).startswith(repr(text))


def test_a_duration_beyond_all_time_is_refused() -> None:
    with pytest.raises(ValueError, match="is too long"):
        parse_duration("999999999h" * 30)


def test_an_endless_text_is_not_quoted_to_its_end() -> None:
    with pytest.raises(ValueError, match="is not a duration") as caught:
        parse_duration("x" * 10_000)

    assert len(str(caught.value)) < 300


@given(st.text() | st.from_regex(r"(\d{1,9}(\.\d{1,9})?(ms|h|m|s)){1,40}", fullmatch=True))
def test_any_text_gives_a_duration_or_the_documented_error(text: str) -> None:
    try:
        duration = parse_duration(text)
    except ValueError:
        return
    assert duration >= timedelta(0)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        pytest.param(timedelta(hours=168), "168h", id="days-are-hours"),
        pytest.param(timedelta(minutes=90), "1h30m", id="two-units"),
        pytest.param(timedelta(hours=1, seconds=1), "1h1s", id="no-minutes"),
        pytest.param(timedelta(seconds=45), "45s", id="seconds"),
        pytest.param(timedelta(0), "0s", id="nothing"),
    ],
)
def test_a_duration_is_written_in_the_units_it_needs(duration: timedelta, text: str) -> None:
    assert format_duration(duration) == text


@given(st.integers(0, 10**7).map(lambda seconds: timedelta(seconds=seconds)))
def test_what_is_written_reads_the_same(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration
