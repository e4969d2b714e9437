"""From version 0.1.0, in its own image and manifests, to this one and back, while a week waits."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from microshift_telemetry.clock import SystemClock, milliseconds
from tests.node.images import FIRST_VERSION, OPERATOR_IMAGE
from tests.node.installation import STATE, Installation
from tests.node.node import RECEIVER_ADDRESS
from tests.support import first_version
from tests.support.prometheus import Prometheus
from tests.support.tools import Tools
from tests.support.waiting import wait_for

NEVER = "744h"
"""The longest interval there is: only what the test asks for is sampled and reported."""
HOURS = 166
"""As many hourly passes as 0.1.0 keeps, less what the test takes itself."""
METRICS = ("cluster:memory_usage_bytes:sum", "cluster:usage:containers:sum")
SECONDS = 60

WEEK = """
import sys
from pathlib import Path
from microshift_telemetry.buffer.journal import Owner
from microshift_telemetry.buffer.journal_file import JournalFile
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.sample.sample import Reading, SamplePass, Series

path, uid, cluster_id, machine_id, *times = sys.argv[1:]
journal = JournalFile(StateDirectory(Path(path)), Owner.of(uid, cluster_id, machine_id))
live = journal.load().contents
for value, time_ms in enumerate(map(int, times)):
    percent, count = METRICS
    readings = Reading(Series.of(percent), value / 2, 100.0), Reading(Series.of(count), value)
    live.backlog.add(sample_pass := SamplePass(time_ms, readings))
    journal.append(live, sample_pass)
""".replace("METRICS", repr(METRICS))
"""By 0.1.0's own code: an hour each, with a value of its own."""


@pytest.fixture
def first_overlay(tmp_path: Path) -> Path:
    """0.1.0's, with the tag that its image has here."""
    overlay = first_version.unpack(tmp_path / "first") / "deploy" / "overlays" / "kubernetes"
    kustomization = overlay / "kustomization.yaml"
    text = kustomization.read_text()
    tagged = text.replace(f"newTag: {first_version.VERSION}", f"newTag: {FIRST_VERSION}")
    assert tagged != text
    kustomization.write_text(tagged)
    return overlay


@pytest.fixture
def patient(tools: Tools, tmp_path: Path) -> Iterator[Prometheus]:
    """Takes the samples of a week."""
    prometheus = Prometheus(
        tmp_path / "patient", tools, host=RECEIVER_ADDRESS, out_of_order_window="8d"
    )
    yield prometheus
    prometheus.stop()


def write_a_week(installation: Installation) -> Mapping[int, int]:
    """Have a journal of a week, while no operator runs; time in ms → value."""
    kubectl = installation.control_plane.kubectl
    end_ms = milliseconds(SystemClock().now())
    times = [end_ms - hour * 3_600_000 for hour in range(HOURS, 0, -1)]
    owner = (
        kubectl("get", "tcfg", "cluster", "--output=jsonpath={.metadata.uid}"),
        kubectl("get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"),
        kubectl("get", "nodes", "--output=jsonpath={.items[0].status.nodeInfo.machineID}"),
    )
    journals = f"{STATE}/journals"
    machine = installation.node.machine
    machine.run(first_version.python(), "-c", WEEK, journals, *owner, *map(str, times))
    machine.run("chown", "--recursive", "65532:65532", journals)
    return {time_ms: value for value, time_ms in enumerate(times)}


def image(installation: Installation) -> str:
    path = "--output=jsonpath={.items[0].spec.containers[0].image}"
    return installation.kubectl("get", "pods", path)


def pending(installation: Installation) -> int:
    return int(installation.status().get("pendingSamples", 0))


def stored(receiver: Prometheus, metric: str) -> Mapping[int, float]:
    now = SystemClock().now()
    found = receiver.samples(metric, now - timedelta(days=8), now + timedelta(minutes=1))
    [samples] = found.values()
    return dict(samples)


@pytest.mark.timeout(900)
def test_a_week_that_waits_in_version_0_1_0_arrives_whole_after_upgrade_and_way_back(
    installation: Installation, first_overlay: Path, patient: Prometheus
) -> None:
    installation.uninstall()
    installation.remove_state()
    installation.install(str(first_overlay))
    installation.stop()
    installation.apply(
        endpoint=patient.remote_write_url, samplingInterval=NEVER, sendingInterval=NEVER
    )
    week = write_a_week(installation)
    count = len(week) * len(METRICS)

    installation.start()
    assert image(installation) == f"{OPERATOR_IMAGE}:{FIRST_VERSION}"
    wait_for("0.1.0 has its week", lambda: pending(installation) >= count, SECONDS)
    installation.install()
    assert image(installation) != f"{OPERATOR_IMAGE}:{FIRST_VERSION}"
    take_a_pass(installation, "upgraded")
    assert pending(installation) >= count
    installation.install(str(first_overlay))
    take_a_pass(installation, "rolled back")
    assert 0 < pending(installation) < count, "0.1.0 has begun anew"
    installation.install()
    take_a_pass(installation, "forward again")
    assert pending(installation) >= count
    with patient:
        take_a_pass(installation, "the link is back")
        installation.wait_for("Reporting", "ReportDelivered", seconds=SECONDS)
        percents, counts = (stored(patient, metric) for metric in METRICS)

    assert {time: percents.get(time) for time in week} == {time: n / 2 for time, n in week.items()}
    assert {time: counts.get(time) for time in week} == week
    status = installation.status()
    assert (status["pendingSamples"], status["droppedSamples"]) == (0, 0)


def take_a_pass(installation: Installation, value: str) -> None:
    installation.request_report(value)
    installation.wait_until_handled(value)
