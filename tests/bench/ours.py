"""What one operator costs its device: memory, CPU, the wire, the API server, the disk."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import mean, median
from typing import Any

from microshift_telemetry.controller.jobs import BREATH_SECONDS
from microshift_telemetry.sending.answer import Answer
from tests.bench.day import OldSamplesRefused, live
from tests.bench.results import Curve, Part
from tests.bench.testbed import Counts, Testbed, http_bytes, now, open_testbed
from tests.bench.usage import A_DAY_SECONDS, Memory, cpu_seconds, memory, wake_ups
from tests.bench.waiting_passes import lay_waiting_passes
from tests.support.fakes import FakeReceiver
from tests.support.operator_process import OperatorProcess
from tests.support.tools import build_tools
from tests.support.waiting import wait_for

PASSES_A_DAY = 24
OTHER_WRITERS: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("no_history", "without a history", {"reportHistoryLimit": 0}),
    ("1m", "at 1m/1m", {"samplingInterval": "1m", "sendingInterval": "1m"}),
)
"""What changes how much is written: a key, what it is called, the spec."""
LOOK_EVERY = 5
LEARNING_DAYS = 2
"""Two reports in a row have to be refused before `Auto` sends means."""


@dataclass(frozen=True, slots=True)
class Length:
    """How long to look at each thing."""

    rest_seconds: float = 15.0
    """What a report leaves behind is over by then."""
    idle_seconds: float = 120.0
    spaced_cycles: int = 5
    apart_seconds: float = 18.0
    """aiohttp keeps an idle connection for 15 s: passes an hour apart make new ones."""
    cycles: int = 1_000
    days: int = 7


FULL, SHORT = (
    Length(),
    Length(
        rest_seconds=3.0, idle_seconds=5.0, spaced_cycles=1, apart_seconds=1.0, cycles=10, days=1
    ),
)


def measure(*, short: bool) -> Part:
    """Measure the operator; the short form looks at everything, but not for long."""
    part, length = Part("ours"), SHORT if short else FULL
    _days(part, length)
    with (
        tempfile.TemporaryDirectory(prefix="bench-ours-") as scratch,
        open_testbed(Path(scratch), build_tools()) as testbed,
    ):
        testbed.apply()
        lay_waiting_passes(testbed, PASSES_A_DAY - 1, timedelta(hours=1), now())
        testbed.request("start")
        with testbed.operator() as operator:
            _start(part, testbed, operator)
            time.sleep(length.rest_seconds)
            idle = _idle(part, testbed, operator, length.idle_seconds)
            _spaced(part, testbed, operator, idle, length)
            _cycles(part, testbed, operator, length.cycles)
    part.notes.append(
        "Anonymous memory is what a device really loses; the rest of RSS are pages of files that "
        "the kernel may drop. A day's CPU is 86,400 s of idling, measured over "
        f"{length.idle_seconds:.0f} s, with 25 passes, each measured with a report and new "
        "connections. Most of a pass' bytes is the API server's `/metrics` (152 KB on one "
        "MicroShift)."
    )
    return part


def _days(part: Part, length: Length) -> None:
    """Days of the whole controller in fake time: what is counted, not what is timed."""
    days = live(length.days, FakeReceiver())
    part.add(
        "wire_requests_day",
        "requests a day",
        max(days.requests),
        "requests",
        "a report in full: the backlog, the last hour, the newest pass",
    )
    part.add("status_writes_day", "status writes a day", max(days.status_writes), "writes")
    part.add("fsyncs_day", "fsyncs a day", max(days.fsyncs), "fsyncs")
    note = "in pages, with the history of 7 reports"
    part.add("disk_bytes_day", "bytes a day to the disk", mean(days.disk_bytes), "B", note)
    for key, what, spec in OTHER_WRITERS:
        written = mean(live(1, FakeReceiver(), **spec).disk_bytes)
        part.add(f"disk_bytes_day_{key}", f"bytes a day to the disk, {what}", written, "B")
    for key, status, what in (
        ("409", 409, "a receiver answers 409 to old samples"),
        ("no_window", 400, "a Prometheus without a window answers 400 to them"),
    ):
        met = live(LEARNING_DAYS + length.days, OldSamplesRefused(Answer(status)))
        learned = met.requests[LEARNING_DAYS:]
        by_day = ", ".join(map(str, met.requests))
        note = f"mean once learned; by day: {by_day}; once a week the full form is tried"
        part.add(
            f"wire_requests_day_{key}", f"requests a day, {what}", mean(learned), "requests", note
        )


def _start(part: Part, testbed: Testbed, operator: OperatorProcess) -> None:
    """From the start of the process to its first report, which holds a day of passes."""
    journal = next((testbed.device.directory / "state").glob("*.journal"))
    size = journal.stat().st_size
    wait_for("a pass in the journal", lambda: journal.stat().st_size > size, 60)
    part.add("first_sample", "start to first sample", time.monotonic() - operator.began, "s")
    testbed.wait_until_handled("start")
    requests = list(testbed.receiver.requests)
    delivered = requests[-1].at - operator.began
    note = "requestedAt was set: without it a start report waits 2 to 7 min, by design"
    part.add("first_report", "start to first delivered report", delivered, "s", note)
    part.add("cpu_start", "CPU for the start and this report", cpu_seconds(operator.pid), "s")
    _memory(part, "start", "after the start", memory(operator.pid))
    part.add(
        "wire_bytes_day",
        "bytes a day on the wire, HTTP",
        sum(map(http_bytes, requests)),
        "B",
        f"24 passes in {len(requests)} requests, both ways; answers are a status line",
    )
    body = sum(len(request.body) for request in requests)
    part.add("wire_body_day", "bytes a day on the wire, bodies alone", body, "B")
    tls = testbed.counts().wire
    part.add(
        "wire_tls_day",
        "bytes a day on the wire with TLS",
        tls.bytes,
        "B",
        f"{tls.connections} connection, TCP headers apart",
    )


def _idle(part: Part, testbed: Testbed, operator: OperatorProcess, seconds: float) -> float:
    """Between two passes; gives CPU seconds a second."""
    counts, cpu, began = testbed.counts(), cpu_seconds(operator.pid), time.monotonic()
    switches = wake_ups(operator.pid)
    time.sleep(seconds)
    lasted = time.monotonic() - began
    share = (cpu_seconds(operator.pid) - cpu) / lasted
    part.add("cpu_idle_day", "CPU a day while idle", share * A_DAY_SECONDS, "s")
    part.add(
        "wakeups",
        "wake-ups a minute while idle",
        (wake_ups(operator.pid) - switches) / lasted * 60,
        "wake-ups",
    )
    api = testbed.counts().api.since(counts.api)
    part.add(
        "api_idle_day",
        "API server bytes a day while idle",
        api.bytes / lasted * A_DAY_SECONDS,
        "B",
        "watch bookmarks",
    )
    return share


def _spaced(
    part: Part, testbed: Testbed, operator: OperatorProcess, idle: float, length: Length
) -> None:
    """Passes with a report each, far enough apart that every one has to connect anew."""
    costs: list[float] = []
    before = testbed.counts()
    made: list[Counts] = []
    for number in range(length.spaced_cycles):
        time.sleep(length.apart_seconds)
        cpu, began = cpu_seconds(operator.pid), time.monotonic()
        testbed.cycle(f"apart {number}")
        time.sleep(1.0)
        lasted = time.monotonic() - began
        costs.append(cpu_seconds(operator.pid) - cpu - idle * lasted)
        made.append(testbed.counts())
    count, api = len(made), made[-1].api.since(before.api)
    cpu = mean(costs)
    part.add("cpu_pass", "CPU for a pass with a report", 1000 * cpu, "ms")
    part.add(
        "cpu_day", "CPU a day at the defaults", idle * A_DAY_SECONDS + (PASSES_A_DAY + 1) * cpu, "s"
    )
    part.add("cpu_day_1m", "CPU a day at 1m/1m", idle * A_DAY_SECONDS + 1440 * cpu, "s")
    part.add(
        "api_bytes_pass",
        "API server bytes a pass",
        api.bytes / count,
        "B",
        f"with TLS, {api.connections / count:.1f} connections and the status writes",
    )
    requests = (made[-1].api_requests - before.api_requests) / count
    part.add("api_requests_pass", "API server requests a pass", requests, "requests")


def _cycles(part: Part, testbed: Testbed, operator: OperatorProcess, count: int) -> None:
    """Pass and report, over and over."""
    seen = [memory(operator.pid)]
    began = time.monotonic()
    for number in range(1, count + 1):
        testbed.cycle(str(number))
        if number % LOOK_EVERY == 0:
            seen.append(memory(operator.pid))
    lasted, tenth = time.monotonic() - began, max(1, len(seen) // 10)
    early, late = (
        median(used.rss for used in tenths) for tenths in (seen[tenth : 2 * tenth], seen[-tenth:])
    )
    _memory(part, "steady", f"after {count:,} passes and reports", seen[-1])
    part.add(
        "rss_growth",
        "RSS, growth over the cycles",
        late - early,
        "MiB",
        f"from the second tenth of {count:,} to the last, median to median; "
        f"{late - seen[0].rss:.2f} MiB from the start on",
    )
    note = f"{BREATH_SECONDS:g} s of it is kopf's pause between two of our ticks"
    part.add("cycle_seconds", "a pass with a report takes", lasted / count, "s", note)
    lines = {
        "RSS": [(float(LOOK_EVERY * number), used.rss) for number, used in enumerate(seen)],
        "anonymous": [
            (float(LOOK_EVERY * number), used.anonymous) for number, used in enumerate(seen)
        ],
    }
    part.curves.append(Curve("memory", "Memory over passes with a report", "cycles", "MiB", lines))


def _memory(part: Part, key: str, when: str, used: Memory) -> None:
    part.add(f"rss_{key}", f"RSS {when}", used.rss, "MiB")
    part.add(f"anonymous_{key}", f"anonymous {when}", used.anonymous, "MiB")
    part.add(f"pss_{key}", f"proportional {when}", used.proportional, "MiB")
