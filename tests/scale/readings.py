"""What a simulated device measures: the 17 series, each value known from device and time alone.

So what a receiver must have of a device is computed here, not kept, and not read off the wire.
"""

import math
import uuid
from collections.abc import Iterator

from microshift_telemetry.sample import metrics
from microshift_telemetry.sample.metrics import Metric
from microshift_telemetry.sample.sample import Labels, Reading, SamplePass, Series, labels_from

HOUR_MS = 3_600_000
GIB = 2.0**30
_NODE = labels_from(
    {
        metrics.ARCH_LABEL: "amd64",
        metrics.OS_ID_LABEL: "rhel",
        metrics.INSTANCE_TYPE_LABEL: "rhde",
    }
)
_VERSIONS = ("4.18.11", "4.19.7", "4.20.0")
_COUNTS = (37, 21, 14, 3, 5, 12, 48)
"""Of each of `RESOURCES` on a device."""


def cluster_id(number: int) -> str:
    """Name a device."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"device {number}"))


def sample_pass(number: int, time_ms: int) -> SamplePass:
    """Give all readings of a device at one time."""
    return SamplePass(time_ms, tuple(_dynamic(number, time_ms)), tuple(_static(number)))


def on_the_wire(number: int, reading: Reading) -> tuple[Labels, float]:
    """Tell under which labels and with which value a receiver must have a reading.

    A usage is sent in percent, and every series has `_id`.
    """
    labels = {"__name__": reading.series.metric, "_id": cluster_id(number)}
    labels |= dict(reading.series.labels)
    share = reading.value if reading.total is None else 100 * reading.value / reading.total
    return tuple(sorted(labels.items())), share


def _dynamic(number: int, time_ms: int) -> Iterator[Reading]:
    """Loads by the hour of the day with noise, a disk that fills, counts that change at times."""
    hour = time_ms / HOUR_MS + number % 24
    noise = _noise(number, time_ms)
    load = 0.6 + 0.4 * math.sin(hour * math.pi / 12) + 0.3 * noise
    yield _reading(metrics.CPU_USAGE, round(load, 4), total=2.0)
    memory = 1.1 * GIB + 0.2 * GIB * noise
    yield _reading(metrics.MEMORY_USAGE, memory // 4096 * 4096, total=1.9 * GIB // 4096 * 4096)
    disk = (9 + number % 17 + hour % 720 / 200) * GIB
    yield _reading(metrics.DISK_USAGE, disk // 4096 * 4096, total=40 * GIB)
    for resource, count in zip(metrics.RESOURCES, _COUNTS, strict=True):
        more = int(noise * 3) if resource == "pods" else number % 3
        yield _reading(metrics.RESOURCE_COUNT, count + more, resource=resource)
    yield _reading(metrics.RUNNING_CONTAINERS, 52 + int(noise * 3))
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    yield _reading(metrics.ETCD_OBJECTS, 900 + int(noise * 40), instance=address)


def _static(number: int) -> Iterator[Reading]:
    capacities = (metrics.CAPACITY_CPU, metrics.CAPACITY_MEMORY, metrics.CAPACITY_DISK)
    for metric, value in zip(capacities, (2.0, 2 * GIB, 40 * GIB), strict=True):
        yield Reading(Series(metric.name, _NODE), value)
    version = _VERSIONS[number % len(_VERSIONS)]
    yield _reading(metrics.CLUSTER_VERSION, 1.0, version=version, type="microshift-bootc")
    yield _reading(
        metrics.MICROSHIFT_VERSION,
        1.0,
        version=version,
        os_version_id="9.6",
        deployment_type="bootc",
    )


def _reading(metric: Metric, value: float, total: float | None = None, **labels: str) -> Reading:
    return Reading(Series.of(metric.name, **labels), float(value), total)


def _noise(number: int, time_ms: int) -> float:
    """Give a number in [0, 1) that looks like chance, the same each time."""
    mixed = (number * 0x9E3779B1 ^ time_ms // 1000 * 0x85EBCA6B) & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 15) * 0x2C1B3C6D & 0xFFFFFFFF
    return (mixed ^ mixed >> 13) / 2**32
