"""What looks at the device's clock mean for the passes that wait."""

from datetime import timedelta
from itertools import dropwhile

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from microshift_telemetry.buffer import dating as module
from microshift_telemetry.buffer.dating import expired, observed, redated, trusted
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import (
    Epoch,
    LossReason,
    Lost,
    Offered,
    Remembered,
    Trusted,
)
from microshift_telemetry.buffer.takeover import take_over
from tests.unit.buffer.dated_device import BOOTED, Device
from tests.unit.buffer.journals import FULL
from tests.unit.factories import HOUR, MINUTE

A_MINUTE = timedelta(minutes=1)
WEEK = 7 * 24 * HOUR


@pytest.mark.parametrize("wrong_ms", [-BOOTED, 10 * 365 * 24 * HOUR], ids=["in 1970", "in 2036"])
def test_passes_of_a_clock_that_was_not_set_get_their_true_times(wrong_ms: int) -> None:
    device = Device()
    device.wrong_ms, true_ms = wrong_ms, []
    for _ in range(3):
        device.boot_ms += HOUR
        true_ms.append(device.now_ms)
        device.make_pass()
    device.wrong_ms = 0
    device.look(is_synchronized=True)
    device.date()

    assert device.times_ms == tuple(true_ms)
    assert redated(device.ledger, device.instant()) is None


def test_a_pass_that_a_request_has_carried_keeps_its_time() -> None:
    device = Device()
    device.look(is_synchronized=True)
    carried_ms = device.make_pass()
    device.ledger.apply(Offered((carried_ms,), FULL))
    device.boot_ms += HOUR
    device.wrong_ms = -2 * HOUR
    device.look(is_synchronized=True)
    device.date()

    assert device.times_ms == (carried_ms,)


def test_a_machine_that_was_paused_keeps_the_times_of_before() -> None:
    """Its time since boot stands still meanwhile, and its clock is set when it goes on."""
    device = Device()
    device.look(is_synchronized=True)
    before_ms = device.make_pass()
    device.wrong_ms = 2 * HOUR
    device.boot_ms += MINUTE
    device.look(is_synchronized=True)
    device.date()

    assert device.times_ms == (before_ms,)


def test_a_trusted_clock_that_was_ahead_is_corrected_by_the_one_that_is_trusted_now() -> None:
    device = Device()
    device.wrong_ms = 3 * HOUR
    device.look(is_synchronized=True)
    true_ms = device.now_ms
    device.make_pass()
    device.wrong_ms = 0
    device.look(is_synchronized=True)
    device.date()

    assert device.times_ms == (true_ms,)


def test_two_passes_never_get_one_time() -> None:
    device = Device()
    device.look(is_synchronized=True)
    device.make_pass()
    device.wrong_ms = HOUR
    device.make_pass()
    device.wrong_ms = 0
    device.look(is_synchronized=True)
    device.date()

    assert device.times_ms == (device.now_ms, device.now_ms + 1)


@pytest.mark.parametrize(
    ("step_ms", "reason"),
    [
        pytest.param(0, None, id="kept: the clock went on by itself, so it has a battery"),
        pytest.param(5 * HOUR, LossReason.UNDATED, id="lost: this boot's clock was wrong as well"),
    ],
)
def test_what_an_earlier_boot_has_left_without_trust(
    step_ms: int, reason: LossReason | None
) -> None:
    device = Device()
    time_ms = device.make_pass()
    device.reboot(4 * HOUR, wrong_ms=-step_ms)
    device.look()
    device.boot_ms += MINUTE
    device.wrong_ms = 0
    device.look(is_synchronized=True)

    assert device.times_ms == (() if reason else (time_ms,))
    loss = device.ledger.remembered.loss
    assert (loss.reason if loss else None) is reason
    assert device.ledger.remembered.dropped_samples == (2 if reason else 0)


@pytest.mark.parametrize(
    "keeps_time",
    [
        pytest.param(True, id="kept by a device that was seen to keep the time"),
        pytest.param(False, id="lost by one of which nobody knows"),
    ],
)
def test_what_an_earlier_boot_has_left_where_the_clock_is_right_at_first_sight(
    keeps_time: bool,  # noqa: FBT001
) -> None:
    """Who looks late does not see whether the clock was set before."""
    device = Device()
    device.look()
    if keeps_time:
        device.boot_ms += MINUTE
        device.look(is_synchronized=True)
        device.reboot(HOUR, wrong_ms=0)
    time_ms = device.make_pass()
    device.reboot(HOUR, wrong_ms=0)
    device.look(is_synchronized=True)

    assert device.times_ms == ((time_ms,) if keeps_time else ())


def test_what_was_made_in_1970_before_a_restart_is_lost_though_nobody_saw_a_step() -> None:
    device = Device()
    device.wrong_ms = -BOOTED
    device.make_pass()
    device.reboot(4 * HOUR, wrong_ms=0)
    device.look(is_synchronized=True)

    assert device.times_ms == ()


def test_a_wrong_clock_lets_nothing_expire() -> None:
    device = Device()
    device.look(is_synchronized=True)
    device.make_pass()
    device.wrong_ms = 8 * 24 * HOUR
    device.look()

    assert expired(device.ledger, device.instant(), timedelta(days=7)) == []
    device.reboot(HOUR, wrong_ms=8 * 24 * HOUR)
    device.look()
    assert expired(device.ledger, device.instant(), timedelta(days=7)) == []


