"""The device's clock by the kernel's word and by the receiver's."""

import pytest

from microshift_telemetry.check.clock import clock_line, time_line
from microshift_telemetry.check.line import Verdict
from microshift_telemetry.clock import Instant, milliseconds, moment
from tests.support.fakes import MORNING

NOW = milliseconds(MORNING)


def an_instant(wall_ms: int = NOW, *, is_synchronized: bool = False) -> Instant:
    return Instant(wall_ms, 1000, "a-boot", is_synchronized)


@pytest.mark.parametrize(
    ("instant", "is_trusted", "verdict", "words"),
    [
        (an_instant(is_synchronized=True), True, Verdict.OK, "synchronized"),
        (an_instant(), True, Verdict.OK, "a receiver confirmed it"),
        (an_instant(), False, Verdict.OK, "see the receiver's clock"),
        (an_instant(0), False, Verdict.FAILED, "1970-01-01T00:00:00Z: it was never set"),
    ],
    ids=["synchronized", "vouched for", "unknown", "never set"],
)
def test_its_own_word(instant: Instant, is_trusted: bool, verdict: Verdict, words: str) -> None:  # noqa: FBT001
    line = clock_line(instant, is_trusted=is_trusted)

    assert line.verdict is verdict
    assert words in line.seen


@pytest.mark.parametrize(
    ("minutes", "is_synchronized", "verdict", "words"),
    [
        (-1, False, Verdict.OK, "60 s off"),
        (-10, False, Verdict.WARNING, "10m behind"),
        (-120, False, Verdict.FAILED, "2h behind the receiver's; samples are not sent"),
        (-120, True, Verdict.WARNING, "although the kernel reports"),
        (3 * 1440, False, Verdict.FAILED, "3 days ahead of"),
    ],
)
def test_the_receivers_word(
    minutes: int,
    is_synchronized: bool,  # noqa: FBT001
    verdict: Verdict,
    words: str,
) -> None:
    instant = an_instant(NOW + 60_000 * minutes, is_synchronized=is_synchronized)
    line = time_line(moment(NOW), instant, is_trusted=False)

    assert line.verdict is verdict
    assert words in line.seen


def test_a_receiver_that_tells_no_date_vouches_for_nothing() -> None:
    assert time_line(None, an_instant(), is_trusted=False).verdict is Verdict.WARNING
    assert time_line(None, an_instant(), is_trusted=True).verdict is Verdict.OK
