"""An operator that gives one answer, or one a page, and a kubectl that forwards a port to it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.unit.plugin.fake_kubectl import fake_kubectl


@contextmanager
def operator(status: int, text: str, **others: tuple[int, str]) -> Iterator[tuple[int, list[Any]]]:
    """Answer every request so, but for other pages; gives the port and what was asked for."""
    asked: list[Any] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Accept"]))
            page = self.path.partition("?")[0].lstrip("/")
            code, body = others.get(page, (status, text))
            self.send_response(code)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port, asked
        finally:
            server.shutdown()


def ask(
    directory: Path, port: int, *words: str, stdout: int = subprocess.PIPE
) -> "subprocess.CompletedProcess[str]":
    fake_kubectl(
        directory,
        f'[ "$1" = port-forward ] && echo "Forwarding from 127.0.0.1:{port} -> 8081"; exec sleep 9',
    )
    return run(directory, *words, stdout=stdout)


def run(
    directory: Path, *words: str, stdout: int = subprocess.PIPE
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "microshift_telemetry_cli", *words],
        env={"PATH": f"{directory}:/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
