"""The real receivers that can hold the fleet."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import yaml

from tests.fleet_demo.device import Fault
from tests.receivers.store import READY_SECONDS, answers, get
from tests.support.process import ManagedProcess, free_port
from tests.support.tools import program

RETENTION = "100d"


class Receiver(ABC):
    """A single server, running while its context lasts."""

    name: str
    ready_path: str
    cannot_show: frozenset[Fault] = frozenset()
    differs: frozenset[tuple[str, str]] = frozenset()
    """Panels, by dashboard and title, whose truth this product does not compute."""

    def __init__(self, directory: Path) -> None:
        """Prepare its files below `directory`."""
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.address}"
        self._process: ManagedProcess | None = None

    def __enter__(self) -> Self:
        ready, log_file = f"{self.url}{self.ready_path}", self._directory / "log"
        process = ManagedProcess(self.name, self._command(), log_file)
        self._process = process.started_when(lambda: answers(ready), READY_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.stop()

    @abstractmethod
    def _command(self) -> list[str | Path]:
        """Give its program with all arguments."""

    def settle(self) -> None:  # noqa: B027  # Prometheus shows at once what it has stored
        """Make everything that was written visible, and forget what was cached before."""


class VictoriaMetrics(Receiver):
    """With its web page, vmui."""

    name, ready_path = "victoria-metrics", "/health"

    def _command(self) -> list[str | Path]:
        return [
            program("victoria-metrics"),
            f"-storageDataPath={self._directory / 'data'}",
            f"-httpListenAddr={self.address}",
            f"-retentionPeriod={RETENTION}",
            "-memory.allowedBytes=1GB",
            "-search.maxQueryDuration=5m",
        ]

    def settle(self) -> None:
        """Make everything that was written visible, and forget what was cached before."""
        get(f"{self.url}/internal/force_flush")
        get(f"{self.url}/internal/resetRollupResultCache")


class Prometheus(Receiver):
    """With a window that lets devices report one after the other."""

    name, ready_path = "prometheus", "/-/ready"
    cannot_show = frozenset({Fault.CLOCK_AHEAD})
    """It refuses what lies in the future: such a device is one that never reports."""
    differs = frozenset(
        {
            ("delivery", "Devices whose clock is ahead"),
            ("delivery", "Clock ahead"),
        }
    )
    """They have nothing to show then."""

    def _command(self) -> list[str | Path]:
        config = self._directory / "prometheus.yaml"
        tsdb = {"out_of_order_time_window": RETENTION}
        config.write_text(yaml.safe_dump({"storage": {"tsdb": tsdb}}))
        return [
            program("prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={self._directory / 'data'}",
            f"--storage.tsdb.retention.time={RETENTION}",
            f"--web.listen-address={self.address}",
            "--web.enable-remote-write-receiver",
        ]


RECEIVERS: Mapping[str, type[Receiver]] = {
    each.name: each for each in (VictoriaMetrics, Prometheus)
}
