"""`spec.selfMetrics` on the real operator: three series more, with the values of its status."""

from collections.abc import Iterable

from microshift_telemetry import __version__
from microshift_telemetry.spec.shaping import (
    BUILD_INFO,
    DROPPED_SAMPLES,
    OLDEST_PENDING,
    SELF_METRICS,
)
from tests.support.clocks.device_clock import DeviceClock
from tests.support.decoder import DecodedSeries, decode_request
from tests.support.device import Device
from tests.support.fault_receiver import FaultReceiver, RecordedRequest
from tests.support.waiting import wait_for

MINUTELY = {"sendingInterval": "1m", "aggregation": "None", "selfMetrics": "Enabled"}


def series_of(requests: Iterable[RecordedRequest]) -> dict[str, list[DecodedSeries]]:
    found: dict[str, list[DecodedSeries]] = {}
    for request in requests:
        for series in decode_request(request.body):
            found.setdefault(dict(series.labels)["__name__"], []).append(series)
    return found


def test_a_report_has_17_series_and_with_them_20(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator():
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_until_handled("1")
        without = series_of(receiver.requests)
        device.apply(endpoint=receiver.url, requested_at="2", selfMetrics="Enabled")
        device.wait_until_handled("2")
        report = series_of(receiver.requests[-1:])

    assert sum(map(len, without.values())) == 17
    assert sum(map(len, report.values())) == 20
    assert report.keys() - without.keys() == SELF_METRICS
    [build] = report[BUILD_INFO]
    assert dict(build.labels)["version"] == __version__
    assert [value for _, value in build.samples] == [1]
    assert [value for _, value in report[DROPPED_SAMPLES][0].samples] == [0]


def test_the_count_of_drops_is_that_of_the_status(device: Device, clock: DeviceClock) -> None:
    clock.speed = 20
    device.apply(endpoint="http://127.0.0.1:9/", **MINUTELY)
    with FaultReceiver() as receiver, device.operator():
        wait_for("an outage", lambda: device.status().get("pendingSamples", 0) >= 5 * 14, 60)
        device.apply(endpoint=receiver.url, requested_at="1", **MINUTELY)
        device.wait_until_handled("1")
        device.wait_for("Reporting", "ReportDelivered")
        status, sent = device.status(), series_of(receiver.requests)

    values = [value for series in sent[DROPPED_SAMPLES] for _, value in series.samples]
    assert set(values) == {status["droppedSamples"]}
    assert values[-1] > 0
    assert sent[OLDEST_PENDING][0].samples[0][1] == 0
