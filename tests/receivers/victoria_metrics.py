"""VictoriaMetrics: no sample depends on another, so the stores differ by a label."""

import json
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

from tests.receivers.store import (
    EVERYTHING,
    READY_SECONDS,
    Server,
    Store,
    Stored,
    answers,
    far_ahead_ms,
    get,
    labels_of,
)
from tests.support.process import ManagedProcess, free_port
from tests.support.tools import program

STORE = "store"
"""The label that tells one store's series from another's; the receiver adds it by itself."""


class VictoriaMetrics(Server):
    """The single server, with its default retention of a month or another."""

    def __init__(self, directory: Path, retention: str | None) -> None:
        """Prepare it; the retention is VictoriaMetrics' own kind of duration (`1d`)."""
        super().__init__(directory)
        listen = f"127.0.0.1:{free_port()}"
        self._url = f"http://{listen}"
        self._command: list[str | Path] = [
            program("victoria-metrics"),
            f"-storageDataPath={directory / 'data'}",
            f"-httpListenAddr={listen}",
            "-memory.allowedBytes=64MB",
            *([f"-retentionPeriod={retention}"] if retention else []),
        ]

    def store(self, name: str) -> Store:
        """Give the series of that name."""
        return _Series(self._url, name)

    def _start(self, stack: ExitStack) -> None:
        log_file = self.directory / "victoria-metrics.log"
        process = stack.enter_context(ManagedProcess("victoria-metrics", self._command, log_file))
        process.wait_until(lambda: answers(f"{self._url}/health"), READY_SECONDS)


class _Series(Store):
    def __init__(self, url: str, name: str) -> None:
        self._url, self._name = url, name
        self.write_url = f"{url}/api/v1/write?extra_label={STORE}={name}"
        self.headers = {}

    def samples(self) -> Stored:
        get(f"{self._url}/internal/force_flush")
        selector = EVERYTHING.replace("}", f',{STORE}="{self._name}"}}')
        asked = urlencode({"match[]": selector, "end": far_ahead_ms() / 1000})
        lines = get(f"{self._url}/api/v1/export?{asked}").splitlines()
        series = (json.loads(line) for line in lines)
        return {
            labels_of(each["metric"], but=frozenset({STORE})): sorted(
                zip(each["timestamps"], map(float, each["values"]), strict=True)
            )
            for each in series
        }
