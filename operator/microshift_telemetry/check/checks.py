"""One check at a time, cut short as soon as its object is edited, deleted, or opts out."""

from collections.abc import Callable
from functools import partial

from microshift_telemetry.background import Questions, in_thread
from microshift_telemetry.check.hops import Subject, hops_of
from microshift_telemetry.check.line import Check
from microshift_telemetry.check.runner import LIMIT_SECONDS, run
from microshift_telemetry.controller.asides import Asides
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector
from microshift_telemetry.controller.ground import Ground
from microshift_telemetry.controller.telemetry import Telemetry
from microshift_telemetry.kube.client import KubeClient


class Checks:
    """Checks one object at a time, with connections and questions that no report waits for."""

    def __init__(self, ground: Ground, named: Callable[[str], Telemetry]) -> None:
        """Open nothing yet; `named` finds an object."""
        self._ground = ground
        self._named = named
        # Kept, so that a name server that never answers holds one thread and no more.
        self._questions = Questions(in_thread)
        self._asides = Asides("check", LIMIT_SECONDS)

    async def check(self, name: str) -> Check:
        """Try every hop of the object of this name.

        Raises:
            UnknownNameError: there is no such object.
            BusyError: another check is running.
            CutError: the object was edited or deleted meanwhile, or the operator ends.
            AccessError: the API server can't be spoken to.
        """
        telemetry = self._named(name)
        return await self._asides.run(name, telemetry, partial(self._run, telemetry))

    def stop(self) -> None:
        """Cut short what is under way; the process ends."""
        self._asides.stop()

    async def _run(self, telemetry: Telemetry) -> Check:
        ground = self._ground
        kube = KubeClient(ground.access)
        try:
            cluster = Cluster(kube, ground.host, ground.settings)
            connector = Connector(cluster, cluster.lookup, ground.rules, ground.clock)
            subject = Subject(
                *(telemetry.parts, ground.cluster.id, cluster, connector, ground.clock),
                *(ground.directory, self._questions, ground.settings.namespace),
            )
            return await run(telemetry.config.name, hops_of(subject))
        finally:
            await kube.close()
