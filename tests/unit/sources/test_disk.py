import subprocess
from pathlib import Path

import pytest

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.disk import DiskCapacity, DiskUsage
from microshift_telemetry.sources.host import Host, HostError, HostFileMissingError
from microshift_telemetry.sources.images import IMAGE_STORE
from tests.unit.sources.canned_api import CannedApi
from tests.unit.sources.surroundings import HOSTS, NODE_NAME, a_host, a_node, shared_reads


def df(path: Path) -> tuple[int, int]:
    """Ask `df` for total and used bytes."""
    said = subprocess.run(
        ["df", "-B1", "--output=size,used", path], capture_output=True, text=True, check=True
    )
    total, used = said.stdout.splitlines()[1].split()
    return int(total), int(used)


async def test_disk_in_use_is_what_df_says(kube: KubeClient) -> None:
    readings = await DiskUsage().collect(shared_reads(kube))

    total, used = df(HOSTS / "rhel-rpm" / IMAGE_STORE)
    reading = readings.readings[0]
    assert reading.series == Series.of("cluster:disk_usage_bytes:sum")
    assert reading.total == total
    assert reading.value == pytest.approx(used, abs=0.05 * total)


async def test_disk_capacity_is_what_df_says_with_the_labels_of_the_device(
    kube: KubeClient,
) -> None:
    readings = await DiskCapacity().collect(shared_reads(kube, "fedora-rpm"))

    total, _ = df(HOSTS / "fedora-rpm" / IMAGE_STORE)
    series = Series.of(
        "cluster:capacity_disk_bytes:sum",
        label_kubernetes_io_arch="amd64",
        label_node_openshift_io_os_id="fedora",
        label_beta_kubernetes_io_instance_type="rhde",
    )
    assert readings.readings == (Reading(series, total),)


async def test_a_lost_mount_is_an_error_that_names_the_folder(kube: KubeClient) -> None:
    with pytest.raises(HostFileMissingError, match=rf"^/{IMAGE_STORE}: no such file$"):
        await DiskUsage().collect(shared_reads(kube, "lost-mounts"))


def test_a_filesystem_without_a_size_is_an_error() -> None:
    with pytest.raises(HostError, match=r"^/1: on a filesystem without a size$"):
        Host(Path("/proc")).disk_usage("1")


async def test_a_cluster_of_several_nodes_is_told_apart(api: CannedApi, kube: KubeClient) -> None:
    api.lay_down(
        {
            "/api/v1/nodes": {
                "items": [a_node()],
                "metadata": {"continue": "more", "remainingItemCount": 2},
            }
        }
    )

    readings = await DiskCapacity().collect(shared_reads(kube))

    assert readings.note == f"only node {NODE_NAME} is measured; the cluster has more nodes: 2"
    assert len(readings.readings) == 1


def test_the_device_file_is_named_as_the_device_knows_it() -> None:
    with pytest.raises(HostFileMissingError, match=r"^/var/lib/none: no such file$"):
        a_host().disk_usage("var/lib/none")
