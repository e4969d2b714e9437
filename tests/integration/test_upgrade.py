"""From version 0.1.0 to this one during an outage, back, and forward again: no sample is lost.

Each version runs from its own lock, under its own CRD and permissions.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from microshift_telemetry.clock import milliseconds
from microshift_telemetry.sample.metrics import CATALOGUE, Kind
from tests.integration.previews import shown_preview
from tests.support.clocks.device_clock import DeviceClock
from tests.support.decoder import decode_request
from tests.support.device import NAMESPACE, SERVICE_ACCOUNT, Device
from tests.support.fault_receiver import FaultReceiver
from tests.support.first_version import FirstOperator, unpack
from tests.support.go_toolchain import REPOSITORY
from tests.support.operator_process import OperatorProcess

HOURS = 27
MAX_AGE = timedelta(hours=24)
BUFFER = {"maxAge": "24h"}
"""A journal of more hours is full: the oldest passes are gone."""
EVERY_PASS = {metric.name for metric in CATALOGUE if metric.kind is Kind.DYNAMIC}
AN_HOUR = timedelta(hours=1)

Samples = Mapping[tuple[frozenset[tuple[str, str]], int], float]
"""Labels and time in ms → value."""


class Versions:
    """A device whose operator is replaced by that of another version."""

    def __init__(self, device: Device, clock: DeviceClock, first: Path) -> None:
        self.device = device
        self._clock = clock
        self._first = first
        self._hours = 0

    @contextmanager
    def first(self) -> Iterator[OperatorProcess]:
        """Run version 0.1.0."""
        with self._run(self._first, FirstOperator) as operator:
            yield operator

    @contextmanager
    def newest(self) -> Iterator[OperatorProcess]:
        """Run this version."""
        with self._run(REPOSITORY, OperatorProcess) as operator:
            yield operator

    def live(self, hours: int) -> None:
        """Let so many hours pass, with a try to report in each."""
        for _ in range(hours):
            self._hours += 1
            self._clock.suspend(AN_HOUR)
            self.report()

    def report(self) -> None:
        """Try to report, whatever comes of it."""
        value = f"{self._hours} h, {self._clock.true_time()}"
        self.device.request_report(value)
        self.device.wait_until_handled(value)

    @contextmanager
    def _run(self, manifests: Path, version: type[OperatorProcess]) -> Iterator[OperatorProcess]:
        kubectl = self.device.control_plane.kubectl
        for each in ("crds", "deploy/base"):
            kubectl("apply", "--server-side", "--force-conflicts", "-k", str(manifests / each))
        with version(
            self.device.directory,
            self.device.control_plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT),
            self.device.host_root,
            environment={"TELEMETRY_NAMESPACE": NAMESPACE, **self._clock.environment()},
        ) as operator:
            operator.wait_until_healthy()
            yield operator
            assert "Traceback" not in operator.log()


@pytest.fixture
def versions(own_device: Device, clock: DeviceClock, tmp_path: Path) -> Versions:
    return Versions(own_device, clock, unpack(tmp_path / "first"))


def waiting(operator: OperatorProcess) -> Samples:
    """Give what the next report would have."""
    return {
        (frozenset(series["labels"].items()), time_ms): value
        for request in shown_preview(operator)["requests"]
        for series in request["series"]
        for time_ms, value in series["samples"]
    }


def arrived(receiver: FaultReceiver) -> Samples:
    return {
        (frozenset(series.labels), time_ms): value
        for request in receiver.requests
        for series in decode_request(request.body)
        for time_ms, value in series.samples
    }


def times(samples: Samples) -> set[int]:
    return {time_ms for _, time_ms in samples}


def kept(samples: Samples, since_ms: int) -> Samples:
    """Leave what has to be delivered: of the last pass only what a newer one does not replace.

    A static series goes out with the newest pass alone, and so does a pass that was asked for.
    """
    newest_ms = max(times(samples))
    return {
        (labels, time_ms): value
        for (labels, time_ms), value in samples.items()
        if since_ms <= time_ms < newest_ms and dict(labels)["__name__"] in EVERY_PASS
    }


@pytest.mark.timeout(900)
def test_a_full_journal_of_the_first_version_is_taken_over_and_the_way_back_costs_nothing(
    versions: Versions, clock: DeviceClock
) -> None:
    device, receiver = versions.device, FaultReceiver()
    with versions.first() as operator:
        device.apply(endpoint=receiver.url, buffer=BUFFER, sendingInterval="1h")
        versions.live(HOURS)
        of_the_first, dropped = waiting(operator), device.status()["droppedSamples"]
    with versions.newest() as operator:
        versions.report()
        taken_over = waiting(operator)
        versions.live(2)
        upgraded = waiting(operator)
    with versions.first() as operator:
        versions.live(2)
        rolled_back = waiting(operator)
    with versions.newest() as operator, receiver:
        versions.report()
        device.wait_for("Reporting", "ReportDelivered")
        delivered = arrived(receiver)

    assert dropped > 0, "the journal was not full"
    assert len(times(of_the_first)) >= HOURS - 3
    assert kept(of_the_first, 0).items() <= taken_over.items()
    assert times(rolled_back).isdisjoint(times(upgraded)), "0.1.0 reads no newer journal"
    since_ms = milliseconds(clock.true_time() - MAX_AGE)
    for each in (of_the_first, upgraded, rolled_back):
        assert kept(each, since_ms), "nothing of it waited"
        assert kept(each, since_ms).items() <= delivered.items()
    assert device.status()["pendingSamples"] == 0
