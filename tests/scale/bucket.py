"""What a sample costs in object storage: weeks that Thanos itself ships, merges and thins.

Its receivers cut a block every two hours of real time. So a Prometheus, whose TSDB is the same,
cuts the blocks at once; the receivers ship them at their next start, each as its own replica.
"""

import json
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from microshift_telemetry.clock import SystemClock, milliseconds
from tests.scale import disk
from tests.scale.accounts import Account, account
from tests.scale.engines import Prometheus, Thanos
from tests.scale.weeks import DAY_MS, Weeks
from tests.support.process import ManagedProcess, free_port
from tests.support.waiting import wait_for

AS_THANOS_CUTS = (
    "--storage.tsdb.min-block-duration=2h",
    "--storage.tsdb.max-block-duration=2h",
    "--no-storage.tsdb.allow-overlapping-compaction",
)
TENANT = "default-tenant"
RESOLUTIONS = {"raw": 0, "5m": 300_000, "1h": 3_600_000}
DOWNSAMPLING = "--downsampling.disable"
PLACES = ("--wait", "--objstore.config-file", "--data-dir", "--http-address")
AT_ONCE = ("--consistency-delay=0s", "--delete-delay=0s")
"""A compactor waits until a block is surely complete, and until nobody can still be reading one."""
SHIP_SECONDS, COMPACT_SECONDS = 600, 3600
ULID_TIME = 10
"""So many letters of a block's name are its time; the others are drawn."""
BATCH = 5
"""Devices of one query."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Some blocks of a bucket, together."""

    blocks: int
    bytes: int
    index_bytes: int
    """Of these, what the indexes take."""
    samples: int
    """Raw ones; of downsampled blocks, those that they were made of."""


@dataclass(frozen=True, slots=True)
class InBucket:
    """What the bucket keeps, and that nothing was lost on the way."""

    bytes: int
    samples: int
    shipped: Kept
    """By all receivers, before the compactor."""
    compacted: Mapping[str, Kept]
    """Blocks of the final size by resolution, as the example makes them."""
    of_one: Mapping[str, Kept]
    """The same, of one receiver's blocks alone."""
    downsampled: Mapping[str, Kept]
    """The same as the example, with downsampling."""
    compact_seconds: float
    account: Account
    """What the store gateway and the querier give back of the compacted bucket."""


class Block:
    """One block in a directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @cached_property
    def meta(self) -> Mapping[str, Any]:
        """Read what it says of itself."""
        found: Mapping[str, Any] = json.loads((self.directory / "meta.json").read_text())
        return found

    @property
    def samples(self) -> int:
        return int(self.meta["stats"]["numSamples"])

    @property
    def span(self) -> tuple[int, int]:
        return self.meta["minTime"], self.meta["maxTime"]

    @property
    def resolution(self) -> int:
        return int(self.meta["thanos"]["downsample"]["resolution"])

    @property
    def replica(self) -> str | None:
        """Whose it is; None once replicas are merged."""
        labels: Mapping[str, str] = self.meta["thanos"]["labels"]
        return labels.get("receive_replica")

    def copy(self, into: Path, mark: str) -> None:
        """Give it another name, which differs from that of other copies by a mark."""
        old = self.directory.name
        new = old[:ULID_TIME] + mark + old[ULID_TIME + 1 :]
        shutil.copytree(self.directory, into / new)
        meta = into / new / "meta.json"
        meta.write_text(meta.read_text().replace(old, new))

    def kept(self, samples: int) -> Kept:
        """Weigh it by the length of its files, which is what object storage counts."""
        size = sum(each.stat().st_size for each in self.directory.rglob("*") if each.is_file())
        return Kept(1, size, (self.directory / "index").stat().st_size, samples)


def measured(engine: Thanos, devices: int) -> InBucket:
    """Write the weeks, ship them, compact copies of the bucket, and read the example's back."""
    weeks = Weeks(devices, disk.DAYS, milliseconds(SystemClock().now()))
    bucket = engine.pods.bucket
    one, downsampled = (bucket.with_name(name) for name in ("one", "downsampled"))
    _ship(engine, _cut(weeks, bucket.with_name("cutter")))
    shipped = _together(each.kept(each.samples) for each in blocks_in(bucket))
    shutil.copytree(bucket, one)
    for block in blocks_in(one):
        if block.replica != "thanos-receive-0":
            shutil.rmtree(block.directory)
    _compact(engine, one)
    seconds = _compact(engine, bucket)
    shutil.copytree(bucket, downsampled)
    _compact(engine, downsampled, but=(DOWNSAMPLING,))
    compacted = _by_resolution(blocks_in(bucket))
    return InBucket(
        compacted["raw"].bytes,
        compacted["raw"].samples,
        shipped,
        compacted,
        _by_resolution(blocks_in(one)),
        _by_resolution(blocks_in(downsampled)),
        seconds,
        _read_back(engine, weeks),
    )


