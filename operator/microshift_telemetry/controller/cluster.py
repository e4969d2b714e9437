"""What every TelemetryConfig shares of the cluster: its id, and when MicroShift started."""

import asyncio
import logging

from microshift_telemetry.controller.lookup import Lookup
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeAnswerError
from microshift_telemetry.settings import Settings
from microshift_telemetry.sources.host import Host
from microshift_telemetry.sources.microshift_start import SeenStart
from microshift_telemetry.sources.node import Node
from microshift_telemetry.sources.shared_reads import SharedReads

CLUSTER_ID_PATH = "/api/v1/namespaces/kube-system"

LOOK_SECONDS = 10
"""A look holds up the pass that may be due; a pass has longer, and reads the same."""
LOOKS = 3
"""After a break, until one is answered: an API server that has just started refuses some."""

logger = logging.getLogger(__name__)


class Cluster:
    """The one cluster that the process runs in."""

    def __init__(self, kube: KubeClient, host: Host, settings: Settings) -> None:
        """Know nothing yet."""
        self.kube = kube
        self.host = host
        self.lookup = Lookup(kube, settings.namespace)
        """Of the operator's own namespace."""
        self.node_name = settings.node_name
        """None: that of the only node."""
        self.start_patience_seconds = settings.start_seconds
        """How long the pods have to be Ready after a start of MicroShift."""
        self.id: str | None = None
        """UID of the namespace `kube-system`; None until it was read."""
        self.microshift_start: SeenStart | None = None
        """None until it was read."""
        self._breaks = 0
        """How often the connection to the API server was made anew."""
        self._looks_left = LOOKS
        self._reading = asyncio.Lock()

    def reads(self) -> SharedReads:
        """Start a pass' view of the cluster."""
        return SharedReads(self.host, self.kube, self.node_name, after_break=self._breaks)

    def want_look(self) -> None:
        """Ask for a look at MicroShift's start: a new connection may mean a new API server."""
        self._breaks += 1
        self._looks_left = LOOKS

    async def identify(self) -> str:
        """Read the cluster id, once in the life of the process.

        Raises:
            KubeError: the API server did not give it.
        """
        async with self._reading:
            if self.id is None:
                metadata = (await self.kube.get(CLUSTER_ID_PATH)).get("metadata")
                uid = metadata.get("uid") if isinstance(metadata, dict) else None
                if not isinstance(uid, str) or not uid:
                    raise KubeAnswerError(f"{CLUSTER_ID_PATH}: the namespace has no UID")
                self.id = uid
            return self.id

    async def machine_id(self) -> str:
        """Read the id of the machine below; empty where the node does not say. Raises as `node`."""
        return (await self.node()).machine_id

    async def node(self) -> Node:
        """Read the node beside a pass.

        Raises:
            KubeError: the API server did not give the node.
            SourceError: there is not exactly one node, or it makes no sense.
        """
        reads = self.reads()
        try:
            return await reads.node()
        finally:
            await reads.abandon()

    async def look(self) -> None:
        """Read MicroShift's start if someone asked; what fails is tried again at the next tick.

        What takes too long is left to the next pass.
        """
        async with self._reading:
            if not self._looks_left:
                return
            reads = self.reads()
            self._looks_left -= 1
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self.note_start(reads)
            except TimeoutError:
                self._note_look(reads)
            except TelemetryError as error:
                logger.debug("cannot read when MicroShift started: %s", error)
            finally:
                await reads.abandon()

    async def note_start(self, reads: SharedReads) -> None:
        """Take MicroShift's start from what a pass has read; it answers who asked for a look.

        Raises:
            KubeError: `/metrics` could not be read.
            SourceError: it made no sense.
        """
        self.microshift_start = await reads.microshift_start() or self.microshift_start
        self._note_look(reads)

    def _note_look(self, reads: SharedReads) -> None:
        """Want no look any more, unless the connection broke after these reads began."""
        if reads.after_break == self._breaks:
            self._looks_left = 0
