"""What the operator costs more where there is more: objects, pods, waiting passes, destinations."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import correlation, linear_regression, median

from tests.bench.many_objects import KINDS, lay_many
from tests.bench.results import Curve, Part, shown
from tests.bench.testbed import Testbed, dated, http_bytes, now, open_testbed
from tests.bench.usage import cpu_seconds, memory
from tests.bench.waiting_passes import lay_waiting_passes
from tests.support.fault_receiver import ACCEPT_ALL, Answer, always
from tests.support.operator_process import OperatorProcess
from tests.support.pods import Pod
from tests.support.surroundings import lay_namespaces, lay_pods
from tests.support.tools import build_tools
from tests.support.waiting import wait_for

A_WEEK_AT_A_MINUTE = 10_080
NAMESPACE = "many"
UNAVAILABLE = always(Answer(503))


@dataclass(frozen=True, slots=True)
class Steps:
    """How much of each there is, step by step."""

    objects: tuple[int, ...] = (10, 100, 1_000, 10_000)
    pods: tuple[int, ...] = (1, 30, 100, 300)
    passes: tuple[int, ...] = (1, 24, 84, 168)
    destinations: tuple[int, ...] = (1, 4, 7, 10)
    waiting: int = A_WEEK_AT_A_MINUTE
    cycles: int = 3


FULL = Steps()
SHORT = Steps((5, 10), (1, 3), (1, 4), (1, 2), waiting=100, cycles=1)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one step."""

    how_many: int
    api_bytes: float
    """Of a pass and its report, for every destination."""
    seconds: float
    """From the request to its answer."""
    cpu_ms: float
    rss_mib: float
    wire_bytes: float


def measure(*, short: bool) -> Part:
    """Measure each growth; the very many objects come on a control plane of their own."""
    part, steps = Part("growth"), SHORT if short else FULL
    with _testbed() as testbed:
        _tell(part, "passes", "passes in the report of a start", _passes(testbed, steps))
        _waiting(part, testbed, steps)
        _tell(part, "pods", "running pods", _pods(testbed, steps))
    with _testbed() as testbed:
        _tell(part, "destinations", "destinations", _destinations(testbed, steps))
    with _testbed() as testbed:
        kinds = ", ".join(KINDS)
        _tell(part, "objects", f"objects of each of {kinds}", _objects(testbed, steps))
    part.notes.append(
        "Of a pass with its report, or of all destinations' passes; with passes in the report, of "
        "the whole start of the process. Slopes are fitted by least squares; where r² is far from "
        "1, they are chance. Ten thousand namespaces or CRDs would be the "
        "API server's own benchmark; they are counted by the same request as the kinds here."
    )
    return part


@contextmanager
def _testbed() -> Iterator[Testbed]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-growth-") as scratch,
        open_testbed(Path(scratch), build_tools()) as testbed,
    ):
        testbed.apply()
        yield testbed


def _objects(testbed: Testbed, steps: Steps) -> list[Cost]:
    lay_namespaces(testbed.control_plane, [NAMESPACE])
    costs, laid = [], 0
    with _started(testbed) as operator:
        for wanted in steps.objects:
            lay_many(testbed.control_plane, NAMESPACE, range(laid, wanted))
            laid = wanted
            costs.append(_cost(testbed, operator, wanted, steps.cycles))
    return costs


def _pods(testbed: Testbed, steps: Steps) -> list[Cost]:
    lay_namespaces(testbed.control_plane, [NAMESPACE])
    costs, laid = [], 0
    with _started(testbed) as operator:
        for wanted in steps.pods:
            pods = [
                Pod(NAMESPACE, f"pod-{number}", containers=("running", "running"))
                for number in range(laid, wanted)
            ]
            lay_pods(testbed.control_plane, pods)
            laid = wanted
            costs.append(_cost(testbed, operator, wanted, steps.cycles))
    return costs


def _passes(testbed: Testbed, steps: Steps) -> list[Cost]:
    """Each step is a start with so many passes in the journal, and their one report."""
    costs = []
    for wanted in steps.passes:
        lay_waiting_passes(testbed, wanted - 1, timedelta(hours=1), now())
        testbed.receiver.requests.clear()
        testbed.request(f"{wanted} passes")
        with testbed.operator() as operator:
            costs.append(_cost_of_report(testbed, operator, wanted))
    return costs


def _destinations(testbed: Testbed, steps: Steps) -> list[Cost]:
    costs, names = [], ["cluster"]
    with _started(testbed) as operator:
        for wanted in steps.destinations:
            for number in range(len(names), wanted):
                names.append(f"other-{number}")
                testbed.apply(names[-1], path=f"/{number}/api/v1/write")
                testbed.cycle("first", names[-1])
            costs.append(_cost(testbed, operator, wanted, steps.cycles, names))
    return costs


