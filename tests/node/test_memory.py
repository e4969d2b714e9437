"""The container's memory over many cycles, as its limit counts it."""

import pytest

from tests.node.installation import Installation, memory_limit_bytes, peak_memory_bytes
from tests.support.prometheus import Prometheus

CYCLES = 100
LIMIT_BYTES = 96 * 2**20
MOST_OF_THE_LIMIT = 0.75


@pytest.mark.timeout(600)
def test_a_hundred_cycles_stay_below_three_quarters_of_the_memory_limit(
    installation: Installation, receiver: Prometheus
) -> None:
    installation.apply(endpoint=receiver.remote_write_url)

    for cycle in range(CYCLES):
        installation.request_report(str(cycle))
        installation.watch_until_handled(str(cycle))

    cgroup = installation.cgroup()
    [series] = receiver.query("count_over_time(cluster:memory_usage_bytes:sum[1h])")
    assert float(series["value"][1]) >= CYCLES
    assert memory_limit_bytes(cgroup) == LIMIT_BYTES
    assert peak_memory_bytes(cgroup) <= MOST_OF_THE_LIMIT * LIMIT_BYTES
    assert installation.container()["restartCount"] == 0
