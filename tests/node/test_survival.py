"""What a device goes through in its life, while its receiver is away: no sample may be lost."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from microshift_telemetry import __version__
from microshift_telemetry.clock import SystemClock
from tests.node.images import NEXT_VERSION
from tests.node.installation import Installation
from tests.node.machine import processes
from tests.support.prometheus import Prometheus

OPERATOR = "-m\0microshift_telemetry"
NEVER = "744h"
"""The longest interval there is: only what the test asks for is sampled and reported."""
LOOK_SECONDS = 0.02


class Samples:
    """Asks for samples, and remembers when the operator says that it took them.

    One that was not delivered is superseded by the next one, and is no loss.
    """

    def __init__(self, installation: Installation) -> None:
        self.times: list[datetime] = []
        self._installation = installation
        self._numbers = itertools.count(1)

    def take(self) -> str:
        """Take one, try to report it, and tell which version of the operator did."""
        value = f"sample-{next(self._numbers)}"
        self._installation.request_report(value)
        status = self._installation.wait_until_handled(value)
        self.times.append(datetime.fromisoformat(status["lastSampleTime"]))
        return str(status["operatorVersion"])


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


def stored_times(receiver: Prometheus, since: datetime) -> set[datetime]:
    """Give the seconds of which the receiver has samples of a series."""
    until = SystemClock().now() + timedelta(minutes=1)
    [series] = receiver.samples("cluster:memory_usage_bytes:sum", since, until).values()
    return {datetime.fromtimestamp(ms // 1000, UTC) for ms, _ in series}


@pytest.mark.timeout(600)
def test_kill_power_cut_update_and_way_back_lose_no_sample_and_one_writes(
    installation: Installation, receiver: Prometheus
) -> None:
    samples, began = Samples(installation), SystemClock().now()
    installation.apply(
        endpoint=receiver.remote_write_url, samplingInterval=NEVER, sendingInterval=NEVER
    )
    with watching() as writers:
        samples.take()
        installation.wait_for("Reporting", "ReportDelivered")
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
            installation.wait_for("Reporting", "ReportDelivered")
            arrived = stored_times(receiver, began)

    # A retry may deliver the seventh when the receiver is back, before the eighth supersedes it.
    assert {samples.times[0], samples.times[7]} <= arrived
    assert not arrived & set(samples.times[1:6])
    assert len(samples.times) == len(set(samples.times)) == 8
    assert (updated, rolled_back, forward_again) == (NEXT_VERSION, __version__, NEXT_VERSION)
    assert waiting["pendingSamples"] > 0
    after = installation.status()
    assert after["pendingSamples"] == after["droppedSamples"] == 0
    assert max(len(at_once) for at_once in writers.seen) == 1
    assert len(frozenset().union(*writers.seen)) == 6