def _waiting(part: Part, testbed: Testbed, steps: Steps) -> None:
    """A week at a minute waits, and a receiver takes none of it."""
    testbed.receiver.script = dated(UNAVAILABLE)
    testbed.receiver.requests.clear()
    lay_waiting_passes(testbed, steps.waiting - 1, timedelta(minutes=1), now())
    testbed.request("waiting")
    with testbed.operator() as operator:
        testbed.receiver.wait_for_requests(3, 120)
        used = memory(operator.pid)
        what = f"RSS with {steps.waiting:,} passes waiting"
        part.add("waiting.rss", what, used.rss, "MiB", "loaded, frozen, refused three times")
        part.add("waiting.anonymous", "anonymous part of it", used.anonymous, "MiB")
        testbed.receiver.script = dated(ACCEPT_ALL)
        testbed.receiver.requests.clear()
        wait_for("the backlog delivered", lambda: _pending(testbed) == 0, 180)
        requests = testbed.receiver.requests
        part.add(
            "waiting.delivered",
            "all of it delivered in",
            requests[-1].at - requests[0].at,
            "s",
            f"{len(requests)} requests, from the first to the last",
        )
        part.add("waiting.rss_after", "RSS once it is delivered", memory(operator.pid).rss, "MiB")


def _pending(testbed: Testbed) -> int:
    return int(testbed.read()["status"].get("pendingSamples", -1))


@contextmanager
def _started(testbed: Testbed) -> Iterator[OperatorProcess]:
    testbed.request("started")
    with testbed.operator() as operator:
        testbed.wait_until_handled("started")
        yield operator


def _cost(
    testbed: Testbed,
    operator: OperatorProcess,
    how_many: int,
    cycles: int,
    names: Sequence[str] = ("cluster",),
) -> Cost:
    """Take what the median cycle costs, the first one left out."""
    found = []
    for number in range(cycles + 1):
        before, cpu, began = testbed.counts(), cpu_seconds(operator.pid), time.monotonic()
        value = f"{how_many} {number}"
        for name in names:
            testbed.request(value, name)
        for name in names:
            testbed.wait_until_handled(value, name)
        seconds, after = time.monotonic() - began, testbed.counts()
        found.append(
            Cost(
                how_many,
                after.api.since(before.api).bytes,
                seconds,
                1000 * (cpu_seconds(operator.pid) - cpu),
                memory(operator.pid).rss,
                after.wire.since(before.wire).bytes,
            )
        )
    columns = zip(
        *((c.api_bytes, c.seconds, c.cpu_ms, c.rss_mib, c.wire_bytes) for c in found[1:]),
        strict=True,
    )
    return Cost(how_many, *map(median, columns))


def _cost_of_report(testbed: Testbed, operator: OperatorProcess, passes: int) -> Cost:
    before, began = testbed.counts(), time.monotonic()
    testbed.wait_until_handled(f"{passes} passes")
    seconds, requests = time.monotonic() - began, testbed.receiver.requests
    return Cost(
        passes,
        testbed.counts().api.since(before.api).bytes,
        seconds,
        1000 * cpu_seconds(operator.pid),
        memory(operator.pid).rss,
        sum(map(http_bytes, requests)),
    )


def _tell(part: Part, key: str, what: str, costs: Sequence[Cost]) -> None:
    """Give the slope of each cost, and the costs themselves as curves."""
    counts = [cost.how_many for cost in costs]
    steps = ", ".join(f"{count:,}" for count in counts)
    for name, unit, values in (
        ("api bytes", "B", [cost.api_bytes for cost in costs]),
        ("cpu", "ms", [cost.cpu_ms for cost in costs]),
        ("seconds", "s", [cost.seconds for cost in costs]),
        ("rss", "MiB", [cost.rss_mib for cost in costs]),
        ("wire bytes", "B", [cost.wire_bytes for cost in costs]),
    ):
        slope = linear_regression(counts, values).slope
        fit = correlation(counts, values) ** 2 if len(set(values)) > 1 else 1.0
        said = ", ".join(shown(value) for value in values)
        figure = f"{key}.{name.removeprefix('api ').replace(' ', '_')}_slope"
        note = f"{said} {unit} at {steps}; r² {fit:.2f}"
        part.add(figure, f"{what}: {name} for each more", slope, unit, note)
    line = [(float(cost.how_many), cost.api_bytes / 1000) for cost in costs]
    curve = Curve(key, f"API server bytes over {what}", what, "KB", {"API server": line})
    part.curves.append(curve)
