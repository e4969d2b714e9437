"""The operator beside what else does this job, at the same time on the same machine."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.counting_proxy import CountingProxy, Traffic
from tests.bench.peer_processes import Peer, node_exporter, otel_collector, prometheus_agent
from tests.bench.results import Curve, Part, Table, shown
from tests.bench.testbed import Testbed, open_testbed
from tests.bench.usage import A_DAY_SECONDS, Memory, cpu_seconds, memory
from tests.support.pods import Pod
from tests.support.surroundings import lay_namespaces, lay_pods
from tests.support.tools import build_tools

EVERY_SECONDS = 5.0
NAMESPACE = "workload"
PODS = 30
NOTHING = Traffic()


@dataclass(slots=True)
class Contender:
    """One way to do the job: its processes, and what was seen of them."""

    name: str
    pids: Sequence[int]
    wire: Callable[[], tuple[int, int]]
    """(requests, bytes) to its receiver up to now."""
    api: Callable[[], Traffic]
    seen: list[tuple[float, Memory]] = field(default_factory=list)
    """(seconds, memory of all its processes)."""
    cpu: float = 0.0
    requests: float = 0.0
    wire_bytes: float = 0.0
    api_bytes: float = 0.0

    def look(self, second: float) -> None:
        """Note how much memory it has."""
        total = sum((memory(pid) for pid in self.pids), Memory(0.0, 0.0, 0.0))
        self.seen.append((second, total))

    def used(self) -> tuple[float, int, int, int]:
        """Give CPU seconds, requests, wire bytes and API server bytes up to now."""
        requests, wire_bytes = self.wire()
        return sum(map(cpu_seconds, self.pids)), requests, wire_bytes, self.api().bytes


def measure(*, short: bool) -> Part:
    """Run all of them for some minutes, a sample and a report each minute."""
    part, seconds, warm_up = Part("peers"), (5.0 if short else 600.0), (5.0 if short else 60.0)
    with (
        tempfile.TemporaryDirectory(prefix="bench-peers-") as scratch,
        open_testbed(Path(scratch), build_tools()) as testbed,
    ):
        lay_namespaces(testbed.control_plane, [NAMESPACE])
        pods = [Pod(NAMESPACE, f"pod-{number}") for number in range(PODS)]
        lay_pods(testbed.control_plane, pods)
        with _running(testbed, Path(scratch)) as (contenders, settings):
            time.sleep(warm_up)
            _watch(contenders, seconds)
    _tell(part, contenders, settings, seconds)
    return part


@contextmanager
def _running(testbed: Testbed, directory: Path) -> Iterator[tuple[list[Contender], Sequence[str]]]:
    """Start ours and every peer."""
    with ExitStack() as stack:
        testbed.apply(sendingInterval="1m", samplingInterval="1m")
        testbed.request("start")
        operator = stack.enter_context(testbed.operator())
        ours = Contender(
            "this operator",
            [operator.pid],
            lambda: (testbed.counts().reports, testbed.counts().wire.bytes),
            lambda: testbed.counts().api,
        )
        testbed.wait_until_handled("start")
        exporter = stack.enter_context(node_exporter(directory))
        agent = stack.enter_context(prometheus_agent(directory, exporter.address))
        host = stack.enter_context(otel_collector(directory, None))
        api = stack.enter_context(CountingProxy(testbed.control_plane.layout.port))
        cluster = stack.enter_context(otel_collector(directory, (testbed.control_plane, api)))
        contenders = [
            ours,
            _contender("OpenTelemetry collector, host and cluster", [cluster], lambda: api.traffic),
            _contender("OpenTelemetry collector, host alone", [host]),
            _contender("Prometheus agent + node_exporter, no inventory", [agent, exporter]),
        ]
        yield contenders, [peer.settings for peer in (cluster, agent, exporter)]


def _contender(
    name: str, peers: Sequence[Peer], api: Callable[[], Traffic] = lambda: NOTHING
) -> Contender:
    sender = peers[0]
    return Contender(name, [peer.pid for peer in peers], sender.sent, api)


def _watch(contenders: Sequence[Contender], seconds: float) -> None:
    began, before = time.monotonic(), [each.used() for each in contenders]
    while (now := time.monotonic() - began) < seconds:
        for each in contenders:
            each.look(now)
        time.sleep(min(EVERY_SECONDS, seconds))
    lasted = time.monotonic() - began
    a_day = A_DAY_SECONDS / lasted
    for each, earlier in zip(contenders, before, strict=True):
        each.cpu, each.requests, each.wire_bytes, each.api_bytes = (
            a_day * (later - early) for later, early in zip(each.used(), earlier, strict=True)
        )


def _tell(
    part: Part, contenders: Sequence[Contender], settings: Sequence[str], seconds: float
) -> None:
    head = ["", "RSS MiB", "anonymous MiB", "proportional MiB", "CPU s/day", "requests/day",
            "wire KB/day", "API server MB/day"]  # fmt: skip
    ours, rows = _numbers(contenders[0]), []
    for each in contenders:
        numbers = _numbers(each)
        rows.append([each.name, *(_beside(mine, number) for mine, number in
                                  zip(ours, numbers, strict=True))])  # fmt: skip
        for name, number in zip(head[1:], numbers, strict=True):
            what, _, unit = name.rpartition(" ")
            key = f"{each.name}.{what or unit}".replace(" ", "_")
            part.add(key, f"{each.name}: {what or unit}", number, unit if what else "a day")
    built_in = "MicroShift's built-in sender, hourly (computed, not run)"
    rows.append([built_in, "in MicroShift", "", "", "not known", "24", "17.0", "> 3.4"])
    part.tables.append(Table(head, rows))
    lines = {each.name: [(at, used.rss) for at, used in each.seen] for each in contenders}
    part.curves.append(Curve("memory", "RSS over time", "seconds", "MiB", lines))
    part.notes += [
        f"All at the same time, a sample each minute for {seconds:g} s, {PODS} pods running; the "
        "factor in brackets is in units of this operator. Our own requests go over TLS, "
        "connections and handshakes counted; the peers' over plain HTTP.",
        "The computed row: 24 requests of 710 B compressed, and the full list of CRDs alone is "
        "139,603 B an hour; further lists and three kubelet scrapes come on top.",
        *settings,
    ]


def _numbers(contender: Contender) -> list[float]:
    seen = [used for _, used in contender.seen]
    return [
        median(used.rss for used in seen),
        median(used.anonymous for used in seen),
        median(used.proportional for used in seen),
        contender.cpu,
        contender.requests,
        contender.wire_bytes / 1000,
        contender.api_bytes / 1e6,
    ]


def _beside(ours: float, number: float) -> str:
    return f"{shown(number)} ({number / ours:.2g})" if ours and number else shown(number)
