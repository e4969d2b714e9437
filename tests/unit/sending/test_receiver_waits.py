"""What a receiver asks us to wait, as it comes over a real connection."""

from tests.support.fault_receiver import Answer, FaultReceiver, always
from tests.unit.sending.test_receiver import post


async def test_a_receivers_retry_after_reaches_us_in_seconds() -> None:
    busy = always(Answer(429, headers={"Retry-After": "90"}))
    with FaultReceiver(busy) as fake:
        answer = await post(fake.url)

    assert answer.retry_after_seconds == 90
