"""What is refused for good, by offers of single passes (rule 5)."""

from collections.abc import Generator
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.delivery.second_look import second_look
from microshift_telemetry.delivery.steps import Offer
from microshift_telemetry.sending.answer import Verdict
from tests.unit.delivery.rounds import Device, a_device, ago, window

counts = st.integers(1, 200)


def look(suspects: tuple[int, ...], wanted: set[int]) -> tuple[list[int], list[int], list[int]]:
    """Give which were offered, which are refused, and which are to be sent."""

    def offer(suspect: int) -> Generator[int, bool, bool]:
        return (yield suspect)

    looking = second_look(suspects, offer)
    offered = [next(looking)]
    try:
        while True:
            offered.append(looking.send(offered[-1] in wanted))
    except StopIteration as end:
        refused, rest = end.value
        return offered, list(refused), list(rest)


@given(counts, st.data())
def test_a_window_has_one_edge_and_it_is_found(count: int, data: st.DataObject) -> None:
    edge = data.draw(st.integers(0, count))
    suspects = tuple(range(count))

    offered, refused, rest = look(suspects, set(range(edge, count)))

    assert refused == list(range(edge))
    assert set(rest) | set(offered) >= set(range(edge, count))
    assert set(rest).isdisjoint(refused)
    assert len(offered) <= ceil(log2(count + 1)) + 2


@given(counts, st.data())
def test_what_is_taken_is_never_refused(count: int, data: st.DataObject) -> None:
    wanted = data.draw(st.sets(st.integers(0, count - 1)))

    offered, refused, rest = look(tuple(range(count)), wanted)

    assert wanted.isdisjoint({*offered} & {*refused})
    assert {*offered} | {*refused} | {*rest} == set(range(count))


@pytest.mark.parametrize(
    ("count", "offered"), [(1, [0]), (2, [1, 0]), (3, [2, 1]), (4, [3, 1]), (9, [8, 4])]
)
def test_all_is_refused_when_the_newest_and_the_middle_one_are(
    count: int, offered: list[int]
) -> None:
    assert look(tuple(range(count)), set()) == (offered, list(range(count)), [])


def test_of_two_passes_none_is_refused_that_was_not_offered_alone() -> None:
    """A request is refused whole for the newer one, which comes again with other values."""
    device = a_device(130, 70)

    def judge(offer: Offer) -> Verdict:
        is_refused = ago(70)[0] in offer.times_ms
        return Verdict.REFUSED if is_refused else Verdict.TAKEN

    ended = device.play(judge)

    assert ended.refused_ms == ago(70)
    assert device.ledger.backlog.times_ms == ago(70)


def test_a_pass_that_is_too_large_alone_is_never_refused_finally() -> None:
    device = a_device(200, 130, 70)

    def judge(offer: Offer) -> Verdict:
        if offer.is_fresh:
            return Verdict.TAKEN
        return Verdict.REFUSED if len(offer.times_ms) > 1 else Verdict.TOO_LARGE

    ended = device.play(judge)

    assert [each.times_ms for each in device.offers][2:] == [ago(70)]
    assert (ended.refused_ms, ended.is_complete) == ((), True)
    assert device.ledger.backlog.times_ms == ago(200, 130, 70)


@pytest.mark.parametrize("verdict", [Verdict.RETRY, Verdict.NO_ANSWER, Verdict.SERVER_ERROR])
def test_a_second_look_that_has_to_wait_refuses_nothing(verdict: Verdict) -> None:
    device = a_device(*range(70, 670, 60))

    def judge(offer: Offer) -> Verdict:
        looks = [each for each in device.offers if len(each.times_ms) == 1 and not each.is_fresh]
        return verdict if len(looks) == 2 else window(60)(offer)

    ended = device.play(judge)

    assert ended.is_fresh_taken
    assert (ended.verdict, ended.refused_ms) == (verdict, ())


def test_a_fresh_pass_that_was_not_sent_is_no_witness() -> None:
    device = a_device(130, 70)

    ended = device.play(lambda offer: Verdict.GONE if offer.is_fresh else Verdict.REFUSED)

    assert not ended.is_fresh_taken
    assert (ended.verdict, ended.refused_ms) == (Verdict.NOTHING_TO_SEND, ())


def test_a_fresh_pass_of_an_earlier_round_proves_nothing_of_this_one() -> None:
    device = Device(newest_ms=None)
    device.keep(ago(130, 70))
    course = device.play(window(60)).course
    made = device.made

    device.play(window(60), course)

    assert (made, device.made) == (1, 2)
