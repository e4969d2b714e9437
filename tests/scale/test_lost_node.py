"""Thanos with three receivers, as `examples/receivers/thanos` runs it, loses some of them."""

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from microshift_telemetry.clock import SystemClock, milliseconds
from tests.scale.accounts import Account, account
from tests.scale.balancer import Balancer
from tests.scale.device import NO_ANSWER, Device
from tests.scale.engines import Thanos
from tests.scale.fleet import report_all
from tests.scale.witness import Sample, Status, Witness, is_ready, reason
from tests.support import device as real
from tests.support.control_plane import ControlPlane

DEVICES = int(os.environ.get("TEST_SCALE_DEVICES", "300"))  # noqa: TID251  # for tests only
AFTER_LOSS = 30
SAMPLES = 25 * 12 + 5
"""Of a report: 24 passes that wait, a fresh one, and the static series."""
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture
def thanos(tmp_path: Path) -> Iterator[Thanos]:
    engine = Thanos(tmp_path / "thanos")
    with engine.pods:
        yield engine


@pytest.fixture
def device(control_plane: ControlPlane, tmp_path: Path) -> Iterator[real.Device]:
    device = real.Device(control_plane, tmp_path / "device")
    yield device
    device.clean_up()


def test_no_sample_is_lost_with_a_receiver_and_no_device_is_told_wrongly(
    thanos: Thanos, device: real.Device
) -> None:
    fleet = fleet_of(DEVICES)
    lost = thanos.pods.pods["thanos-receive-1"]
    with Balancer(thanos.entries()) as service, device.operator() as operator:
        url = f"http://{service.address}{thanos.path}"
        device.apply(requested_at="first", endpoint=url, reportHistoryLimit=100)
        device.wait_for("Reporting", "ReportDelivered")
        with Witness(device, operator) as witness:
            reported = report_all(fleet, url, {DEVICES // 2: lost.kill})
        status = witness.report_until_delivered()
        history = witness.history()

    print(f"\n{reported}\n{service.refused} connections met the lost receiver")
    assert service.refused > 0
    assert reported.answers.keys() <= {200, NO_ANSWER}
    assert (reported.incomplete, reported.dropped) == (0, 0)
    assert account(fleet, thanos) == Account(due=DEVICES * SAMPLES, missing=0, unknown=0)

    stored = stored_of(status["clusterID"], thanos)
    assert {each for request in history if request.is_taken for each in request.samples} <= stored
    assert stored <= {each for request in history for each in request.samples}
    for each in (*witness.statuses, status):
        assert_is_true(each, stored)
    assert is_ready(status)
    assert (status["pendingSamples"], status["droppedSamples"]) == (0, 0)

    lost.start()
    lost.wait_until_ready()
    assert account(fleet, thanos) == Account(due=DEVICES * SAMPLES, missing=0, unknown=0)


def test_without_two_receivers_devices_hear_503_and_lose_nothing(thanos: Thanos) -> None:
    fleet = fleet_of(AFTER_LOSS)
    lost = [thanos.pods.pods[f"thanos-receive-{number}"] for number in (1, 2)]

    def lose() -> None:
        for each in lost:
            each.kill()
        asyncio.get_running_loop().call_later(5, lost[1].start)

    with Balancer(thanos.entries()[:1]) as service:
        reported = report_all(fleet, f"http://{service.address}{thanos.path}", {1: lose})

    assert reported.answers.get(503, 0) > 0
    assert reported.answers.keys() <= {200, 503, NO_ANSWER}
    assert (reported.incomplete, reported.dropped) == (0, 0)
    assert account(fleet, thanos) == Account(due=AFTER_LOSS * SAMPLES, missing=0, unknown=0)


def assert_is_true(status: Status, stored: frozenset[Sample]) -> None:
    """Compare what a status says with what is stored: a report was asked for just before."""
    newest = datetime.fromisoformat(status["lastSampleTime"])
    is_stored = any(time_ms // 1000 == newest.timestamp() for _, time_ms, _ in stored)

    assert status["droppedSamples"] == 0
    if reason(status, "Reporting") == "ReportDelivered":
        assert is_stored, status
        assert status["pendingSamples"] == 0
    else:
        assert reason(status, "Reporting") in {"EndpointUnreachable", "Retrying"}
        assert status["pendingSamples"] > 0


def stored_of(cluster_id: str, thanos: Thanos) -> frozenset[Sample]:
    """Read back what there is of one device."""
    found = thanos.read([cluster_id]).items()
    return frozenset((labels, *sample) for labels, samples in found for sample in samples)


def fleet_of(devices: int) -> list[Device]:
    """Give devices whose daily report is due now."""
    now_ms = milliseconds(SystemClock().now())
    return [Device(number, now_ms) for number in range(devices)]
