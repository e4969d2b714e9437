"""One round against a receiver that is a function: which requests go, and what is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.buffer.records import Answered, Fate, Offered
from microshift_telemetry.delivery.course import Course, Opening, Size
from microshift_telemetry.delivery.steps import Offer
from microshift_telemetry.sending.answer import Verdict
from tests.unit.delivery.rounds import FULL, MEAN, MOST, Device, a_device, ago, always, window
from tests.unit.factories import MINUTE, NOON


def test_old_and_young_go_apart_oldest_first_and_the_fresh_pass_by_itself() -> None:
    device = a_device(200, 130, 70, 50, 10)

    ended = device.play(always(Verdict.TAKEN))

    assert [each.times_ms for each in device.offers] == [ago(200, 130, 70), ago(50, 10), (NOON,)]
    assert [each.is_fresh for each in device.offers] == [False, False, True]
    assert ended.is_complete
    assert device.ledger.backlog.times_ms == ()


@pytest.mark.parametrize(
    ("opening", "first"),
    [
        (Opening.OLDEST, ago(200)),
        (Opening.YOUNG, ago(50)),
        (Opening.FRESH, (NOON,)),
    ],
)
@pytest.mark.parametrize("verdict", [Verdict.RETRY, Verdict.NO_ANSWER, Verdict.UNAUTHORIZED])
def test_where_nothing_was_taken_one_pass_opens_and_little_is_sent(
    opening: Opening, first: tuple[int, ...], verdict: Verdict
) -> None:
    device = a_device(200, 130, 50, 10)

    ended = device.play(always(verdict), Course(opening=opening))

    assert [each.times_ms for each in device.offers] == [first]
    assert (ended.verdict, ended.course.opening) == (verdict, Opening.OLDEST)


def test_a_pass_off_the_grid_that_is_not_fresh_any_more_is_probed_with() -> None:
    device = Device(newest_ms=ago(40)[0])
    device.keep(ago(40), is_extra=True)

    device.play(always(Verdict.RETRY), Course(opening=Opening.OLDEST))

    assert [each.times_ms for each in device.offers] == [ago(40)]
    assert device.made == 0


@pytest.mark.parametrize("age", [31, 90, 1200])
def test_a_fresh_pass_is_at_most_half_an_hour_old(age: float) -> None:
    device = Device(newest_ms=ago(age)[0])
    device.keep(ago(age))

    ended = device.play(always(Verdict.TAKEN))

    assert device.made == 1
    assert device.offers[-1] == Offer((NOON + 1,), is_fresh=True)
    assert [each.times_ms for each in device.offers[:-1]] == [ago(age)]
    assert ended.is_fresh_taken


def test_old_passes_are_refused_only_after_a_fresh_one_was_taken() -> None:
    device = a_device(*range(70, 70 + 60 * 100, 60))

    ended = device.play(window(30 * 60))

    times_ms = ago(*range(70, 70 + 60 * 100, 60))
    expected = [each for each in times_ms if each < NOON - 30 * 60 * MINUTE]
    assert sorted(ended.refused_ms) == expected
    assert set(device.ledger.backlog.times_ms) == set(expected)
    fresh = [each.is_fresh for each in device.offers].index(True)
    assert len(device.offers) <= 3 + 5 + 9
    assert fresh < len(device.offers) - 1


def test_nothing_is_refused_where_the_fresh_pass_is_not_taken() -> None:
    device = a_device(200, 130, 50)

    ended = device.play(lambda offer: Verdict.RETRY if offer.is_fresh else Verdict.REFUSED)

    assert ended.refused_ms == ()
    assert ended.verdict is Verdict.RETRY
    assert len(device.ledger.backlog.times_ms) == 4


def test_a_conflict_is_no_delivery_and_one_new_pass_is_offered_once() -> None:
    device = a_device()
    first = device.play(always(Verdict.CONFLICT))
    after = len(device.offers)
    device.newest_ms = None
    device.play(always(Verdict.CONFLICT), replace(first.course, opening=None))

    assert after == 2
    assert [each.times_ms for each in device.offers[:2]] == [(NOON,), (NOON + 1,)]
    assert not first.is_fresh_taken
    assert first.course.has_conflict
    assert sum(each.is_fresh for each in device.offers[after:]) == 1


def test_413_halves_and_keeps_the_size_that_went_through() -> None:
    device = a_device(*range(70, 70 + 60 * 24, 60))

    def judge(offer: Offer) -> Verdict:
        return Verdict.TAKEN if len(offer.times_ms) <= 7 else Verdict.TOO_LARGE

    ended = device.play(judge)

    assert ended.is_complete
    assert device.sizes[:3] == [24, 12, 6]
    assert ended.course.size.limit is not None
    assert ended.course.size.taken == 7
    assert [each.times_ms[0] for each in device.offers if len(each.times_ms) <= 7] == sorted(
        each.times_ms[0] for each in device.offers if len(each.times_ms) <= 7
    )


def test_a_single_pass_that_is_too_large_shows_that_size_is_not_the_reason() -> None:
    device = a_device(200, 130, 70)

    ended = device.play(
        lambda offer: Verdict.TAKEN if offer.is_fresh else Verdict.TOO_LARGE,
        Course(size=Size(2, 0, 4, NOON)),
    )

    assert ended.refused_ms == ()
    assert ended.course.size == Size()
    assert len(device.ledger.backlog.times_ms) == 3


def test_a_receiver_to_which_all_is_too_large_is_asked_about_size_once_a_round() -> None:
    device = a_device(*range(70, 70 + 60 * 24, 60), *range(5, 55, 5))

    ended = device.play(lambda _: Verdict.TOO_LARGE)

    assert ended.verdict is Verdict.TOO_LARGE
    assert device.sizes == [24, 12, 6, 3, 1, 10, 1]


@pytest.mark.parametrize("verdict", [Verdict.RETRY, Verdict.NO_ANSWER])
def test_where_something_smaller_went_a_large_request_is_halved_in_the_same_round(
    verdict: Verdict,
) -> None:
    device = a_device(*range(70, 70 + 60 * 20, 60))
    busy = Course(opening=Opening.OLDEST)

    ended = device.play(lambda offer: Verdict.TAKEN if len(offer.times_ms) <= 8 else verdict, busy)

    assert ended.is_complete
    assert device.sizes[:3] == [1, 19, 9]


def test_who_asks_to_wait_gets_a_smaller_request_in_the_next_round() -> None:
    device = a_device(*range(70, 70 + 60 * 20, 60))
    device.asks_to_wait = True

    ended = device.play(
        lambda offer: Verdict.TAKEN if len(offer.times_ms) == 1 else Verdict.RETRY,
        Course(opening=Opening.OLDEST),
    )

    assert (device.sizes, ended.verdict) == ([1, 19], Verdict.RETRY)
    assert ended.course.size.limit == 9


def test_500_is_a_refusal_in_the_third_round_in_which_fresh_passes_are_taken() -> None:
    device, course = a_device(200, 130, 50), Course()
    ends = []
    for _ in range(5):
        device.newest_ms = None
        ended = device.play(window(60, otherwise=Verdict.SERVER_ERROR), course)
        course = ended.course
        ends.append((ended.verdict, ended.is_fresh_taken, len(ended.refused_ms)))

    error = Verdict.SERVER_ERROR
    assert ends == [
        (error, False, 0),
        (error, True, 0),
        (error, True, 0),
        (Verdict.TAKEN, True, 2),
        *ends[4:],
    ]


def test_a_mean_is_one_request_and_its_own_pass_never_goes_again() -> None:
    device = a_device(200, 130, 50)
    device.ledger.apply(Offered(ago(200, 130), MEAN))
    device.ledger.apply(Answered(Fate.UNANSWERED))

    device.play(always(Verdict.RETRY), form=MEAN)
    averaged = device.offers[:]
    device.offers.clear()
    device.play(always(Verdict.TAKEN))

    assert [each.times_ms for each in averaged] == [(*ago(200, 130, 50), NOON)]
    assert ago(130)[0] not in {time_ms for each in device.offers for time_ms in each.times_ms}


def test_what_may_be_stored_goes_apart_from_what_can_not_be() -> None:
    """A Prometheus without a window refuses a request whole that has a pass again."""
    device = a_device(50, 40, 30, 20)
    device.ledger.apply(Offered(ago(50, 40), FULL))
    device.ledger.apply(Answered(Fate.UNANSWERED))

    device.play(always(Verdict.TAKEN))

    assert [each.times_ms for each in device.offers] == [ago(50, 40), ago(30, 20), (NOON,)]


def test_what_has_nothing_to_send_any_more_ends() -> None:
    device = a_device(200, 50, 20)

    ended = device.play(lambda offer: Verdict.TAKEN if offer.is_fresh else Verdict.GONE)

    assert ended.is_complete
    assert len(device.offers) <= 4


@given(
    st.lists(st.integers(0, 60 * 24 * 7), max_size=60, unique=True),
    st.lists(st.sampled_from([*Verdict]), min_size=1, max_size=30),
    st.builds(
        Course,
        opening=st.none() | st.sampled_from(Opening),
        is_after_error=st.booleans(),
        error_rounds=st.integers(0, 3),
        has_conflict=st.booleans(),
        size=st.builds(Size, st.none() | st.integers(1, 40)),
    ),
    st.booleans(),
)
def test_a_round_ends_soon_and_refuses_nothing_without_a_witness(
    minutes: list[int],
    verdicts: list[Verdict],
    course: Course,
    is_averaged: bool,  # noqa: FBT001
) -> None:
    device, answers = a_device(*(each for each in minutes if each)), iter(verdicts * 1000)

    ended = device.play(lambda _: next(answers), course, MEAN if is_averaged else FULL)

    assert len(device.offers) <= 6 * (len(minutes) + 8)
    assert not ended.refused_ms or ended.is_fresh_taken
    assert all(offer.times_ms == tuple(sorted(offer.times_ms)) for offer in device.offers)
    if not is_averaged:
        assert all(len(offer.times_ms) <= MOST for offer in device.offers)


def test_one_pass_that_is_too_large_keeps_back_no_other() -> None:
    """Its size says nothing of theirs; it waits, since 413 refuses nothing for good."""
    fat, limit = ago(24 * 60)[0], 7

    def judge(offer: Offer) -> Verdict:
        is_too_large = fat in offer.times_ms or len(offer.times_ms) > limit
        return Verdict.TOO_LARGE if is_too_large else Verdict.TAKEN

    device = a_device(*range(60, 25 * 60, 60), *range(5, 55, 5))
    ended = device.play(judge)

    assert device.ledger.backlog.times_ms == (fat,)
    assert ended.refused_ms == ()
