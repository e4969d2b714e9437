"""Prometheus: a server is a database, so each store is a process of its own."""

from pathlib import Path
from typing import Self

import yaml

from tests.receivers.store import (
    EVERYTHING,
    FAR,
    READY_SECONDS,
    Server,
    Store,
    Stored,
    answers,
    far_ahead_ms,
    instant_query,
    stored,
)
from tests.support.process import ManagedProcess, free_port
from tests.support.tools import program


class Prometheus(Server):
    """The remote-write receiver of Prometheus, with an out-of-order window or without."""

    def __init__(self, directory: Path, window: str | None) -> None:
        """Keep the window for the processes to come; it is a Prometheus duration (`30h`)."""
        super().__init__(directory)
        self._window = window

    def store(self, name: str) -> Store:
        """Give a process of its own, which runs while the store's context lasts."""
        return _Process(self.directory / name, self._window)


class _Process(Store):
    def __init__(self, directory: Path, window: str | None) -> None:
        directory.mkdir(parents=True)
        config = directory / "prometheus.yaml"
        tsdb = {"tsdb": {"out_of_order_time_window": window}} if window else {}
        config.write_text(yaml.safe_dump({"storage": tsdb}))
        listen = f"127.0.0.1:{free_port()}"
        self._url = f"http://{listen}"
        self.write_url = f"{self._url}/api/v1/write"
        self.headers = {}
        self._log_file = directory / "prometheus.log"
        self._command: list[str | Path] = [
            program("prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--web.listen-address={listen}",
            "--web.enable-remote-write-receiver",
        ]
        self._process: ManagedProcess | None = None

    def __enter__(self) -> Self:
        process = ManagedProcess("prometheus", self._command, self._log_file)
        ready = f"{self._url}/-/ready"
        self._process = process.started_when(lambda: answers(ready), READY_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.stop()

    def samples(self) -> Stored:
        selector = f"{EVERYTHING}[{FAR}]"
        return stored(instant_query(f"{self._url}/api/v1", selector, far_ahead_ms()))
