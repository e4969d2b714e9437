"""How long a report waits that was not delivered: rules 10 and 11 of `docs/delivery.md`."""

from datetime import datetime
from random import Random

import pytest

from microshift_telemetry.clock import Instant
from microshift_telemetry.controller.retries import Failure, Retries
from microshift_telemetry.status.reasons import ReportingReason

RETRYING, UNREACHABLE = ReportingReason.RETRYING, ReportingReason.ENDPOINT_UNREACHABLE
BUSY = Failure(RETRYING, was_answered=True)
GONE = Failure(UNREACHABLE, has_connection=False)
SPLAY = 300.0
CAP = 900.0


class Seconds:
    """A clock that is set by hand."""

    at = 0.0

    def now(self) -> datetime:
        raise NotImplementedError

    def monotonic(self) -> float:
        return self.at

    def read(self) -> Instant:
        raise NotImplementedError


class Waiter:
    """Retries whose chance is always the same, in their own time."""

    def __init__(self, chance: float = 0.999) -> None:
        self.clock = Seconds()
        self.retries = Retries(self.clock, lambda: chance)

    def wait(self, failure: Failure) -> float:
        """Fail, and sleep until the next attempt."""
        self.retries.failed(failure, SPLAY)
        wait = self.retries.wait_seconds
        self.clock.at += wait
        return wait


def test_waits_grow_to_a_constant_quarter_of_an_hour() -> None:
    waiter = Waiter()

    waits = [waiter.wait(BUSY) for _ in range(30)]

    assert waits[0] <= 1
    assert waits == pytest.approx(sorted(waits))
    assert waits[-15:] == pytest.approx([CAP] * 15)
    assert sum(wait < CAP - 1 for wait in waits) <= 13


@pytest.mark.parametrize("seed", range(50))
@pytest.mark.parametrize("failure", [BUSY, GONE], ids=["answered", "no link"])
def test_a_day_of_failures_is_at_most_110_requests(seed: int, failure: Failure) -> None:
    waiter, attempts = Waiter(), 0
    waiter.retries = Retries(waiter.clock, Random(seed).random)  # noqa: S311  # to repeat it
    while waiter.clock.at < 86_400:
        waiter.wait(failure)
        attempts += 1

    assert attempts <= 110


def test_a_short_outage_is_followed_by_a_short_wait() -> None:
    """No wait is longer than it fails already, nor than 100 s for seven minutes without a link."""
    answered, silent = Waiter(), Waiter()
    for _ in range(40):
        failing = answered.clock.at
        assert answered.wait(BUSY) <= max(1.0, failing) + 0.001
        failing = silent.clock.at
        assert silent.wait(GONE) <= (100 if failing < 420 else failing) + 0.001


def test_the_first_wait_after_a_refusal_is_at_least_half_a_minute() -> None:
    refused = Failure(ReportingReason.SAMPLES_REJECTED, was_answered=True, is_refusal=True)

    assert Waiter(0.0).wait(refused) == 30


def test_what_is_progress_begins_anew_and_nothing_else_does() -> None:
    waiter = Waiter()
    for _ in range(20):
        waiter.wait(BUSY)

    assert waiter.wait(Failure(RETRYING, was_answered=True, has_taken=True)) == CAP
    assert waiter.wait(Failure(RETRYING, was_answered=True, has_progressed=True)) <= 1


def test_an_answer_after_rounds_without_one_begins_anew() -> None:
    waiter = Waiter()
    for _ in range(20):
        waiter.wait(Failure(UNREACHABLE))

    assert waiter.wait(BUSY) <= 1
    assert waiter.wait(BUSY) <= 2


def test_a_round_whose_fresh_pass_was_taken_is_followed_after_a_quarter_of_an_hour() -> None:
    waiter = Waiter()

    assert waiter.wait(Failure(RETRYING, was_answered=True, is_fresh_taken=True)) == CAP


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 60.0), (0.5, 210.0)])
def test_what_a_receiver_asks_for_is_a_lower_bound_with_a_splay(chance: float, wait: float) -> None:
    asked = Failure(RETRYING, was_answered=True, retry_after_seconds=60)

    assert Waiter(chance).wait(asked) == wait


def test_who_is_let_in_one_by_one_is_spread_already() -> None:
    waiter = Waiter(0.5)
    for _ in range(20):
        waiter.wait(BUSY)

    let_in = Failure(RETRYING, was_answered=True, has_taken=True, retry_after_seconds=1)
    assert waiter.wait(let_in) == 1 + 15


def test_an_admin_who_asks_need_not_wait() -> None:
    waiter = Waiter()
    for _ in range(20):
        waiter.wait(BUSY)
    waiter.retries.failed(BUSY, SPLAY)
    waiter.retries.forget()

    assert waiter.retries.wait_seconds == 0
    assert waiter.wait(BUSY) <= 1
