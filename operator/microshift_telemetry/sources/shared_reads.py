"""The reads that more than one source of a pass needs, each made once a pass."""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from microshift_telemetry.errors import TelemetryError, excerpt
from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeError, KubeNotFoundError
from microshift_telemetry.sources.api_server_metrics import (
    METRICS_PATH,
    ApiServerMetrics,
    MetricsFold,
)
from microshift_telemetry.sources.host import BOOT_ID, Host, HostError
from microshift_telemetry.sources.microshift_start import Boot, SeenStart, parse_boot, seen_start
from microshift_telemetry.sources.node import NODES_PATH, Node, parse_node
from microshift_telemetry.sources.outcome import SourceError

VERSION_PATH = "/api/v1/namespaces/kube-public/configmaps/microshift-version"

Answer = TypeVar("Answer")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _DatedMetrics:
    """An answer, and the boot as it was read around it."""

    before: Boot | None
    metrics: ApiServerMetrics
    after: Boot | None


class SharedReads:
    """One pass' view of the host and the cluster; made anew for each pass."""

    def __init__(
        self, host: Host, kube: KubeClient, node_name: str | None, *, after_break: int = 0
    ) -> None:
        """Prepare the reads; nothing is read until a source asks.

        `after_break` is how often the connection to the API server had been made anew by then.
        """
        self.host = host
        self.kube = kube
        self.node_name = node_name
        self.after_break = after_break
        self._reads: dict[str, asyncio.Task[Any]] = {}

    async def node(self) -> Node:
        """Read the node that this operator measures.

        Raises:
            SourceError: no name was given and there is not exactly one node.
            KubeError: the API server did not give it.
        """
        return await self._once("node", self._read_node)

    @property
    def seen_node(self) -> Node | None:
        """The node, if a source has asked for it and it was given."""
        read = self._reads.get("node")
        is_given = read is not None and read.done() and not read.cancelled()
        return read.result() if read and is_given and read.exception() is None else None

    async def foreign_runtime(self) -> str:
        """Name the node's container runtime where it is not MicroShift's; empty when it may be.

        What MicroShift always has may then be missing without anything being wrong. It never
        fails: who asks has an error to tell already.
        """
        try:
            node = await self.node()
        except TelemetryError:
            return ""
        return node.container_runtime if node.is_foreign else ""

    async def api_server_metrics(self) -> ApiServerMetrics:
        """Read what we need of the API server's `/metrics`.

        Raises:
            SourceError: a line of ours makes no sense.
            KubeError: the API server did not give it.
        """
        return (await self._once("metrics", self._read_dated_metrics)).metrics

    async def microshift_start(self) -> SeenStart | None:
        """Tell when MicroShift started: it is one process, and the API server is in it.

        Returns:
            None when the API server or the host does not say, or the clock was set meanwhile.

        Raises:
            SourceError: a line of ours makes no sense.
            KubeError: the API server did not give it.
        """
        read = await self._once("metrics", self._read_dated_metrics)
        return seen_start(read.metrics.process_start_time_seconds, read.before, read.after)

    async def microshift_version(self) -> str | None:
        """Read MicroShift's version as `major.minor.patch`; None where there is no MicroShift.

        Raises:
            SourceError: the ConfigMap does not hold one.
            KubeError: the API server did not give it.
        """
        return await self._once("version", self._read_microshift_version)

    async def abandon(self) -> None:
        """Cancel the reads that every source has stopped waiting for."""
        unfinished = [key for key, read in self._reads.items() if not read.done()]
        reads = [self._reads.pop(key) for key in unfinished]
        for read in reads:
            read.cancel()
        # The others too: asyncio would log a failure that came when nobody waited any more.
        await asyncio.gather(*reads, *self._reads.values(), return_exceptions=True)

    async def _once(self, key: str, read: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """Share one read; the shield keeps it alive when one of those who wait is cancelled."""
        if key not in self._reads:
            self._reads[key] = asyncio.create_task(read())
        return cast("Answer", await asyncio.shield(self._reads[key]))

    async def _read_node(self) -> Node:
        if self.node_name is None:
            return parse_node(_only_node(await self.kube.get(NODES_PATH, limit="2")))
        node = parse_node(await self.kube.get(f"{NODES_PATH}/{self.node_name}"))
        try:
            return replace(node, other_nodes=max(await self.kube.count(NODES_PATH) - 1, 0))
        except KubeError as error:  # a note must not cost what the node says
            return replace(node, doubt=str(error))

    async def _read_dated_metrics(self) -> _DatedMetrics:
        before, fold = self._boot(), MetricsFold()
        async with aclosing(self.kube.lines(METRICS_PATH)) as lines:
            async for line in lines:
                fold.add(line)
        return _DatedMetrics(before, fold.result(), self._boot())

    def _boot(self) -> Boot | None:
        try:
            return parse_boot(self.host.read_proc(BOOT_ID), self.host.read_proc("stat"))
        except (HostError, SourceError) as error:
            logger.debug("cannot determine the boot: %s", error)
            return None

    async def _read_microshift_version(self) -> str | None:
        try:
            return parse_microshift_version(await self.kube.get(VERSION_PATH))
        except KubeNotFoundError:
            if await self.foreign_runtime():
                return None
            raise


def parse_microshift_version(config_map: Object) -> str:
    """Join `major.minor.patch`; the key `version` is a full git tag and of no use as a label.

    Raises:
        SourceError: one of the three is missing or not a number.
    """
    data = config_map.get("data")
    parts = [data.get(key) for key in ("major", "minor", "patch")] if isinstance(data, dict) else []
    version = ".".join(str(part) for part in parts)
    if not re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}", version):
        raise SourceError(f"{VERSION_PATH}: {excerpt(version)!r} is not a version")
    return version


def _only_node(answer: Object) -> Object:
    items = answer.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise SourceError(f"{NODES_PATH}: the answer is not a list of objects")
    if not items:
        raise SourceError(f"{NODES_PATH}: the cluster has no node yet")
    if len(items) > 1:
        raise SourceError(
            f"{NODES_PATH}: the cluster has several nodes; set TELEMETRY_NODE_NAME to the "
            "one to measure"
        )
    return cast("Object", items[0])
