"""The receiver's clock says how far the device's is off, and never more than that."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from microshift_telemetry.controller.clock_witness import ClockWitness
from microshift_telemetry.sending.answer import Answer
from tests.support.life import A_MINUTE, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOURLY = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}


def heard(*minutes: float | None) -> str:
    """Hear answers dated so many minutes after the device's noon."""
    witness = ClockWitness()
    for each in minutes:
        witness.hear(None if each is None else NOON + timedelta(minutes=each), NOON)
    return witness.finding


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        ((), ""),
        ((120,), ""),
        ((120, None, 120), "the device's clock is 2h behind the receiver's"),
        ((-119, -121), "the device's clock is 2h ahead of the receiver's"),
        ((5, -5, 4, 5), ""),
        ((120, 0, 120), ""),
        ((120, 120, 0), ""),
        ((7, 6), "the device's clock is 5m behind the receiver's"),
    ],
)
def test_two_answers_in_a_row_must_agree(minutes: tuple[float | None, ...], said: str) -> None:
    assert heard(*minutes) == said


@IN_FAKE_TIME
async def test_a_condition_ends_with_it_and_no_timestamp_changes() -> None:
    async with Life(HOURLY) as life:
        await asyncio.sleep(70 * A_MINUTE)
        life.receiver.judge = lambda _: Answer(
            400, "too far in the future", date=life.clock.now() - timedelta(hours=2)
        )
        await asyncio.sleep(80 * A_MINUTE)
        [reporting] = [each for each in life.status["conditions"] if each["type"] == "Reporting"]

        assert reporting["reason"] == "SamplesRejected"
        assert reporting["message"].endswith("; the device's clock is 2h ahead of the receiver's")
        now_ms = 1000 * life.clock.now().timestamp()
        assert max(life.receiver.posts[-1].times_ms) <= now_ms
