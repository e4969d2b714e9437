"""The 17 series as they should be, computed without a line of the operator's code."""

import json
import subprocess
from pathlib import Path

from tests.demo.cluster import Cluster
from tests.demo.comparison import Expected, Labels, Tolerance
from tests.demo.machine import PROC, Machine, disk_size_and_used

IMAGE_STORE = "var/lib/containers/storage/overlay-images"


class GroundTruth:
    """Asks the cluster, the machine and the device's files, each in another way than the operator.

    Usage is in percent of the total, the unit that a TelemetryConfig has by default.
    """

    def __init__(self, cluster: Cluster, machine: Machine, host_root: Path) -> None:
        """Ask nothing yet."""
        self._cluster = cluster
        self._machine = machine
        self._host_root = host_root

    def expected(self, before_ms: float | None, now_ms: float) -> list[Expected]:
        """Compute all series for a pass, given the one before it (`None`: it was the first)."""
        return [
            *self._capacities(),
            self._cpu(before_ms, now_ms),
            self._memory(now_ms),
            self._disk(),
            *self._counts(),
            *self._versions(),
            self._stored_objects(),
        ]

    def _capacities(self) -> list[Expected]:
        node_labels = self._cluster.node().metadata.labels
        labels = _labels(
            label_kubernetes_io_arch=node_labels["kubernetes.io/arch"],
            label_node_openshift_io_os_id=self._os_release("ID"),
            label_beta_kubernetes_io_instance_type=node_labels["node.kubernetes.io/instance-type"],
        )
        cpu, memory = self._cluster.capacity("cpu"), self._cluster.capacity("memory")
        size, _used = disk_size_and_used(self._host_root / IMAGE_STORE)
        return [
            Expected("cluster:capacity_cpu_cores:sum", labels, cpu, "the Node's status"),
            Expected("cluster:capacity_memory_bytes:sum", labels, memory, "the Node's status"),
            Expected("cluster:capacity_disk_bytes:sum", labels, size, "df", _5_percent_of(size)),
        ]

    def _cpu(self, before_ms: float | None, now_ms: float) -> Expected:
        cores = self._machine.mean_cores(before_ms, now_ms)
        percent_of_a_core = 100 / self._machine.cores
        return Expected(
            "cluster:cpu_usage_cores:sum",
            (),
            cores * percent_of_a_core,
            "/proc/stat",
            Tolerance(0.1 * percent_of_a_core, "± 0.1 core"),
        )

    def _memory(self, now_ms: float) -> Expected:
        percent = self._machine.at(now_ms).memory_used_percent
        return Expected(
            "cluster:memory_usage_bytes:sum",
            (),
            percent,
            "/proc/meminfo",
            _5_percent_of(percent),
        )

    def _disk(self) -> Expected:
        size, used = disk_size_and_used(self._host_root / IMAGE_STORE)
        percent = 100 * used / size
        return Expected("cluster:disk_usage_bytes:sum", (), percent, "df", _5_percent_of(percent))

    def _counts(self) -> list[Expected]:
        pods, containers = self._cluster.running()
        images = json.loads((self._host_root / IMAGE_STORE / "images.json").read_text())
        lists = "the client's list"
        counted = [("pods", pods, lists)]
        counted += [(resource, count, lists) for resource, count in self._cluster.objects().items()]
        counted += [("images", len(images), "images.json")]
        return [
            Expected("cluster:usage:resources:sum", _labels(resource=resource), count, source)
            for resource, count, source in counted
        ] + [Expected("cluster:usage:containers:sum", (), containers, lists)]

    def _versions(self) -> list[Expected]:
        version, installed = self._cluster.microshift_version(), _deployment_type()
        source = "the ConfigMap"
        return [
            Expected(
                "cluster_version",
                _labels(version=version, type=f"microshift-{installed}"),
                1,
                source,
            ),
            Expected(
                "microshift_version",
                _labels(
                    version=version,
                    os_version_id=self._os_release("VERSION_ID"),
                    deployment_type=installed,
                ),
                1,
                source,
            ),
        ]

    def _stored_objects(self) -> Expected:
        addresses = self._cluster.node().status.addresses
        internal = next(each.address for each in addresses if each.type == "InternalIP")
        return Expected(
            "instance:etcd_object_counts:sum",
            _labels(instance=internal),
            self._cluster.stored_objects(),
            "etcd's keys",
        )

    def _os_release(self, variable: str) -> str:
        """Let a shell read it: the file is made for that (os-release(5))."""
        told = subprocess.run(
            [
                "sh",
                "-c",
                f'. "$1" && printf %s "${variable}"',
                "sh",
                self._host_root / "usr/lib/os-release",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        return told.stdout


def _deployment_type() -> str:
    return "ostree" if " ostree=" in (PROC / "cmdline").read_text() else "rpm"


def _5_percent_of(value: float) -> Tolerance:
    return Tolerance(0.05 * value, "± 5 %")


def _labels(**pairs: str) -> Labels:
    return tuple(sorted(pairs.items()))
