"""An outage of two days, and what a real Prometheus takes of it once others have moved its head.

An empty database takes everything, so another device reports before ours can.
"""

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.clock import SystemClock, milliseconds
from tests.support.clocks.device_clock import DeviceClock
from tests.support.device import Device
from tests.support.journals import journal
from tests.support.prometheus import Prometheus, write_request
from tests.support.tools import Tools

OUTAGE_HOURS = 48
AN_HOUR = timedelta(hours=1)
AN_HOUR_MS = 3_600_000

MEMORY = ("__name__", "cluster:memory_usage_bytes:sum")
"""Tells when it was read: the passes differ."""
LINK_IS_BACK = "the link is back"

Labels = tuple[tuple[str, str], ...]
Samples = dict[tuple[Labels, int], float]
"""Sorted labels, `__name__` included and `_id` not, and the time in ms → the value."""


@pytest.mark.timeout(600)
def test_after_two_days_without_a_link_prometheus_has_what_its_window_allows(
    own_device: Device, clock: DeviceClock, tools: Tools, tmp_path: Path
) -> None:
    device = own_device
    strict = Prometheus(tmp_path / "strict", tools)
    patient = Prometheus(tmp_path / "patient", tools, out_of_order_window="7d")
    receivers = {"strict": strict, "patient": patient}
    for name, receiver in receivers.items():
        device.apply(name, endpoint=receiver.remote_write_url, usageUnit="Absolute")
    _live_through_an_outage(device, clock, tuple(receivers))
    made = {name: _samples(journal(device, name)) for name in receivers}

    with strict, patient:
        head_ms = _bring_the_link_back(device, receivers)
        stored = {name: _stored(receiver) for name, receiver in receivers.items()}

    for name in receivers:
        _assert_two_days(made[name])
        _assert_newest_pass_arrived(stored[name], head_ms)
        assert device.status(name)["pendingSamples"] == 0
    # A head takes what is at most an hour behind it: the last pass of the outage.
    refused = {key for key in made["strict"] if key[1] < head_ms - AN_HOUR_MS}
    assert len(_times(refused)) >= OUTAGE_HOURS - 2
    assert refused < made["strict"].keys()
    assert _before(head_ms, stored["strict"]) == _without(refused, made["strict"])
    assert device.status("strict")["droppedSamples"] == len(refused)
    assert device.condition("Ready", "strict")["status"] == "True"
    told = device.condition("Reporting", "strict")
    assert told["reason"] == "OldSamplesRejected"
    assert told["message"] == (
        "the receiver accepted the newest samples and rejected older ones (400: out of bounds), "
        "which are dropped; widen the receiver's out-of-order window"
    )
    assert _before(head_ms, stored["patient"]) == made["patient"]
    assert device.status("patient")["droppedSamples"] == 0
    assert device.condition("Reporting", "patient")["reason"] == "ReportDelivered"


def _live_through_an_outage(device: Device, clock: DeviceClock, names: tuple[str, ...]) -> None:
    """Have a pass and a try to report each hour, with nobody there to take it; cut the power then.

    The device sleeps meanwhile.
    """
    clock.boot(at=clock.true_time() - (OUTAGE_HOURS + 0.5) * AN_HOUR)
    clock.synchronize()
    with device.operator() as operator:
        for hour in range(OUTAGE_HOURS):
            clock.suspend(AN_HOUR)
            for name in names:
                device.request_report(f"hour {hour}", name)
            for name in names:
                device.wait_until_handled(f"hour {hour}", name)
        for name in names:
            device.wait_for("Reporting", "EndpointUnreachable", name, words="connection refused")
        operator.kill()
        assert "Traceback" not in operator.log()
    clock.boot(at=SystemClock().now())
    clock.synchronize()


def _bring_the_link_back(device: Device, receivers: Mapping[str, Prometheus]) -> int:
    """Let our device report once another one has; give the instant of the other's sample, ms."""
    head_ms = milliseconds(SystemClock().now())
    for name, receiver in receivers.items():
        assert receiver.write(write_request(head_ms, 1.0)) == 204
        device.request_report(LINK_IS_BACK, name)
    with device.operator() as operator:
        for name in receivers:
            device.wait_until_handled(LINK_IS_BACK, name)
        assert "Traceback" not in operator.log()
    return head_ms


def _samples(ledger: Ledger) -> Samples:
    """Give what waits to be sent; with `usageUnit: Absolute` values go out as they were read.

    A pass off the grid waits for nobody: a newer one takes its place.
    """
    backlog = ledger.backlog
    times_ms = [each for each in backlog.times_ms if each != ledger.extra_ms]
    return {
        ((("__name__", series.metric), *series.labels), time_ms): reading.value
        for series in backlog.series()
        for time_ms, reading in backlog.readings(series, times_ms)
    }


def _stored(prometheus: Prometheus) -> Samples:
    """Give all that a device has delivered."""
    now = SystemClock().now()
    found = prometheus.samples('{_id!=""}', now - (OUTAGE_HOURS + 2) * AN_HOUR, now)
    return {
        (tuple(label for label in labels if label[0] != "_id"), time_ms): value
        for labels, samples in found.items()
        for time_ms, value in samples
    }


def _assert_two_days(made: Samples) -> None:
    """Check the passes that were made: an hour apart, and each told from the next by its memory."""
    times = _times(made)
    assert len(times) >= OUTAGE_HOURS - 1
    assert max(after - before for before, after in pairwise(times)) < 1.1 * AN_HOUR_MS
    moments = [value for (labels, _), value in sorted(made.items()) if MEMORY in labels]
    assert len(moments) == len(set(moments)) == len(times)


def _assert_newest_pass_arrived(stored: Samples, head_ms: int) -> None:
    """Check that the pass after the outage is there, static series included."""
    fresh = {key for key in stored if key[1] > head_ms}
    assert len(_times(fresh)) == 1
    assert len(fresh) >= 16


def _times(keys: Mapping[tuple[Labels, int], float] | set[tuple[Labels, int]]) -> list[int]:
    return sorted({time_ms for _, time_ms in keys})


def _before(moment_ms: int, samples: Samples) -> Samples:
    return {key: value for key, value in samples.items() if key[1] <= moment_ms}


def _without(keys: set[tuple[Labels, int]], samples: Samples) -> Samples:
    return {key: value for key, value in samples.items() if key not in keys}
