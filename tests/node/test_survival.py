"""What a device goes through in its life, while its receiver is away: no sample may be lost."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from microshift_telemetry import __version__
from microshift_telemetry.clock import SystemClock
from microshift_telemetry.controller.schedule import EPOCH, grids
from tests.node.images import NEXT_VERSION
from tests.node.installation import Installation
from tests.node.machine import processes
from tests.support.prometheus import Prometheus
from tests.support.waiting import wait_for

OPERATOR = "-m\0microshift_telemetry"
MINUTELY = timedelta(minutes=1)
SOON = timedelta(seconds=15)
"""After its point of the grid a pass is told at the latest."""
LOOK_SECONDS = 0.02


class Samples:
    """Waits for passes of the grid, and remembers when they were made.

    A pass off it, such as the one of a start, makes room for the next: it is nobody's loss.
    """

    def __init__(self, installation: Installation) -> None:
        self.times: list[datetime] = []
        self._installation = installation

    def take(self) -> str:
        """Wait for another pass, and tell which version of the operator made it."""
        status = wait_for("another pass of the grid", self._taken, 150)
        self.times.append(datetime.fromisoformat(status["lastSampleTime"]))
        return str(status["operatorVersion"])

    def _taken(self) -> Mapping[str, Any] | None:
        status = self._installation.status()
        made = datetime.fromisoformat(status.get("lastSampleTime", "1970-01-01T00:00:00Z"))
        grid = grids(status.get("clusterID", ""), MINUTELY, MINUTELY).passes
        is_on_grid = (made - EPOCH - grid.offset) % MINUTELY < SOON
        is_new = not self.times or made > self.times[-1]
        return status if is_new and is_on_grid else None


class Writers(threading.Thread):
    """Looks again and again how many operator processes there are on the node."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[frozenset[int]] = set()
        self._stop_looking = threading.Event()

    def run(self) -> None:
        while not self._stop_looking.wait(LOOK_SECONDS):
            self.seen.add(frozenset(processes(OPERATOR)))

    def stop(self) -> None:
        self._stop_looking.set()
        self.join()


@contextmanager
def watching() -> Iterator[Writers]:
    writers = Writers()
    writers.start()
    try:
        yield writers
    finally:
        writers.stop()


@pytest.mark.timeout(1200)
def test_kill_power_cut_update_and_way_back_lose_no_sample_and_one_writes(
    installation: Installation, receiver: Prometheus
) -> None:
    samples, began = Samples(installation), SystemClock().now()
    installation.apply(endpoint=receiver.remote_write_url, sendingInterval="1m")
    with watching() as writers:
        installation.wait_for("Reporting", "ReportDelivered")
        samples.take()
        receiver.stop()
        samples.take()
        installation.kill_container()
        samples.take()
        installation.lose_power()
        samples.take()
        installation.roll_out(NEXT_VERSION)
        updated = samples.take()
        installation.roll_back()
        rolled_back = samples.take()
        installation.roll_back()
        forward_again = samples.take()
        waiting = installation.status()
        with receiver:
            samples.take()
            installation.request_report("the receiver is back")
            installation.wait_until_handled("the receiver is back")
            installation.wait_for("Reporting", "ReportDelivered")
            stored = receiver.samples(
                "cluster:memory_usage_bytes:sum", began, SystemClock().now() + timedelta(minutes=1)
            )

    [series] = stored.values()
    arrived = [datetime.fromtimestamp(ms // 1000, UTC) for ms, _ in series]
    assert set(samples.times) <= set(arrived)
    assert len(samples.times) == len(set(samples.times)) == 8
    assert (updated, rolled_back, forward_again) == (NEXT_VERSION, __version__, NEXT_VERSION)
    assert waiting["pendingSamples"] > 0
    assert installation.status()["droppedSamples"] == 0
    assert max(len(at_once) for at_once in writers.seen) == 1
    assert len(frozenset().union(*writers.seen)) == 6
