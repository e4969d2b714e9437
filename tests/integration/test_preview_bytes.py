"""The preview, encoded by the specification alone, is what a receiver gets, byte for byte."""

import struct
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.integration.previews import shown_preview
from tests.support.clocks.device_clock import DeviceClock
from tests.support.decoder import decompress_block
from tests.support.device import Device
from tests.support.fault_receiver import Answer, FaultReceiver, always
from tests.support.waiting import wait_for

FASTER = 120
GATHER_SECONDS = 90
LONG_LABELS = {f"label_{number:02}": f"{number:02}" * 120 for number in range(16)}
"""So long that 24 passes fill a request."""
SHAPES: Mapping[str, tuple[int, Mapping[str, Any]]] = {
    "averaged": (6, {"aggregation": "Average", "usageUnit": "Absolute"}),
    "shaped": (
        6,
        {
            "externalLabels": {"site": "Main Street 1", "a": 'ä " \\ \n'},
            "anonymizeLabels": ["instance", "site"],
            "metrics": {"exclude": ["pods", "cluster_version"]},
        },
    ),
    "long": (60, {"externalLabels": LONG_LABELS}),
}
"""By name: how many passes are to wait, and the spec."""


def varint(value: int) -> bytes:
    digits = []
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*digits, value])


def message(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def sample(time_ms: int, value: float) -> bytes:
    """Write a sample; proto3 leaves out a 0."""
    number = struct.pack("<d", value)
    written = b"" if number == bytes(8) else varint(1 << 3 | 1) + number
    return written + varint(2 << 3) + varint(time_ms)


def write_request(shown: Any) -> bytes:
    """Encode a request of a preview as remote write 1.0 and protobuf.dev say."""

    def series(each: Any) -> Iterator[bytes]:
        for name, value in each["labels"].items():
            yield message(1, message(1, name.encode()) + message(2, value.encode()))
        for time_ms, value in each["samples"]:
            yield message(2, sample(time_ms, value))

    return b"".join(message(1, b"".join(series(each))) for each in shown["series"])


@pytest.mark.timeout(300)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_shown_is_what_is_sent_byte_for_byte(
    shape: str, device: Device, clock: DeviceClock
) -> None:
    passes, spec = SHAPES[shape]
    with FaultReceiver(always(Answer(503))) as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, samplingInterval="1m", requested_at="1", **spec)
        device.wait_for("Reporting", "Retrying")
        clock.speed = FASTER
        wait_for(
            "passes to wait",
            lambda: device.status().get("pendingSamples", 0) >= 12 * passes,
            GATHER_SECONDS,
        )
        clock.speed = 1
        device.apply(endpoint=receiver.url, samplingInterval="24h", requested_at="2", **spec)
        device.wait_until_handled("2")
        device.wait_for("Reporting", "Retrying")
        shown = shown_preview(operator)
        before = len(receiver.requests)
        receiver.script = always(Answer(204))
        device.wait_for("Reporting", "ReportDelivered", seconds=90)

    sent = [decompress_block(each.body) for each in receiver.requests[before:]]
    assert sent == [write_request(each) for each in shown["requests"]]
    assert len(sent) >= {"averaged": 1, "shaped": 2, "long": 4}[shape]
    told = [each["timeMs"] for request in shown["requests"] for each in request["times"]]
    assert len(told) == len(set(told)) >= (1 if shape == "averaged" else passes)
