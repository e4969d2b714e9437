"""What every TelemetryConfig shares of the cluster: its id, and when MicroShift started."""

import asyncio
import logging

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeAnswerError
from microshift_telemetry.settings import Settings
from microshift_telemetry.sources.host import Host
from microshift_telemetry.sources.microshift_start import SeenStart
from microshift_telemetry.sources.shared_reads import SharedReads

CLUSTER_ID_PATH = "/api/v1/namespaces/kube-system"

LOOK_SECONDS = 10
"""A look holds up the pass that may be due; a pass reads the same again."""

logger = logging.getLogger(__name__)


class Cluster:
    """The one cluster that the process runs in."""

    def __init__(self, kube: KubeClient, host: Host, settings: Settings) -> None:
        """Know nothing yet."""
        self.kube = kube
        self.host = host
        self.id: str | None = None
        """UID of the namespace `kube-system`; None until it was read."""
        self.microshift_start: SeenStart | None = None
        """None until it was read."""
        self._node_name = settings.node_name
        self._is_look_wanted = True
        self._reading = asyncio.Lock()

    def reads(self) -> SharedReads:
        """Start a pass' view of the cluster."""
        return SharedReads(self.host, self.kube, self._node_name)

    def want_look(self) -> None:
        """Ask for a look at MicroShift's start: a new connection may mean a new API server."""
        self._is_look_wanted = True

    async def identify(self) -> str:
        """Read the cluster id, once in the life of the process.

        Raises:
            KubeError: the API server did not give it.
        """
        async with self._reading:
            if self.id is None:
                namespace = await self.kube.get(CLUSTER_ID_PATH)
                uid = namespace.get("metadata", {}).get("uid")
                if not isinstance(uid, str) or not uid:
                    raise KubeAnswerError(f"{CLUSTER_ID_PATH}: the namespace has no UID")
                self.id = uid
            return self.id

    async def machine_id(self) -> str:
        """Read the id of the machine below; empty where the node does not say.

        Raises:
            KubeError: the API server did not give the node.
            SourceError: there is not exactly one node, or it makes no sense.
        """
        reads = self.reads()
        try:
            return (await reads.node()).machine_id
        finally:
            await reads.abandon()

    async def look(self) -> None:
        """Read MicroShift's start if someone asked; what fails is tried again at the next tick."""
        async with self._reading:
            if not self._is_look_wanted:
                return
            reads, self._is_look_wanted = self.reads(), False
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self.note_start(reads)
            except (TelemetryError, TimeoutError) as error:
                self._is_look_wanted = True
                logger.debug("MicroShift's start not read: %s", error)
            finally:
                await reads.abandon()

    async def note_start(self, reads: SharedReads) -> None:
        """Take MicroShift's start from what a pass has read.

        Raises:
            KubeError: `/metrics` could not be read.
            SourceError: it made no sense.
        """
        self.microshift_start = await reads.microshift_start() or self.microshift_start
