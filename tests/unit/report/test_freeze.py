import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.frozen import Report, Shape, WriteRequest
from microshift_telemetry.report.report import (
    FEWEST_PASSES,
    FRESH_MS,
    MAX_AHEAD_MS,
    MAX_SAMPLES,
    freeze,
)
from microshift_telemetry.sample.sample import Labels, SamplePass
from tests.unit.factories import (
    CLUSTER_ID,
    CORES,
    COUNTS,
    HOUR,
    MINUTE,
    NOON,
    USAGES,
    a_full_pass,
    a_sample_pass,
)

SHAPE = Shape(CLUSTER_ID, "Percent")
SERIES = len(USAGES + COUNTS)

many_minutes = st.lists(st.integers(-20_000, 0), max_size=600, unique=True)
"""Minutes before noon, when passes were made."""


def a_backlog(*passes: SamplePass) -> Backlog:
    backlog = Backlog()
    for sample_pass in passes:
        backlog.add(sample_pass)
    return backlog


def a_report(
    backlog: Backlog, newest: SamplePass | None, *, now: int = NOON, averaged: bool = False
) -> Report:
    return freeze(backlog, newest, SHAPE, now_ms=now, averaged=averaged)


def times_of(report: Report) -> list[int]:
    return [time_ms for request in report.requests for time_ms in request.times_ms]


def test_the_backlog_goes_first_and_the_newest_pass_alone_with_the_statics() -> None:
    newest = a_sample_pass(static=(CORES,))
    old = [a_sample_pass(NOON - hours * HOUR) for hours in (24, 3, 2)]
    fresh = a_sample_pass(NOON - 30 * MINUTE)

    report = a_report(a_backlog(newest, fresh, *old), newest)

    assert report == Report(
        SHAPE,
        (
            WriteRequest(tuple(one.time_ms for one in old)),
            WriteRequest((fresh.time_ms,)),
            WriteRequest((NOON,), (CORES,)),
        ),
        NOON,
    )


def test_a_sample_of_exactly_one_hour_is_still_fresh() -> None:
    newest = a_sample_pass()
    on_the_edge, beyond = NOON - FRESH_MS, NOON - FRESH_MS - 1

    report = a_report(a_backlog(newest, a_sample_pass(on_the_edge), a_sample_pass(beyond)), newest)

    assert [request.times_ms for request in report.requests] == [(beyond,), (on_the_edge,), (NOON,)]


def test_without_a_new_pass_the_backlog_goes_alone() -> None:
    waiting = [a_sample_pass(NOON - hours * HOUR) for hours in (4, 2, 1)]

    report = a_report(a_backlog(*waiting), None)

    assert [request.times_ms for request in report.requests] == [
        (NOON - 4 * HOUR,),
        (NOON - 2 * HOUR, NOON - HOUR),
    ]
    assert report.newest_ms is None


def test_a_pass_of_statics_only_is_a_request() -> None:
    newest = SamplePass(NOON, static=(CORES,))

    assert a_report(Backlog(), newest).requests == (WriteRequest((NOON,), (CORES,)),)


def test_of_nothing_there_is_nothing_to_say() -> None:
    assert a_report(Backlog(), None).requests == ()
    assert a_report(Backlog(), None, averaged=True).requests == ()


def test_passes_of_a_clock_that_ran_ahead_wait() -> None:
    newest = a_sample_pass()
    allowed, ahead = NOON + MAX_AHEAD_MS, NOON + MAX_AHEAD_MS + 1
    backlog = a_backlog(newest, a_sample_pass(allowed), a_sample_pass(ahead))

    report = a_report(backlog, newest)

    assert sorted(times_of(report)) == [NOON, allowed]
    assert ahead in backlog.times_ms


@given(many_minutes)
def test_an_averaged_report_is_one_request_of_all_passes(minutes: list[int]) -> None:
    newest = a_sample_pass(static=(CORES,))
    passes = [a_sample_pass(NOON + minute * MINUTE) for minute in minutes]
    backlog = a_backlog(newest, *passes)

    report = a_report(backlog, newest, averaged=True)

    assert report.requests == (WriteRequest(backlog.times_ms, (CORES,), is_averaged=True),)


@given(many_minutes, st.none() | st.just(a_full_pass()))
def test_every_pass_goes_out_exactly_once_oldest_first(
    minutes: list[int], newest: SamplePass | None
) -> None:
    waiting = [a_full_pass(NOON + minute * MINUTE) for minute in minutes]
    backlog = a_backlog(*waiting, *([newest] if newest else []))

    report = a_report(backlog, newest)

    assert times_of(report) == list(backlog.times_ms)
    assert newest is None or report.requests[-1].times_ms == (NOON,)


@given(many_minutes)
def test_no_request_mixes_old_and_fresh_or_is_too_large(minutes: list[int]) -> None:
    newest = a_full_pass()
    backlog = a_backlog(newest, *(a_full_pass(NOON + minute * MINUTE) for minute in minutes))

    report = a_report(backlog, newest)

    for request in report.requests:
        assert len({time_ms < NOON - FRESH_MS for time_ms in request.times_ms}) == 1
        assert len(request.times_ms) * SERIES <= MAX_SAMPLES


@pytest.mark.parametrize(
    ("external", "passes"),
    [
        pytest.param((), MAX_SAMPLES // SERIES, id="none"),
        pytest.param((("site", "n" * 41),), MAX_SAMPLES // SERIES - 3, id="54-bytes-of-the-wire"),
        pytest.param((("site", "ñ" * 41),), MAX_SAMPLES // SERIES - 6, id="not-in-ascii"),
        pytest.param((("site", "n"),), MAX_SAMPLES // SERIES - 3, id="short-but-maybe-hashed"),
        pytest.param(
            tuple((f"l{n}", "n" * 256) for n in range(16)), FEWEST_PASSES, id="a-day-at-least"
        ),
    ],
)
def test_external_labels_take_the_place_of_samples(external: Labels, passes: int) -> None:
    newest = a_full_pass()
    backlog = a_backlog(newest, *(a_full_pass(NOON - n * MINUTE) for n in range(61, 1_500)))
    shape = Shape(CLUSTER_ID, "Percent", external)

    report = freeze(backlog, newest, shape, now_ms=NOON, averaged=False)

    assert len(report.requests[0].times_ms) == passes


def test_a_week_of_minutes_takes_as_few_requests_as_it_can() -> None:
    newest = a_full_pass()
    backlog = a_backlog(*(a_full_pass(NOON - number * MINUTE) for number in range(10_080)))

    report = a_report(backlog, newest)

    largest = MAX_SAMPLES // SERIES
    older, fresh = 10_080 - 61, 60
    assert len(report.requests) == -(-older // largest) + -(-fresh // largest) + 1
