"""Where the unit tests ask for dry runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.controller import dry_run
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import SendingRules
from microshift_telemetry.controller.dry_run import DryRuns
from microshift_telemetry.controller.ground import Ground
from microshift_telemetry.controller.preview import Preview, UnknownNameError
from microshift_telemetry.controller.startup import LIST_PATH
from microshift_telemetry.controller.telemetry import Telemetry
from microshift_telemetry.sample.sample import Labels
from microshift_telemetry.settings import Settings
from tests.support.life import NAMESPACE, Life
from tests.unit.factories import a_list

SETTINGS = Settings(namespace=NAMESPACE)
METADATA = {"name": "cluster", "uid": "uid-1"}


class Desk:
    """Where dry runs are asked for, of a device with one object."""

    def __init__(self, life: Life, path: Path, spec: dict[str, Any] | None) -> None:
        self.life = life
        directory = StateDirectory(path)
        ground = Ground(
            *(SETTINGS, life.kube.access, SendingRules(), life.clock, directory, life.host),
            Cluster(life.kube, life.host, SETTINGS),
        )
        self.runs = DryRuns(ground, self._named)
        items = [] if spec is None else [{"metadata": METADATA, "spec": spec}]
        life.kube.objects[LIST_PATH] = a_list(*items)

    async def ask(self, name: str = "cluster") -> Preview:
        """Ask for a dry run."""
        return await self.runs.preview(name)

    def _named(self, name: str) -> Telemetry:
        if name != "cluster":
            raise UnknownNameError("no TelemetryConfig of this name; existing ones: cluster")
        return self.life.telemetry


@contextmanager
def a_desk(life: Life, path: Path, spec: dict[str, Any] | None) -> Iterator[Desk]:
    """Make one whose API server tells of one object, or of none where there is no spec."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dry_run, "KubeClient", lambda _: life.kube)
        yield Desk(life, path, spec)


def series(shown: Preview) -> list[Labels]:
    """Give the labels of each series of the one request."""
    [request] = shown.requests()
    return [each.labels for each in request]
