"""The state machine of one report against receivers of every kind."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.buffer.frozen import WriteRequest
from microshift_telemetry.remote_write.answer import Verdict
from microshift_telemetry.remote_write.delivery import Conclusion, Delivery, Move
from microshift_telemetry.report.report import FRESH_MS

HOUR_MS = FRESH_MS
NOON_MS = 1_800_000_000_000

Receiver = Callable[[WriteRequest], Verdict]


def a_report(hours: int, *, with_newest: bool = True) -> tuple[tuple[WriteRequest, ...], int]:
    """Hourly passes up to noon: those older than an hour, the one before noon, noon itself."""
    times = [NOON_MS - hour * HOUR_MS for hour in range(hours, 0, -1)]
    groups = [tuple(times[:-1]), tuple(times[-1:])]
    requests = [WriteRequest(group) for group in groups if group]
    return tuple(requests + ([WriteRequest((NOON_MS,))] if with_newest else [])), NOON_MS


def send(delivery: Delivery, receiver: Receiver, limit: int = 1000) -> list[WriteRequest]:
    """Send a report to its end, or until it has to wait."""
    sent: list[WriteRequest] = []
    while (request := delivery.next()) is not None and len(sent) < limit:
        sent.append(request)
        if delivery.take(receiver(request)) is Move.WAIT:
            break
    return sent


def refuses_older_than(boundary_ms: int, how: Verdict = Verdict.REFUSED) -> Receiver:
    """Prometheus without a window: one old sample refuses the whole request."""

    def receive(request: WriteRequest) -> Verdict:
        return how if request.times_ms[0] < boundary_ms else Verdict.CONFIRMED

    return receive


def test_a_receiver_that_takes_all_gets_the_oldest_first_and_the_newest_alone() -> None:
    requests, newest = a_report(24)
    delivery = Delivery(requests, newest)

    sent = send(delivery, lambda _: Verdict.CONFIRMED)

    assert sent == list(requests)
    assert delivery.conclude() == Conclusion(
        is_fresh_taken=True,
        taken=tuple(time_ms for request in requests for time_ms in request.times_ms),
        refused=(),
    )


@given(hours=st.integers(2, 400), kept=st.integers(0, 400))
def test_only_what_a_receiver_refuses_is_given_up_and_that_costs_few_requests(
    hours: int, kept: int
) -> None:
    boundary = NOON_MS - kept * HOUR_MS
    requests, newest = a_report(hours)
    delivery = Delivery(requests, newest)

    sent = send(delivery, refuses_older_than(boundary))

    conclusion = delivery.conclude()
    every = {time_ms for request in requests for time_ms in request.times_ms}
    assert conclusion.is_fresh_taken
    assert all(time_ms >= boundary for time_ms in conclusion.taken)
    assert all(time_ms < boundary for time_ms in conclusion.refused)
    assert len({*conclusion.taken, *conclusion.refused}) == len(
        conclusion.taken + conclusion.refused
    )
    assert {time_ms for time_ms in every if time_ms >= boundary} <= set(conclusion.taken)
    assert len(sent) <= len(requests) + 2 * sum(
        (len(request.times_ms) - 1).bit_length() + 1 for request in requests[:-1]
    )


@given(hours=st.integers(2, 200))
def test_a_receiver_that_refuses_everything_costs_no_sample(hours: int) -> None:
    requests, newest = a_report(hours)
    delivery = Delivery(requests, newest)

    send(delivery, lambda _: Verdict.REFUSED)
    conclusion = delivery.conclude()
    delivery.restart()
    again = send(delivery, lambda _: Verdict.CONFIRMED)

    assert conclusion == Conclusion(is_fresh_taken=False, taken=(), refused=())
    assert again == list(requests)


def test_without_a_fresh_pass_no_refusal_is_final() -> None:
    requests, _ = a_report(5, with_newest=False)
    delivery = Delivery(requests, None)

    send(delivery, lambda _: Verdict.REFUSED)

    assert delivery.conclude().refused == ()


def test_a_conflict_is_final_for_its_request_and_never_split() -> None:
    requests, newest = a_report(24)
    delivery = Delivery(requests, newest)

    sent = send(delivery, refuses_older_than(NOON_MS, Verdict.PARTLY_STORED))

    assert sent == list(requests)
    assert set(delivery.conclude().refused) == {
        time_ms for request in requests[:-1] for time_ms in request.times_ms
    }


def test_a_conflict_over_the_newest_pass_is_no_delivery() -> None:
    """Thanos stores nothing of a pass that is out of its bounds, and answers 409."""
    requests, newest = a_report(24)
    delivery = Delivery(requests, newest)

    sent = send(delivery, lambda _: Verdict.PARTLY_STORED)

    assert sent == list(requests)
    assert delivery.conclude() == Conclusion(is_fresh_taken=False, taken=(), refused=())


def test_three_server_errors_in_a_row_for_old_samples_count_as_a_refusal() -> None:
    requests, newest = a_report(2)
    delivery = Delivery(requests, newest)
    old = refuses_older_than(NOON_MS - HOUR_MS, Verdict.SERVER_ERROR)

    attempts = [send(delivery, old) for _ in range(3)]

    assert [len(attempt) for attempt in attempts] == [1, 1, 3]
    assert delivery.conclude() == Conclusion(
        is_fresh_taken=True,
        taken=(NOON_MS - HOUR_MS, NOON_MS),
        refused=(NOON_MS - 2 * HOUR_MS,),
    )


def test_server_errors_for_fresh_samples_never_count_as_a_refusal() -> None:
    delivery = Delivery((WriteRequest((NOON_MS,)),), NOON_MS)

    for _ in range(10):
        assert delivery.take(Verdict.SERVER_ERROR) is Move.WAIT

    assert delivery.next() == WriteRequest((NOON_MS,))


@pytest.mark.parametrize("verdict", [Verdict.RETRY, Verdict.UNAUTHORIZED, Verdict.WRONG_ENDPOINT])
def test_what_is_not_about_the_samples_waits_with_the_same_request(verdict: Verdict) -> None:
    requests, newest = a_report(3)
    delivery = Delivery(requests, newest)

    assert delivery.take(verdict) is Move.WAIT
    assert delivery.next() == requests[0]


@given(st.lists(st.sampled_from(list(Verdict)), max_size=300), st.integers(1, 60))
def test_whatever_the_answers_no_pass_is_lost_or_done_twice(
    verdicts: list[Verdict], hours: int
) -> None:
    requests, newest = a_report(hours)
    delivery = Delivery(requests, newest)
    every = {time_ms for request in requests for time_ms in request.times_ms}
    confirmed: list[int] = []

    for verdict in verdicts:
        request = delivery.next()
        if request is None:
            break
        assert not set(confirmed) & set(request.times_ms)
        delivery.take(verdict)
        if verdict is Verdict.CONFIRMED:
            confirmed += request.times_ms

    conclusion = delivery.conclude()
    done = conclusion.taken + conclusion.refused
    assert len(set(done)) == len(done)
    assert set(done) <= every
    assert set(confirmed) <= set(conclusion.taken)
    assert NOON_MS not in conclusion.refused
