"""Which samples a head takes, each alone and within a request."""

import math
import struct

import pytest

from tests.models.model import HOUR_MS, MINUTE_MS, Sample
from tests.models.tsdb import Refusal, Tsdb
from tests.unit.models.requests import NOW_MS, a_sample

THE_MARKER = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


def a_head(window_ms: int = 0) -> Tsdb:
    """A head of now that has one series, with one sample of ten minutes ago."""
    tsdb = Tsdb(window_ms)
    offer(tsdb, a_sample(NOW_MS - 10 * MINUTE_MS))
    tsdb.advance(NOW_MS)
    return tsdb


def offer(tsdb: Tsdb, *samples: Sample) -> list[Refusal | None]:
    appender = tsdb.appender()
    refusals = [appender.append(sample) for sample in samples]
    appender.commit()
    return refusals


@pytest.mark.parametrize(
    ("minutes_ago", "value", "window", "refusal"),
    [
        pytest.param(5, 2.0, 0, None, id="newer"),
        pytest.param(10, 1.0, 0, None, id="the newest again"),
        pytest.param(10, 2.0, 0, Refusal.DUPLICATE, id="another value"),
        pytest.param(11, 2.0, 0, Refusal.OUT_OF_ORDER, id="older than its series, within the hour"),
        pytest.param(61, 2.0, 0, Refusal.OUT_OF_BOUNDS, id="an hour behind the head"),
        pytest.param(10, 2.0, 120, Refusal.DUPLICATE, id="another value, with a window"),
        pytest.param(11, 2.0, 120, None, id="older than its series, with a window"),
        pytest.param(120, 2.0, 120, None, id="at the window's edge"),
        pytest.param(121, 2.0, 120, Refusal.TOO_OLD, id="outside the window"),
    ],
)
def test_a_head_refuses_what_it_cannot_order(
    minutes_ago: int, value: float, window: int, refusal: Refusal | None
) -> None:
    head = a_head(window * MINUTE_MS)
    before = dict(head.stored)
    sample = a_sample(NOW_MS - minutes_ago * MINUTE_MS, value)

    assert offer(head, sample) == [refusal]
    assert (sample.series, sample.time_ms) in head.stored or head.stored == before


def test_the_newest_sample_of_another_series_sets_the_bound() -> None:
    head = Tsdb()
    offer(head, a_sample(NOW_MS, name="another_metric"))

    assert offer(head, a_sample(NOW_MS - HOUR_MS)) == [None]
    assert offer(head, a_sample(NOW_MS - HOUR_MS - 1, name="late")) == [Refusal.OUT_OF_BOUNDS]


def test_a_new_series_within_the_hour_is_in_order() -> None:
    assert offer(a_head(), a_sample(NOW_MS - 59 * MINUTE_MS, name="new")) == [None]


def test_an_empty_head_takes_a_request_that_begins_with_its_oldest_sample() -> None:
    day = [a_sample(NOW_MS - hours * HOUR_MS) for hours in range(24, -1, -1)]

    assert offer(Tsdb(), *day) == [None] * 25


def test_an_empty_head_is_bound_by_the_first_sample_that_it_meets() -> None:
    newest_first = [a_sample(NOW_MS - hours * HOUR_MS, name=f"n{hours}") for hours in (0, 1, 2)]

    assert offer(Tsdb(), *newest_first) == [None, None, Refusal.OUT_OF_BOUNDS]


def test_what_a_request_puts_out_of_order_itself_is_dropped_in_silence() -> None:
    head = a_head()
    newer, older = a_sample(NOW_MS), a_sample(NOW_MS - MINUTE_MS)

    assert offer(head, newer, older) == [None, None]
    assert (newer.series, newer.time_ms) in head.stored
    assert (older.series, older.time_ms) not in head.stored


def test_out_of_order_a_second_value_is_dropped_in_silence() -> None:
    head = a_head(window_ms=2 * HOUR_MS)
    early = NOW_MS - HOUR_MS
    answers = offer(head, a_sample(early, 1.0)), offer(head, a_sample(early, 2.0))

    assert answers == ([None], [None])
    assert head.stored[a_sample(early).series, early] == 1.0


def test_a_staleness_marker_may_be_told_twice() -> None:
    head = a_head()
    offer(head, a_sample(NOW_MS, THE_MARKER))

    assert offer(head, a_sample(NOW_MS, THE_MARKER)) == [None]
    assert offer(head, a_sample(NOW_MS, math.nan)) == [Refusal.DUPLICATE]
