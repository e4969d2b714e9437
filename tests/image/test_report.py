"""A report from the image, for whatever architecture it is built, as a receiver decodes it.

What the device is and does is read a second time: from the kernel's own files, and by kubectl.
"""

import os
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.image.conftest import Image
from tests.image.operator_container import OperatorContainer
from tests.support.control_plane import ControlPlane
from tests.support.decoder import DecodedSeries, decode_request
from tests.support.device import Device
from tests.support.fault_receiver import Answer, FaultReceiver, RecordedRequest
from tests.support.surroundings import (
    MICROSHIFT_VERSION,
    NODE_ADDRESS,
    NODE_CPU_CORES,
    NODE_MEMORY_BYTES,
    NODE_NAME,
    Surroundings,
    count,
    etcd_objects,
    wait_until_counted,
)

DELIVERY_SECONDS = 180
"""An emulated operator takes half a minute to start on a busy machine."""
NODE_LABELS = {
    "label_node_openshift_io_os_id": "rhel",
    "label_beta_kubernetes_io_instance_type": "rhde",
}
DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
RESOURCES = "cluster:usage:resources:sum"

Report = Mapping[frozenset[tuple[str, str]], float]


@pytest.fixture
def device(control_plane: ControlPlane, image: Image, tmp_path: Path) -> Iterator[Device]:
    """Its node is of the image's architecture."""
    label = ("label", "--overwrite", "node", NODE_NAME)
    control_plane.kubectl(*label, f"kubernetes.io/arch={image.storage.architecture.name}")
    device = Device(control_plane, tmp_path)
    yield device
    device.clean_up()


def accept(_: RecordedRequest) -> Answer:
    """As a real receiver, whose date vouches for the clock where the kernel does not."""
    return Answer(headers={"Date": formatdate(usegmt=True)})


def series(name: str, **labels: str) -> frozenset[tuple[str, str]]:
    return frozenset({"__name__": name, **labels}.items())


def newest(decoded: tuple[DecodedSeries, ...], cluster_id: str) -> Report:
    """Give each series' newest value, without the label that all of them must have."""
    assert all(("_id", cluster_id) in each.labels for each in decoded)
    return {frozenset(each.labels) - {("_id", cluster_id)}: each.samples[-1][1] for each in decoded}


def counted(device: Device, surroundings: Surroundings) -> Report:
    """What is the same at any time, exactly."""
    machine = {"amd64": "amd64", "arm64": "aarch64"}[node_architecture(device)]
    inventory = {"label_kubernetes_io_arch": machine, **NODE_LABELS}
    disk = os.statvfs(device.host_root)
    resources = {
        "pods": surroundings.running_pods,
        "namespaces": count(device.control_plane, "namespaces"),
        "services": surroundings.services,
        "ingresses.networking.k8s.io": surroundings.ingresses,
        "routes.route.openshift.io": surroundings.routes,
        DEFINITIONS: count(device.control_plane, DEFINITIONS),
        "images": 3,  # of the golden host's images.json
    }
    release = {"version": MICROSHIFT_VERSION, "os_version_id": "9.6", "deployment_type": "rpm"}
    return {
        series("cluster:capacity_cpu_cores:sum", **inventory): NODE_CPU_CORES,
        series("cluster:capacity_memory_bytes:sum", **inventory): NODE_MEMORY_BYTES,
        series("cluster:capacity_disk_bytes:sum", **inventory): disk.f_blocks * disk.f_frsize,
        **{series(RESOURCES, resource=each): float(n or 0) for each, n in resources.items()},
        series("cluster:usage:containers:sum"): surroundings.running_containers,
        series("cluster_version", version=MICROSHIFT_VERSION, type="microshift-rpm"): 1,
        series("microshift_version", **release): 1,
    }


def moving(device: Device) -> Report:
    """What the machine does at this moment."""
    disk = os.statvfs(device.host_root)
    times = [int(each) for each in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    waiting = times[3] + times[4] + times[7]  # idle, iowait, steal
    lines = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    memory = {words[0]: int(words[1]) for words in lines}
    return {
        series("cluster:cpu_usage_cores:sum"): 100 * (1 - waiting / sum(times)),
        series("cluster:memory_usage_bytes:sum"): 100
        * (1 - memory["MemAvailable:"] / memory["MemTotal:"]),
        series("cluster:disk_usage_bytes:sum"): 100 * (1 - disk.f_bfree / disk.f_blocks),
        series("instance:etcd_object_counts:sum", instance=NODE_ADDRESS): etcd_objects(
            device.control_plane
        ),
    }


def node_architecture(device: Device) -> str:
    path = r"--output=jsonpath={.metadata.labels.kubernetes\.io/arch}"
    return device.control_plane.kubectl("get", "node", NODE_NAME, path)


def shown(decoded: tuple[DecodedSeries, ...]) -> Iterator[str]:
    """Write the report as an exposition does, with the time in ms behind the value."""
    for each in decoded:
        labels = dict(each.labels)
        name = labels.pop("__name__")
        pairs = ",".join(f'{label}="{value}"' for label, value in labels.items())
        yield from (f"{name}{{{pairs}}} {value:.15g} {time}" for time, value in each.samples)


@pytest.mark.timeout(900)
def test_a_report_has_the_values_of_the_device(
    image: Image, device: Device, surroundings: Surroundings
) -> None:
    root = image.storage.root_filesystem(image.name)
    wait_until_counted(device.control_plane)
    before = moving(device)

    with (
        FaultReceiver(accept) as receiver,
        OperatorContainer(root, image.config, device) as operator,
    ):
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered", seconds=DELIVERY_SECONDS)
        after = moving(device)
        exit_code = operator.stop()

    decoded = decode_request(receiver.requests[-1].body)
    print(
        "", f"A report from the {image.storage.architecture.name} image:", *shown(decoded), sep="\n"
    )
    report = newest(decoded, surroundings.cluster_id)
    assert len(decoded) == len(report) == 17
    assert {each: report[each] for each in report if each not in before} == counted(
        device, surroundings
    )
    off = {each: (before[each], report.get(each), after[each]) for each in before}
    assert {each: values for each, values in off.items() if not is_between(*values)} == {}
    assert exit_code == 0
    assert "Traceback" not in operator.log()


def is_between(before: float, reported: float | None, after: float) -> bool:
    """Tell whether it is of the time between two readings, give or take 2 % or percentage points:
    it may have been higher or lower than at both."""
    lowest, highest = min(before, after), max(before, after)
    margin = max(2.0, lowest / 50)
    return reported is not None and lowest - margin <= reported <= highest + margin
