"""What a receiver asks us to wait, as it comes over a real connection."""

from microshift_telemetry.remote_write.receiver import Receiver
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.fault_receiver import Answer, FaultReceiver, always


async def test_a_receivers_retry_after_reaches_us_in_seconds() -> None:
    busy = always(Answer(429, headers={"Retry-After": "90"}))
    with FaultReceiver(busy) as fake:
        async with Receiver(parse_endpoint(fake.url, "spec.endpoint"), None, None) as receiver:
            answer = await receiver.post(b"")

    assert answer.retry_after_seconds == 90
