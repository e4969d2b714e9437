import subprocess
from pathlib import Path

import pytest

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sample.sample import Series
from microshift_telemetry.sources.host import Host
from microshift_telemetry.sources.memory import MemoryUsage
from tests.unit.sources.surroundings import shared_reads


def free() -> tuple[int, int]:
    """Ask `free` for total and available bytes."""
    said = subprocess.run(["free", "-b"], capture_output=True, text=True, check=True)
    columns = next(line for line in said.stdout.splitlines() if line.startswith("Mem:")).split()
    return int(columns[1]), int(columns[6])


async def test_memory_in_use_is_what_free_says_is_not_available(kube: KubeClient) -> None:
    readings = await MemoryUsage().collect(shared_reads(kube, Host(Path("/"))))

    total, available = free()
    reading = readings.readings[0]
    assert reading.series == Series.of("cluster:memory_usage_bytes:sum")
    assert reading.total == total
    assert reading.value == pytest.approx(total - available, abs=0.05 * total)