def blocks_in(directory: Path) -> list[Block]:
    """List the blocks that are there and not about to be deleted."""
    return [
        Block(meta.parent)
        for meta in sorted(directory.glob("*/meta.json"))
        if not (meta.parent / "deletion-mark.json").exists()
    ]


def _cut(weeks: Weeks, directory: Path) -> list[Block]:
    """Have a Prometheus cut the weeks; the last day stays in its memory, in part."""
    cutter = Prometheus(directory, more=AS_THANOS_CUTS)
    data = cutter.pods.data("prometheus-0")
    with cutter.pods:
        disk.fill(cutter, weeks)
        disk.wait_for_quiet(data)
    return blocks_in(data)


def _ship(engine: Thanos, blocks: list[Block]) -> None:
    """Give each receiver the blocks, and end the receivers once all are in the bucket."""
    receivers = engine.pods.of(engine.storage)
    for number, receiver in enumerate(receivers):
        receiver.stop()
        tenant = engine.pods.data(receiver.name) / TENANT
        for block in blocks:
            block.copy(tenant, str(number))
    for receiver in receivers:
        receiver.start()
    wait_for(
        "all blocks in the bucket",
        lambda: len(blocks_in(engine.pods.bucket)) == len(receivers) * len(blocks),
        SHIP_SECONDS,
    )
    for receiver in receivers:
        receiver.stop()


def _compact(engine: Thanos, bucket: Path, but: Iterable[str] = ()) -> float:
    """Run the example's compactor on a bucket until nothing is left to do; tell the seconds."""
    work = bucket.with_name(f"{bucket.name}-work")
    leave_out = (*PLACES, *but)
    command = [
        each
        for each in engine.pods.command("thanos-compact")
        if str(each).partition("=")[0] not in leave_out
    ]
    storage = {"type": "FILESYSTEM", "config": {"directory": str(bucket)}}
    began = time.monotonic()
    with ManagedProcess(
        "thanos compact",
        [
            *(*command, *AT_ONCE, f"--objstore.config={json.dumps(storage)}"),
            *(f"--data-dir={work}", f"--http-address=127.0.0.1:{free_port()}"),
        ],
        work.with_suffix(".log"),
    ) as process:
        code = process.wait(COMPACT_SECONDS)
        assert code == 0, process.log()[-2000:]
    return time.monotonic() - began


def _by_resolution(blocks: list[Block]) -> Mapping[str, Kept]:
    """Weigh the blocks of the final size: raw ones at least half as large as the largest."""
    raw = [each for each in blocks if each.resolution == 0]
    most = max(each.samples for each in raw)
    final = {each.span: each.samples for each in raw if each.samples > most / 2}
    return {
        name: _together(
            each.kept(final[each.span])
            for each in blocks
            if each.resolution == resolution and each.span in final
        )
        for name, resolution in RESOLUTIONS.items()
    }


def _together(kept: Iterable[Kept]) -> Kept:
    every = list(kept)
    return Kept(
        sum(each.blocks for each in every),
        sum(each.bytes for each in every),
        sum(each.index_bytes for each in every),
        sum(each.samples for each in every),
    )


def _read_back(engine: Thanos, weeks: Weeks) -> Account:
    """Compare the weeks with what is read, but for their last day, of which much was not cut."""
    [store] = engine.pods.of("thanos-store")
    store.stop()
    store.start()
    store.wait_until_ready()
    until_ms = weeks.now_ms - DAY_MS
    wait_for(
        "the querier to see the store gateway",
        lambda: engine.read([weeks.device(0, until_ms).cluster_id], until_ms),
        SHIP_SECONDS,
    )
    fleet = [weeks.device(number, until_ms) for number in range(weeks.devices)]
    return account(fleet, engine, until_ms=until_ms, batch=BATCH)
