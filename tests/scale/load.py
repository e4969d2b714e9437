"""What the daily reports of a fleet cost its receivers: requests, CPU, memory, a lost node."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from microshift_telemetry.clock import SystemClock, milliseconds
from tests.bench.usage import cpu_seconds, memory
from tests.scale.accounts import Account, account
from tests.scale.balancer import Balancer
from tests.scale.device import Device
from tests.scale.engines import Engine
from tests.scale.fleet import Reported, report_all
from tests.scale.pods import Pod

SERIES = 17
SETTLE_SECONDS = 20
OUTAGE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Used:
    """By the pods of one workload, together."""

    pods: int
    cpu_seconds: float
    idle_mib: float
    """RSS before the first report."""
    peak_mib: float
    """The highest RSS of the pod that had most."""
    end_mib: float
    """RSS some time after the last report."""


@dataclass(frozen=True, slots=True)
class Load:
    """One run."""

    reported: Reported
    used: Mapping[str, Used]
    account: Account


def measured(engine: Engine, devices: int, lost: str | None = None) -> Load:
    """Let a fleet report; with a pod that is lost, it is killed halfway and comes back later."""
    now_ms = milliseconds(SystemClock().now())
    fleet = [Device(number, now_ms) for number in range(devices)]
    workloads = {each.rpartition("-")[0] for each in engine.pods.pods}
    before = {name: [_usage(pod) for pod in engine.pods.of(name)] for name in workloads}
    events: dict[int, Callable[[], None]] = {}
    if lost is not None:
        events[devices // 2] = lambda: _lose(engine.pods.pods[lost])
    with Balancer(engine.entries()) as service:
        reported = report_all(fleet, f"http://{service.address}{engine.path}", events)
    time.sleep(SETTLE_SECONDS if lost is None else SETTLE_SECONDS + OUTAGE_SECONDS)
    used = {name: _used(before[name], engine.pods.of(name)) for name in workloads if lost is None}
    engine.settle()
    return Load(reported, used, account(fleet, engine))


def _lose(pod: Pod) -> None:
    pod.kill()
    asyncio.get_running_loop().call_later(OUTAGE_SECONDS, pod.start)


def _usage(pod: Pod) -> tuple[float, float]:
    return cpu_seconds(pod.pid), memory(pod.pid).rss


def _used(before: list[tuple[float, float]], pods: list[Pod]) -> Used:
    after = [_usage(pod) for pod in pods]
    return Used(
        len(pods),
        sum(cpu for cpu, _ in after) - sum(cpu for cpu, _ in before),
        max(rss for _, rss in before),
        max(_peak_mib(pod.pid) for pod in pods),
        max(rss for _, rss in after),
    )


def _peak_mib(pid: int) -> float:
    """Read the highest RSS that a process has had (`proc_pid_status(5)`)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [found] = [line for line in lines if line.startswith("VmHWM:")]
    return int(found.split()[1]) / 1024
