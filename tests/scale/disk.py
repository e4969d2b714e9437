"""What a sample costs on disk: six weeks of daily reports, then everything compacted."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from microshift_telemetry.clock import SystemClock, milliseconds
from tests.receivers.store import get, post
from tests.scale.engines import Engine, Prometheus, VictoriaMetrics
from tests.scale.weeks import Weeks
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


def fill(engine: Engine, weeks: Weeks) -> None:
    """Write the weeks.

    Raises:
        OSError: the receiver does not take them.
    """
    url = f"http://{engine.entries()[0]}{engine.path}"
    for body in weeks.bodies():
        reply = post(url, body, REMOTE_WRITE_HEADERS)
        if reply.status // 100 != 2:
            raise OSError(f"{url}: {reply.status} {reply.body!r}")


def measured(engine: Engine, devices: int) -> OnDisk:
    """Write the weeks, let the engine compact them, and weigh what it keeps on its own disk.

    Raises:
        LookupError: the engine keeps it elsewhere.
    """
    fill(engine, Weeks(devices, DAYS, milliseconds(SystemClock().now())))
    match engine:
        case Prometheus():
            data = engine.pods.data("prometheus-0")
            wait_for_quiet(data)
            return _largest(_blocks(data))
        case VictoriaMetrics():
            time.sleep(QUIET_SECONDS)  # vmagent's queue
            nodes = engine.pods.of(engine.storage)
            for node in nodes:
                url = f"http://{engine.pods.address(node.name, 8428)}"
                get(f"{url}/internal/force_flush")
                get(f"{url}/internal/force_merge")
            for node in nodes:
                wait_for_quiet(engine.pods.data(node.name))
            size = sum(_bytes(engine.pods.data(node.name)) for node in nodes)
            return OnDisk(size, devices * DAYS * SAMPLES)
        case _:
            raise LookupError(f"{engine.example}: bucket.py measures it")


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


def wait_for_quiet(data: Path) -> None:
    """Wait until no block or part comes or goes for a while; each is a directory."""
    same, before = 0, set[str]()
    while same < QUIET_ROUNDS:
        time.sleep(QUIET_SECONDS)
        now = {path for path, _, _ in os.walk(data)}
        same = same + 1 if now == before else 0
        before = now
