"""A real Prometheus that takes remote writes."""

import json
import struct
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import yaml

from tests.support.process import ManagedProcess, address, free_port
from tests.support.tools import Tools
from tests.support.web_config import WebConfig

READY_SECONDS = 60
REMOTE_WRITE_HEADERS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}

RawSamples = Mapping[tuple[tuple[str, str], ...], list[tuple[int, float]]]
"""Sorted labels, `__name__` included → (time in ms, value), oldest first."""


class Prometheus:
    """One server with the remote-write receiver on, usable as a context manager."""

    def __init__(
        self,
        directory: Path,
        tools: Tools,
        *,
        host: str = "127.0.0.1",
        out_of_order_window: str | None = None,
        web: WebConfig | None = None,
    ) -> None:
        """Prepare its files below `directory`.

        `out_of_order_window` is a Prometheus duration (`30h`); without one, old samples are
        refused. With a `web` configuration it serves https, otherwise http to everyone.
        """
        directory.mkdir(parents=True, exist_ok=True)
        self.address = address(host, free_port(host))
        self.url = f"{'http' if web is None else 'https'}://{self.address}"
        self.remote_write_url = f"{self.url}/api/v1/write"
        self._opener = build_opener(ProxyHandler({})) if web is None else web.opener()
        self._directory = directory
        self._command: list[str | Path] = [
            tools.prometheus,
            f"--config.file={_write_config(directory, out_of_order_window)}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--web.listen-address={self.address}",
            "--web.enable-remote-write-receiver",
        ]
        if web is not None:
            self._command.append(f"--web.config.file={web.file}")
        self._process: ManagedProcess | None = None

    def __enter__(self) -> Self:
        log_file = self._directory / "prometheus.log"
        process = ManagedProcess("prometheus", self._command, log_file)
        self._process = process.started_when(self._is_ready, READY_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None, "it does not run"
        return self._process.pid

    def stop(self) -> None:
        """Stop it; what it stored stays on disk for the next start."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def write(self, body: bytes) -> int:
        """Post a body as remote write 1.0 does and give the answer's status code."""
        request = Request(self.remote_write_url, body, REMOTE_WRITE_HEADERS)  # noqa: S310  # ours
        try:
            with self._opener.open(request, timeout=30) as response:
                return int(response.status)
        except HTTPError as error:
            return error.code

    def query(self, promql: str, time: datetime | None = None) -> list[dict[str, Any]]:
        """Evaluate an instant query, now or at `time`, and give the API's `result` list."""
        at = {} if time is None else {"time": str(time.timestamp())}
        result = self._get("query", {"query": promql, **at})["result"]
        assert isinstance(result, list)
        return result

    def series(self, *selectors: str) -> list[dict[str, str]]:
        """List the label sets that match any selector, whenever they were written."""
        found = self._get("series", [("match[]", selector) for selector in selectors])
        assert isinstance(found, list)
        return found

    def passes(self) -> int:
        """Count the passes that a device has delivered in the last ten minutes."""
        counted = self.query("count_over_time(cluster:memory_usage_bytes:sum[10m])")
        return int(counted[0]["value"][1]) if counted else 0

    def samples(self, selector: str, start: datetime, end: datetime) -> RawSamples:
        """Give the stored samples as they were written, both ends included."""
        range_ms = round((end - start) / timedelta(milliseconds=1)) + 1
        return {
            tuple(sorted(series["metric"].items())): [
                (round(seconds * 1000), float(value)) for seconds, value in series["values"]
            ]
            for series in self.query(f"{selector}[{range_ms}ms]", end)
        }

    def _get(self, endpoint: str, parameters: Any) -> Any:
        url = f"{self.url}/api/v1/{endpoint}?{urlencode(parameters)}"
        with self._opener.open(url, timeout=30) as response:
            return json.load(response)["data"]

    def _is_ready(self) -> bool:
        try:
            with self._opener.open(f"{self.url}/-/ready", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False


def write_request(time_ms: int, value: float) -> bytes:
    """Make a body with one sample of `up`, by hand: a snappy block of a single literal."""
    label = _field(1, b"__name__") + _field(2, b"up")
    sample = b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(time_ms)
    message = _field(1, _field(1, label) + _field(2, sample))
    return _varint(len(message)) + bytes([(len(message) - 1) << 2]) + message


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content)]) + content


def _varint(value: int) -> bytes:
    *low, last = [value >> shift & 0x7F for shift in range(0, max(value.bit_length(), 1), 7)]
    return bytes([*(byte | 0x80 for byte in low), last])


def _write_config(directory: Path, out_of_order_window: str | None) -> Path:
    file = directory / "prometheus.yaml"
    tsdb = {"out_of_order_time_window": out_of_order_window} if out_of_order_window else {}
    file.write_text(yaml.safe_dump({"storage": {"tsdb": tsdb}} if tsdb else {}))
    return file
