"""A real Pushgateway of Prometheus'."""

from pathlib import Path
from typing import Self
from urllib.request import ProxyHandler, build_opener

from tests.support.exposition import Page, parse_page
from tests.support.process import ManagedProcess, address, free_port
from tests.support.tools import program

READY_SECONDS = 30


class Pushgateway:
    """One server without a disk, usable as a context manager; it keeps the last push of a group."""

    def __init__(self, directory: Path, *, host: str = "127.0.0.1") -> None:
        """Start nothing yet; it logs below `directory`."""
        self.address = address(host, free_port(host))
        self.url = f"http://{self.address}"
        self._log_file = directory / "pushgateway.log"
        self._process: ManagedProcess | None = None

    def __enter__(self) -> Self:
        command: list[str | Path] = [
            program("pushgateway"),
            f"--web.listen-address={self.address}",
        ]
        process = ManagedProcess("pushgateway", command, self._log_file)
        self._process = process.started_when(self._is_ready, READY_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.stop()

    def page(self, prefix: str = "microshift_") -> Page:
        """Scrape it as a Prometheus does; give the metrics of this prefix."""
        with build_opener(ProxyHandler({})).open(f"{self.url}/metrics", timeout=5) as response:
            lines = response.read().decode().splitlines(keepends=True)
        begins = tuple(f"{before}{prefix}" for before in ("", "# HELP ", "# TYPE "))
        return parse_page("".join(line for line in lines if line.startswith(begins)))

    def _is_ready(self) -> bool:
        try:
            with build_opener(ProxyHandler({})).open(f"{self.url}/-/ready", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False
