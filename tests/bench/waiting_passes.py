"""A journal with passes that wait, as an operator that was long offline has left it."""

import random
from datetime import datetime, timedelta
from pathlib import Path

from microshift_telemetry.buffer.journal import Image
from microshift_telemetry.buffer.journal_file import JournalFile
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.records import PassMade, Remembered
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.clock import milliseconds
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.bench.testbed import Testbed
from tests.support.surroundings import MACHINE_ID, NODE_ADDRESS

COUNTED = (
    "pods",
    "namespaces",
    "services",
    "ingresses.networking.k8s.io",
    "routes.route.openshift.io",
    "customresourcedefinitions.apiextensions.k8s.io",
    "images",
)
GIB = float(1 << 30)


def lay_waiting_passes(testbed: Testbed, passes: int, interval: timedelta, last: datetime) -> None:
    """Write a journal for the testbed's TelemetryConfig; its operator must not run.

    Args:
        testbed: with the object applied.
        passes: how many wait.
        interval: between two of them.
        last: when the youngest was made.
    """
    uid = testbed.read()["metadata"]["uid"]
    cluster_id = testbed.control_plane.kubectl(
        "get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"
    )
    numbers = random.Random(1)  # noqa: S311  # the same load at every run
    origin = parse_endpoint(testbed.endpoint, "spec.endpoint").origin
    last_report_ms = milliseconds(last - passes * interval)
    ledger = Ledger(Remembered(last_report_ms=last_report_ms, origin=origin))
    for number in range(passes):
        at = last - (passes - 1 - number) * interval
        ledger.apply(PassMade(SamplePass(milliseconds(at), _readings(numbers))))
    path = testbed.device.directory / "state"
    _write(path, Owner.of(uid, cluster_id, MACHINE_ID), ledger)


def _write(path: Path, owner: Owner, ledger: Ledger) -> None:
    path.mkdir(parents=True, exist_ok=True)
    directory = StateDirectory(path)
    journal = JournalFile(directory, owner)
    journal.load()
    journal.rewrite(Image.of(owner, ledger))
    directory.release()


def _readings(numbers: random.Random) -> tuple[Reading, ...]:
    """Make up what changes as on a device: usage always, counts now and then."""
    usage = "cluster:usage:resources:sum"
    counts = (
        Reading(Series.of(usage, resource=kind), float(20 + numbers.randrange(3)))
        for kind in COUNTED
    )
    return (
        Reading(Series("cluster:cpu_usage_cores:sum"), numbers.uniform(0.1, 1.9), 2.0),
        Reading(Series("cluster:memory_usage_bytes:sum"), float(numbers.randrange(1 << 30)), GIB),
        Reading(Series("cluster:disk_usage_bytes:sum"), float(numbers.randrange(1 << 30)), GIB),
        *counts,
        Reading(Series("cluster:usage:containers:sum"), float(30 + numbers.randrange(4))),
        Reading(
            Series.of("instance:etcd_object_counts:sum", instance=NODE_ADDRESS),
            float(400 + numbers.randrange(20)),
        ),
    )
