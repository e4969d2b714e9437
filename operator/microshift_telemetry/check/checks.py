"""One check at a time, cut short as soon as its object is edited, deleted, or opts out."""

from collections.abc import Callable

from microshift_telemetry.background import Questions, in_thread
from microshift_telemetry.check.hops import Subject, hops_of
from microshift_telemetry.check.line import Check
from microshift_telemetry.check.runner import run
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector
from microshift_telemetry.controller.ground import Ground
from microshift_telemetry.controller.lookup import Lookup
from microshift_telemetry.controller.telemetry import Telemetry
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sources.host import Host


class CheckBusyError(TelemetryError):
    """Another check is under way."""


class CheckCutError(TelemetryError):
    """The check was cut short."""


class Checks:
    """Checks one object at a time, with connections and questions that no report waits for."""

    def __init__(self, ground: Ground, named: Callable[[str], Telemetry]) -> None:
        """Open nothing yet; `named` finds an object."""
        self._ground = ground
        self._named = named
        settings = ground.settings
        # Kept, so that a disk or a name server that never answers holds one thread and no more.
        self._host = Host(
            settings.host_root, deployment_type=settings.deployment_type, run=in_thread
        )
        self._questions = Questions(in_thread)
        self._running: Telemetry | None = None

    async def check(self, name: str) -> Check:
        """Try every hop of the object of this name.

        Raises:
            UnknownNameError: there is no such object.
            CheckBusyError: another check is under way.
            CheckCutError: the object was edited or deleted meanwhile, or the operator ends.
            AccessError: the API server can't be spoken to.
        """
        telemetry = self._named(name)
        if self._running is not None:
            raise CheckBusyError("another check is running; retry in 30 s")
        self._running = telemetry
        try:
            found = await telemetry.beside_reports(self._run(telemetry))
        finally:
            self._running = None
        if found is None:
            raise CheckCutError(
                f"{name}: interrupted by an edit or by the operator's shutdown; retry"
            )
        return found

    def stop(self) -> None:
        """Cut short what is under way; the process ends."""
        if self._running is not None:
            self._running.cut_what_is_beside()

    async def _run(self, telemetry: Telemetry) -> Check:
        ground = self._ground
        kube = KubeClient(ground.access)
        try:
            cluster = Cluster(kube, self._host, ground.settings)
            namespace = ground.settings.namespace or ground.access.namespace
            connector = Connector(cluster, Lookup(kube, namespace), ground.rules, ground.clock)
            subject = Subject(
                *(telemetry.parts, ground.cluster.id, cluster, connector, ground.clock),
                *(ground.directory, self._questions, namespace),
            )
            return await run(telemetry.config.name, hops_of(subject))
        finally:
            await kube.close()
