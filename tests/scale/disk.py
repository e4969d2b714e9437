"""What a sample costs on disk: six weeks of daily reports, then everything compacted."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.form import Form, Shape, WriteRequest
from microshift_telemetry.buffer.records import Stamp
from microshift_telemetry.clock import SystemClock, milliseconds
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.report.report import time_series
from tests.receivers.store import get, post
from tests.scale.engines import Engine, Prometheus, VictoriaMetrics
from tests.scale.readings import HOUR_MS, cluster_id, sample_pass
from tests.support.prometheus import REMOTE_WRITE_HEADERS

DAYS = 42
"""So that every engine has a block of its final size: Prometheus' one spans 20 days."""
SAMPLES = 24 * 12 + 5
"""Of a device and day."""
QUIET_SECONDS, QUIET_ROUNDS = 35, 3
"""Prometheus looks once a minute for something to compact."""


@dataclass(frozen=True, slots=True)
class OnDisk:
    """Bytes that stay, and how many samples are in them."""

    bytes: int
    samples: int

    @property
    def bytes_per_sample(self) -> float:
        return self.bytes / self.samples


def bodies(devices: int, days: int, now_ms: int) -> Iterator[bytes]:
    """Give the reports of a fleet in the order of their times, two requests each."""
    for day in range(days):
        for number in range(devices):
            ago_ms = (days - day) * 24 * HOUR_MS - 24 * HOUR_MS * number // devices
            newest_ms = now_ms - ago_ms
            yield from _report(number, newest_ms)


def _report(number: int, newest_ms: int) -> Iterator[bytes]:
    backlog = Backlog()
    times_ms = tuple(newest_ms - hours * HOUR_MS for hours in range(23, -1, -1))
    for time_ms in times_ms:
        backlog.add(sample_pass(number, time_ms), Stamp())
    form = Form(Shape(cluster_id(number), "Percent"))
    static = sample_pass(number, newest_ms).static
    for request in (
        WriteRequest(times_ms[:-1], form),
        WriteRequest(times_ms[-1:], form, static),
    ):
        yield encode(time_series(request, backlog, b"")).body


def fill(engine: Engine, devices: int, days: int = DAYS) -> None:
    """Write the weeks.

    Raises:
        OSError: the receiver does not take them.
    """
    now_ms = milliseconds(SystemClock().now())
    url = f"http://{engine.entries()[0]}{engine.path}"
    for body in bodies(devices, days, now_ms):
        reply = post(url, body, REMOTE_WRITE_HEADERS)
        if reply.status // 100 != 2:
            raise OSError(f"{url}: {reply.status} {reply.body!r}")


def measured(engine: Engine, devices: int) -> OnDisk:
    """Write the weeks, let the engine compact them, and weigh what it keeps.

    Thanos cuts and ships a block every two hours of real time, so that its weeks take weeks.

    Raises:
        LookupError: the engine can't be measured so.
    """
    fill(engine, devices)
    match engine:
        case Prometheus():
            data = engine.pods.data("prometheus-0")
            _wait_for_quiet(data)
            return _largest(_blocks(data))
        case VictoriaMetrics():
            time.sleep(QUIET_SECONDS)  # vmagent's queue
            nodes = engine.pods.of(engine.storage)
            for node in nodes:
                url = f"http://{engine.pods.address(node.name, 8428)}"
                get(f"{url}/internal/force_flush")
                get(f"{url}/internal/force_merge")
            for node in nodes:
                _wait_for_quiet(engine.pods.data(node.name))
            size = sum(_bytes(engine.pods.data(node.name)) for node in nodes)
            return OnDisk(size, devices * DAYS * SAMPLES)
        case _:
            raise LookupError(f"{engine.example}: its disk can't be measured in a hurry")


def _largest(blocks: list[OnDisk]) -> OnDisk:
    """Give the blocks of the final size together: at least half as large as the largest."""
    most = max(each.samples for each in blocks)
    final = [each for each in blocks if each.samples > most / 2]
    return OnDisk(sum(each.bytes for each in final), sum(each.samples for each in final))


def _blocks(data: Path) -> list[OnDisk]:
    """Weigh each block of a Prometheus."""
    return [
        OnDisk(_bytes(meta.parent), json.loads(meta.read_text())["stats"]["numSamples"])
        for meta in data.glob("*/meta.json")
    ]


def _bytes(directory: Path) -> int:
    """Add up what the files below a directory take on the disk."""
    return sum(each.stat().st_blocks * 512 for each in directory.rglob("*") if each.is_file())


def _wait_for_quiet(data: Path) -> None:
    """Wait until no block or part comes or goes for a while; each is a directory."""
    same, before = 0, set[str]()
    while same < QUIET_ROUNDS:
        time.sleep(QUIET_SECONDS)
        now = {path for path, _, _ in os.walk(data)}
        same = same + 1 if now == before else 0
        before = now