def test_a_pass_expires_by_the_time_since_boot_and_one_of_another_boot_by_a_trusted_clock() -> None:
    device = Device()
    device.look(is_synchronized=True)
    time_ms = device.make_pass()
    device.boot_ms += WEEK + MINUTE
    device.wrong_ms = -WEEK
    lost = Lost((time_ms,), LossReason.EXPIRED, device.now_ms - WEEK)
    assert expired(device.ledger, device.instant(), timedelta(days=7)) == [lost]

    device.reboot(MINUTE, wrong_ms=0)
    device.look()
    assert expired(device.ledger, device.instant(), timedelta(days=7)) == []
    device.look(is_synchronized=True)
    lost = Lost((time_ms,), LossReason.EXPIRED, device.now_ms)
    assert expired(device.ledger, device.instant(), timedelta(days=7)) == [lost]


def test_the_oldest_of_too_many_are_crowded_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PASSES", 3)
    device, times_ms = Device(), []
    device.look(is_synchronized=True)
    for _ in range(6):
        device.boot_ms += HOUR
        times_ms.append(device.make_pass())

    assert expired(device.ledger, device.instant(), timedelta(hours=4, minutes=59)) == [
        Lost(tuple(times_ms[:1]), LossReason.EXPIRED, device.now_ms),
        Lost(tuple(times_ms[1:3]), LossReason.CROWDED_OUT, device.now_ms),
    ]


def test_trust_comes_once_and_a_step_takes_it_back() -> None:
    device = Device()
    device.look(is_synchronized=True)
    assert list(trusted(device.ledger, device.instant())) == []
    assert list(observed(device.ledger, device.instant(is_synchronized=True))) == []

    device.wrong_ms = 61_000
    [record] = observed(device.ledger, device.instant())
    assert record == Epoch("first", device.boot_ms, device.now_ms + 61_000, is_first=False)
    device.ledger.apply(record)
    assert list(observed(device.ledger, device.instant(is_synchronized=True))) == [
        Trusted(keeps_time=False)
    ]


@pytest.mark.parametrize("opens_late", [False, True])
def test_a_step_that_was_seen_before_the_journal_was_read_counts(
    opens_late: bool,  # noqa: FBT001
) -> None:
    """A board whose clock begins anywhere plausible: what its earlier boot has left has no time."""
    device = Device()
    device.make_pass()
    left = device.ledger
    device.reboot(HOUR, wrong_ms=-30 * 24 * HOUR)
    if opens_late:
        device.ledger = Ledger()
    device.look()
    device.boot_ms += MINUTE
    device.wrong_ms = 0
    device.look()
    if opens_late:
        take_over(left, device.ledger, Remembered(), device.now_ms)
        device.ledger = left
    device.boot_ms += MINUTE
    device.look(is_synchronized=True)

    assert device.times_ms == ()
    assert not device.ledger.remembered.keeps_time


LOOKS = st.lists(
    st.tuples(st.sampled_from([0, HOUR, -2 * HOUR]), st.booleans()), min_size=1, max_size=3
)
"""How wrong the clock is, and whether the kernel vouches for it; a minute from one to the next."""


@given(before=LOOKS, since=LOOKS, is_boot_between=st.booleans())
def test_what_was_seen_before_the_journal_was_read_counts_as_if_it_had_been_read(
    *, before: list[tuple[int, bool]], since: list[tuple[int, bool]], is_boot_between: bool
) -> None:
    # A trust that a step has taken back is not remembered; then what waits is given up later.
    assume(len({wrong_ms for wrong_ms, _ in dropwhile(lambda look: not look[1], since)}) <= 1)
    found = []
    for opens_late in (False, True):
        device = Device()
        device.make_pass()
        device.reboot(HOUR, wrong_ms=0)
        device.see(before)
        if is_boot_between:
            device.reboot(HOUR, wrong_ms=0)
        left = device.ledger
        if opens_late:
            device.ledger = Ledger()
        device.see(since)
        if opens_late:
            take_over(left, device.ledger, Remembered(), device.now_ms)
        remembered = left.remembered
        trust = remembered.epoch is not None and remembered.epoch.is_trusted
        found.append((left.backlog.times_ms, trust, remembered.keeps_time))

    assert found[0] == found[1]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("step"), st.integers(-(10**9), 10**9)),
            st.tuples(st.just("pass"), st.integers(1, 10**7)),
        ),
        max_size=30,
    )
)
def test_however_a_wrong_clock_jumps_the_times_are_true_once_it_is_right(
    events: list[tuple[str, int]],
) -> None:
    device, true_ms = Device(), []
    for what, number in events:
        if what == "step":
            device.wrong_ms = number
        else:
            device.boot_ms += number
            true_ms.append(device.now_ms)
            device.make_pass()
    device.wrong_ms = 0
    device.boot_ms += MINUTE
    device.look(is_synchronized=True)
    device.date()

    assert len(device.times_ms) == len(true_ms)
    for found, true in zip(device.times_ms, true_ms, strict=True):
        assert abs(found - true) <= module.STEP_MS
