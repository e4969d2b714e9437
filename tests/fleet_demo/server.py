"""A real VictoriaMetrics that holds the fleet."""

from pathlib import Path
from typing import Self

from tests.receivers.store import READY_SECONDS, answers, get
from tests.support.process import ManagedProcess, free_port
from tests.support.tools import program

RETENTION = "100d"


class VictoriaMetrics:
    """The single server, with its web page; usable as a context manager."""

    def __init__(self, directory: Path) -> None:
        """Prepare its files below `directory`."""
        directory.mkdir(parents=True, exist_ok=True)
        self._log_file = directory / "victoria-metrics.log"
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.address}"
        self._command: list[str | Path] = [
            program("victoria-metrics"),
            f"-storageDataPath={directory / 'data'}",
            f"-httpListenAddr={self.address}",
            f"-retentionPeriod={RETENTION}",
            "-memory.allowedBytes=1GB",
            "-search.maxQueryDuration=5m",
        ]
        self._process: ManagedProcess | None = None

    def __enter__(self) -> Self:
        process = ManagedProcess("victoria-metrics", self._command, self._log_file)
        self._process = process.started_when(lambda: answers(f"{self.url}/health"), READY_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.stop()

    def settle(self) -> None:
        """Make everything that was written visible, and forget what was cached before."""
        get(f"{self.url}/internal/force_flush")
        get(f"{self.url}/internal/resetRollupResultCache")
